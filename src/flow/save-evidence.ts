import type { Decision } from '../domain/decision.ts';
import type { Incident } from '../domain/incident.ts';
import { OpsError } from '../ports/ops-error.ts';
import type { Flow } from './flow.ts';

/** Before the first write and before a handover: later, previous logs and events may be gone. */
function wants(incident: Incident, decision: Decision): boolean {
  const acts = decision.changes.some((change) => change.kind === 'reserve');
  return (
    decision.next.target !== undefined &&
    ((acts && incident.attempts.length === 0) || decision.next.state === 'handed-over') &&
    incident.state !== 'handed-over'
  );
}

/**
 * Takes the evidence that a change or time would destroy. What cannot be read is listed in it; a cluster that does not
 * answer at all keeps nothing from happening that the guards have allowed.
 */
export async function saveEvidence(flow: Flow, incident: Incident, decision: Decision): Promise<void> {
  const { target } = decision.next;
  if (target === undefined || !wants(incident, decision)) return;
  if ((await flow.store.evidence(incident.id)) !== undefined) return;
  try {
    const evidence = await flow.cluster.evidence(target, flow.signal);
    await flow.store.saveEvidence(incident.id, JSON.stringify(evidence));
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    flow.log.warn('evidence could not be taken', { incident: incident.id, why: error.message });
  }
}
