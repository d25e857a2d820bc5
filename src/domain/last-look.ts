import type { Alert } from './alert.ts';
import { rollout } from './guards/good-time.ts';
import { heldByPerson, scope } from './guards/may-it-act.ts';
import { owner } from './guards/right-thing.ts';
import type { Plan } from './operation.ts';
import type { Settings } from './settings.ts';
import type { AlertsAnswer } from './source.ts';
import type { TargetView } from './workload.ts';

export interface LastLook {
  readonly settings: Settings;
  readonly plan: Plan;
  readonly alerts: readonly Alert[];
  readonly listed: AlertsAnswer;
  /** The object as it was read a moment ago. */
  readonly view: TargetView;
}

/**
 * The guards whose facts are on the object and at Alertmanager are asked once more, right before the write: between
 * plan and write a person may have silenced the alert, annotated the object or begun a rollout, and an autoscaler may
 * have taken it over. What holds it back, or nothing. (Pauses and takes are asked of the store at the same moment.)
 */
export function heldBackAtLast(look: LastLook): string | undefined {
  if (look.settings.mode === 'observe') return 'mode is observe';
  const facts = { ...look, counts: {} };
  for (const guard of [scope, heldByPerson, owner, rollout]) {
    const { verdict, read } = guard.judge(facts);
    if (verdict !== 'allow') return `${guard.name}: ${read}`;
  }
  return undefined;
}
