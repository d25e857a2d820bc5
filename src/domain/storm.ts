import { formatDuration } from './duration.ts';
import type { LimitFacts } from './limits.ts';
import type { Limits } from './settings.ts';

/** A scope whose size cannot be told counts as this many targets (engine 5). */
const UNKNOWN_SIZE = 30;

export interface StormAhead {
  readonly scope: string;
  readonly read: string;
}

/**
 * A storm begins at more than `targets` new targets *and* more than `share` of a scope within the window. Alerts
 * that have no target yet count one each: until they are resolved, nothing may slip past them.
 */
export function stormAhead(
  counts: Pick<LimitFacts, 'newTargets'>,
  limits: Limits,
  size: { readonly targets: number; readonly namespace: number } | undefined,
  namespace: string,
): StormAhead | undefined {
  const { targets, share, withinMs } = limits.storm;
  const { cluster, namespace: inNamespace, unresolved } = counts.newTargets;
  const scopes = [
    { scope: `namespace ${namespace}`, count: inNamespace, of: size?.namespace ?? UNKNOWN_SIZE },
    { scope: 'the cluster', count: cluster + unresolved, of: size?.targets ?? UNKNOWN_SIZE },
  ];
  const hit = scopes.find(({ count, of }) => count > targets && count > share * of);
  return hit === undefined
    ? undefined
    : {
        scope: hit.scope,
        read: `${hit.count} new targets in ${hit.scope} within ${formatDuration(withinMs)}, limit ${targets}`,
      };
}
