import { toMoment } from '../contract/moment.ts';
import type { OperationDocument, OwedDocument, PlanDocument } from '../contract/operation.ts';
import type { Change, Operation, Owed, Plan } from '../domain/operation.ts';

/** A plan as it is shown. */
export function presentPlan(plan: Plan): PlanDocument {
  const { action, target, uid, summary, digest, takesAway, startsPods } = plan;
  return { action, target, uid, summary, digest, change: { ...plan.change }, takesAway, startsPods };
}

/** An operation as it is shown: without the nonce, which is what a claim is known by. */
export function presentOperation(operation: Operation): OperationDocument {
  const { id, number, purpose, rung, playbook, executor, state, how, adopted, verdict } = operation;
  return {
    id,
    number,
    purpose,
    rung,
    playbook,
    plan: presentPlan(operation.plan),
    executor,
    state,
    reservedAt: toMoment(operation.reservedAtMs),
    claimBy: toMoment(operation.claimByMs),
    ...(operation.claimedAtMs === undefined ? {} : { claimedAt: toMoment(operation.claimedAtMs) }),
    ...(operation.endedAtMs === undefined ? {} : { endedAt: toMoment(operation.endedAtMs) }),
    ...(how === undefined ? {} : { how }),
    ...(adopted === undefined ? {} : { adopted }),
    ...(verdict === undefined ? {} : { verdict }),
  };
}

export function presentOwed(owed: Owed): OwedDocument {
  return {
    incident: owed.incident,
    target: owed.target,
    playbook: owed.playbook,
    purpose: owed.purpose,
    summary: wayBack(owed.change),
    dueAt: toMoment(owed.dueAtMs),
    ...(owed.note === undefined ? {} : { note: owed.note }),
  };
}

/** What is owed is the way back from the change that caused it. */
function wayBack(change: Change): string {
  switch (change.kind) {
    case 'scale':
      return `replicas ${change.to} → ${change.from}`;
    case 'roll-back':
      return `revision ${change.toRevision} → ${change.fromRevision}`;
    case 'rollout-restart':
    case 'restart-pod':
      return 'nothing: a restart has no way back';
  }
}
