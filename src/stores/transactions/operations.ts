import type { Operation } from '../../domain/operation.ts';
import { targetKey } from '../../domain/target.ts';
import type { OperationClaim, OperationClaimRequest } from '../../ports/store.ts';
import { first, query } from '../sql.ts';
import type { Context, Transaction } from '../sql.ts';
import { nudge } from './nudge.ts';
import { operationById } from './operation-row.ts';
import { pausesOn, takerOf } from './people.ts';
import { appendTimeline } from './timeline.ts';

function refused(why: string): OperationClaim {
  return { kind: 'refused', why };
}

/** Why a person holds the operation back, or nothing. Asked again at the claim and before the first write. */
function* heldBack(context: Context, operation: Operation): Transaction<string | undefined> {
  const { plan, playbook, purpose } = operation;
  const paused = yield* pausesOn({
    target: targetKey(plan.target),
    namespace: plan.target.namespace,
    playbook,
    purpose,
  });
  if (paused.length > 0) return `Runova is paused: ${paused.join(', ')}.`;
  if (purpose !== 'fix') return undefined;
  const taker = yield* takerOf(context, targetKey(plan.target));
  return taker === undefined ? undefined : `${taker} has taken the target.`;
}

/** Time and people permitting, may it be claimed now? */
function* claimObstacle(
  context: Context,
  operation: Operation,
  request: OperationClaimRequest,
): Transaction<string | undefined> {
  if (operation.state === 'claimed') return `Operation ${operation.number} was claimed by another process.`;
  if (operation.state !== 'reserved') return `Operation ${operation.number} is over: ${operation.state}.`;
  if (context.nowMs > operation.claimByMs) return `Operation ${operation.number} was to be claimed earlier.`;
  if (request.approvedDigest !== undefined && request.approvedDigest !== operation.plan.digest) {
    return `Operation ${operation.number} carries another plan than the one that was approved.`;
  }
  return yield* heldBack(context, operation);
}

export function* claimOperation(
  context: Context,
  id: string,
  nonce: string,
  request: OperationClaimRequest,
): Transaction<OperationClaim> {
  const operation = yield* operationById(id);
  if (operation === undefined) return refused('There is no such operation.');
  // A repeated claim whose first answer was lost gets that answer, whatever has happened since.
  if (operation.state === 'claimed' && operation.nonce === nonce) return { kind: 'claimed', operation };
  const obstacle = yield* claimObstacle(context, operation, request);
  if (obstacle !== undefined) return refused(obstacle);

  const claimed = yield* first(
    `UPDATE operations SET state = 'claimed', nonce = $2, claimed_at_ms = $3, act_by_ms = $4
     WHERE id = $1 AND state = 'reserved' RETURNING id`,
    id,
    nonce,
    context.nowMs,
    context.nowMs + request.actBudgetMs,
  );
  if (claimed === undefined) return refused(`Operation ${operation.number} was claimed by another process.`);
  yield* appendTimeline(context, operation.incident, {
    kind: 'claimed',
    text: `operation ${operation.number} by ${operation.executor}`,
    fields: { operation: id },
  });
  const now = yield* operationById(id);
  return now === undefined ? refused('There is no such operation.') : { kind: 'claimed', operation: now };
}

export function* mayWrite(context: Context, id: string, nonce: string): Transaction<OperationClaim> {
  const operation = yield* operationById(id);
  if (operation === undefined) return refused('There is no such operation.');
  if (operation.state !== 'claimed' || operation.nonce !== nonce) {
    return refused(`Operation ${operation.number} is not claimed by this process.`);
  }
  if (operation.actByMs === undefined || context.nowMs >= operation.actByMs) {
    return refused(`The time for operation ${operation.number} is up.`);
  }
  const obstacle = yield* heldBack(context, operation);
  return obstacle === undefined ? { kind: 'claimed', operation } : refused(obstacle);
}

export interface Report {
  readonly to: 'done' | 'not-done' | 'unknown';
  readonly how: string;
}

/** Taken once; the same report again is answered alike. False: it is not (any more) this process's to report. */
export function* reportOperation(
  context: Context,
  id: string,
  nonce: string,
  report: Report,
): Transaction<boolean> {
  const operation = yield* operationById(id);
  if (operation === undefined || operation.nonce !== nonce) return false;
  if (operation.state === report.to) return true;
  const reported = yield* first(
    `UPDATE operations SET state = $2, how = $3, ended_at_ms = $4
     WHERE id = $1 AND state = 'claimed' RETURNING id`,
    id,
    report.to,
    report.how,
    context.nowMs,
  );
  if (reported === undefined) return false;
  yield* nudge(context, operation.incident);
  // Nobody may be looking at the incident any more; then the debt that it pays is.
  yield query(
    'UPDATE owed SET due_at_ms = $2 WHERE operation = $1 AND settled_at_ms IS NULL',
    id,
    context.nowMs,
  );
  context.wake();
  return true;
}
