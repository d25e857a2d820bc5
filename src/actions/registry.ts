import type { Action } from './action.ts';
import { restartPod } from './restart-pod.ts';
import { rollBack } from './roll-back.ts';
import { rolloutRestart } from './rollout-restart.ts';
import { scale } from './scale.ts';

/**
 * Every action there is, by the name that playbooks use. Parameters were parsed by the action's own schema when the
 * playbook was loaded, which is why one cast is enough here.
 */
export const ACTIONS: Readonly<Record<string, Action>> = Object.fromEntries(
  [scale, rolloutRestart, restartPod, rollBack].map((action) => [action.name, action as Action]),
);
