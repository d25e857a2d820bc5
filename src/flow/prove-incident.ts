import { isEnded, type Incident } from '../domain/incident.ts';
import type { Operation } from '../domain/operation.ts';
import type { ProofEvent } from '../domain/step/proof.ts';
import type { TargetView } from '../domain/workload.ts';
import { askSource } from './ask-source.ts';
import { choosePlaybook, verificationOf } from './choose-playbook.ts';
import type { Flow } from './flow.ts';
import { lookAtProof } from './look-at-proof.ts';
import { chooseExecutor, makeOperation, makePlan, reserveCheck } from './reservation.ts';

/** The undo of what is being proved, from what its plan recorded, on the object as it is now. */
function undoOf(
  flow: Flow,
  incident: Incident,
  operation: Operation | undefined,
  view: TargetView | undefined,
  nowMs: number,
): ProofEvent['undo'] {
  if (operation === undefined || view === undefined || operation.purpose !== 'fix') return undefined;
  const action = flow.actions[operation.plan.action];
  // Whatever somebody changed since is theirs: only what is still as we left it is taken back.
  if (action?.stands(operation, view) !== true) return undefined;
  const draft = action.undo(operation.plan.change, operation.plan.target);
  const executor = chooseExecutor(flow);
  if (draft === undefined || !('name' in executor)) return undefined;
  const { playbook, alertname, rung } = operation;
  const plan = makePlan(flow, operation.plan.action, draft, view);
  const purpose = 'undo';
  return {
    operation: makeOperation(
      flow,
      { incident, playbook, alertname, rung, purpose, plan, before: {}, executor: executor.name },
      nowMs,
    ),
    check: reserveCheck(flow, {
      incident: incident.id,
      playbook,
      guards: { stateless: false },
      alertname,
      action: plan.action,
      target: plan.target,
      purpose,
    }),
  };
}

/**
 * One look at an incident that is being proved, was handed over, or is said to fire again after its end. The source is
 * asked for the rule, the measures and the object for the conditions; an evaluation from before the effect says nothing.
 */
export async function proveIncident(
  flow: Flow,
  incident: Incident,
  operation: Operation | undefined,
  nowMs: number,
): Promise<ProofEvent> {
  const chosen = await choosePlaybook(flow, incident);
  const afterMs = incident.state === 'verifying' ? incident.proof?.sinceMs : undefined;
  const word = await askSource(flow, incident, nowMs, afterMs);
  const verification = verificationOf(chosen.all, flow);
  const targetless = incident.target === undefined ? { ...verification, fixed: [], harm: [] } : verification;
  if (isEnded(incident.state)) {
    const { holdMs, timeoutMs } = verification;
    return {
      kind: 'looked',
      look: { fixed: [], harm: [], rule: word.firing, restarts: undefined, holdMs, timeoutMs },
      absentSinceMs: word.absentSinceMs,
    };
  }
  const seen = await lookAtProof(flow, incident, targetless, word, nowMs);
  const undo =
    incident.state === 'verifying' ? undoOf(flow, incident, operation, seen.view, nowMs) : undefined;
  return {
    kind: 'looked',
    look: seen.look,
    absentSinceMs: word.absentSinceMs,
    ...(undo === undefined ? {} : { undo }),
  };
}
