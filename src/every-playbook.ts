import { ACTIONS } from './actions/registry.ts';
import { shippedFolder } from './platform/shipped.ts';
import { type LoadedPlaybooks, loadPlaybooks } from './playbooks/load-playbooks.ts';

/** Reads and checks playbooks with the actions that there are: the shipped ones where wanted, and these folders. */
export function loadEveryPlaybook(from: {
  readonly shipped: boolean;
  readonly folders: readonly string[];
}): Promise<LoadedPlaybooks> {
  return loadPlaybooks({
    ...(from.shipped ? { shipped: shippedFolder() } : {}),
    extra: from.folders,
    actions: ACTIONS,
  });
}
