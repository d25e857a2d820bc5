import type { Alert } from './alert.ts';
import { rollout } from './guards/good-time.ts';
import { heldByPerson, scope, writtenMode } from './guards/may-it-act.ts';
import { owner } from './guards/right-thing.ts';
import { MODE_ANNOTATION, type Plan } from './operation.ts';
import type { Settings } from './settings.ts';
import type { AlertsAnswer } from './source.ts';
import type { TargetView } from './workload.ts';

export interface LastLook {
  readonly settings: Settings;
  readonly plan: Plan;
  readonly alerts: readonly Alert[];
  readonly listed: AlertsAnswer;
  readonly approvedDigest: string | undefined;
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
  const written = writtenMode(look);
  if (written === 'observe') return `${MODE_ANNOTATION}: observe on the object or its namespace`;
  if (written === 'ask' && look.approvedDigest !== look.plan.digest) {
    return `${MODE_ANNOTATION}: ask on the object or its namespace, and nobody approved this plan`;
  }
  const facts = { ...look, counts: {} };
  for (const guard of [scope, heldByPerson, owner, rollout]) {
    const { verdict, read } = guard.judge(facts);
    if (verdict !== 'allow') return `${guard.name}: ${read}`;
  }
  return undefined;
}
