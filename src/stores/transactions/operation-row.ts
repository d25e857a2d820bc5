import type { Operation, OperationState, Plan, Purpose } from '../../domain/operation.ts';
import { targetKey, type TargetRef } from '../../domain/target.ts';
import { flag, integer, integerOrNone, text, textOrNone } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Row, Transaction } from '../sql.ts';

/** Leaves out what is undefined, so that absent stays absent. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export function operationOf(row: Row): Operation {
  return {
    id: text(row, 'id'),
    number: text(row, 'number'),
    incident: integer(row, 'incident'),
    purpose: text(row, 'purpose') as Purpose,
    rung: integer(row, 'rung'),
    playbook: text(row, 'playbook'),
    alertname: text(row, 'alertname'),
    plan: JSON.parse(text(row, 'plan')) as Plan,
    before: JSON.parse(text(row, 'before')) as Operation['before'],
    executor: text(row, 'executor'),
    state: text(row, 'state') as OperationState,
    reservedAtMs: integer(row, 'reserved_at_ms'),
    claimByMs: integer(row, 'claim_by_ms'),
    ...present({
      approvedDigest: textOrNone(row, 'approved_digest'),
      claimedAtMs: integerOrNone(row, 'claimed_at_ms'),
      actByMs: integerOrNone(row, 'act_by_ms'),
      nonce: textOrNone(row, 'nonce'),
      endedAtMs: integerOrNone(row, 'ended_at_ms'),
      how: textOrNone(row, 'how'),
      adopted: row['adopted'] === null ? undefined : flag(row, 'adopted'),
      verdict: textOrNone(row, 'verdict') as Operation['verdict'],
    }),
  };
}

export function* operationById(id: string): Transaction<Operation | undefined> {
  const row = yield* first('SELECT * FROM operations WHERE id = $1', id);
  return row && operationOf(row);
}

/** Writes a freshly reserved operation. */
export function* insertOperation(operation: Operation): Transaction<void> {
  yield query(
    `INSERT INTO operations (id, number, incident, purpose, rung, playbook, alertname, action, target, namespace,
       executor, state, reserved_at_ms, claim_by_ms, plan, before, approved_digest)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'reserved', $12, $13, $14, $15, $16)`,
    operation.id,
    operation.number,
    operation.incident,
    operation.purpose,
    operation.rung,
    operation.playbook,
    operation.alertname,
    operation.plan.action,
    targetKey(operation.plan.target),
    operation.plan.target.namespace,
    operation.executor,
    operation.reservedAtMs,
    operation.claimByMs,
    JSON.stringify(operation.plan),
    JSON.stringify(operation.before),
    operation.approvedDigest ?? null,
  );
}

export function* operationsOf(incident: number): Transaction<readonly Operation[]> {
  const rows = yield query(
    'SELECT * FROM operations WHERE incident = $1 ORDER BY reserved_at_ms, id',
    incident,
  );
  return rows.map(operationOf);
}

/** What was reserved for a target since then, newest first. */
export function* recentOn(target: TargetRef, sinceMs: number): Transaction<readonly Operation[]> {
  const rows = yield query(
    'SELECT * FROM operations WHERE target = $1 AND reserved_at_ms >= $2 ORDER BY reserved_at_ms DESC, id DESC',
    targetKey(target),
    sinceMs,
  );
  return rows.map(operationOf);
}

/** What waits for an executor, oldest first. */
export function* reservedFor(executor: string): Transaction<readonly Operation[]> {
  const rows = yield query(
    `SELECT * FROM operations WHERE state = 'reserved' AND state IN ('reserved', 'claimed') AND executor = $1
     ORDER BY reserved_at_ms, id`,
    executor,
  );
  return rows.map(operationOf);
}
