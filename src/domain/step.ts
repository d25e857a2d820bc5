import type { Decision } from './decision.ts';
import type { Incident } from './incident.ts';
import type { StepContext } from './step/context.ts';
import { stepOperation, type OperationEvent } from './step/operation.ts';
import { stepPlanned, type PlannedEvent } from './step/plan.ts';
import { stepHandedOver, stepRefired, stepVerifying, type ProofEvent } from './step/proof.ts';

export type HeartEvent = PlannedEvent | OperationEvent | ProofEvent;

/**
 * The heart: one incident, one event, one `now` in; the next incident, what is written with it, and when to look
 * again out. Pure: the same arguments give the same decision, on every machine, in every replay.
 *
 * | in | event | to |
 * |---|---|---|
 * | open, waiting, asking | planned: all guards allow | executing |
 * | open, waiting | planned: a guard waits or cannot tell | waiting, at last handed-over |
 * | asking | planned: a guard waits or cannot tell | asking: the question stands |
 * | open, waiting, asking | planned: a guard asks | asking, at last handed-over |
 * | open, waiting, asking | planned: refused, no playbook, no rung, no target | handed-over (observe mode: closed) |
 * | open, waiting, asking | planned: proved not firing, for the quiet window | closed `self-healed` |
 * | open, waiting, asking | planned: another incident has the target | closed `joined` |
 * | executing | operation closed or not done | open |
 * | executing | operation done or adopted | verifying |
 * | executing | operation unknown | handed-over `ambiguous` |
 * | executing, undoing | operation ended | handed-over `made-worse` |
 * | verifying | looked: true for the quiet window, rule inactive | resolved |
 * | verifying | looked: positively not fixed in time | open, next rung |
 * | verifying | looked: cannot tell in time | handed-over `ambiguous` |
 * | verifying | looked: harm | executing (undo) or handed-over `made-worse` |
 * | handed-over | looked: healthy for the quiet window, rule inactive | resolved, not by Runova |
 * | resolved, closed | looked: fires again, or nobody can tell for too long | open |
 * | open, waiting, asking | planned: back for the third time within a day | handed-over `repeated-failure` |
 *
 * People's edges (approve, reject, retry, close, take) are in `command.ts`.
 */
export function step(incident: Incident, event: HeartEvent, context: StepContext): Decision {
  switch (event.kind) {
    case 'planned':
      return stepPlanned(incident, event, context);
    case 'operation':
      return stepOperation(incident, event, context);
    case 'looked': {
      const seen = { ...incident, absentSinceMs: event.absentSinceMs };
      if (incident.state === 'verifying') return stepVerifying(seen, event, context);
      return incident.state === 'handed-over'
        ? stepHandedOver(seen, event, context)
        : stepRefired(seen, event, context);
    }
  }
}
