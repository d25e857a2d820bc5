import type { Claimed, Lane } from '../../ports/store.ts';
import { flag, integer, integerOrNone } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';
import { incidentOf } from './incident-row.ts';
import { operationById } from './operation-row.ts';

export interface ClaimedBatch {
  readonly nowMs: number;
  readonly claimed: readonly Claimed[];
}

/**
 * No incident is ever put off further than this (`PUT_OFF_MS_MAX` in flow/worker.ts is less): one that is due later was
 * dated before the clock stepped back, and is looked at now.
 */
const FAR_MS = 15 * 60_000;

/** Takes due incidents out of the queue: most severe first, of those the oldest. */
export function* claimDue(context: Context, lane: Lane, limit: number): Transaction<ClaimedBatch> {
  const due = yield query(
    `SELECT id FROM incidents
     WHERE lane = $1 AND (due_at_ms <= $2 OR due_at_ms > $4) AND due_at_ms IS NOT NULL AND claimed_epoch IS NULL
     ORDER BY severity, opened_at_ms, id LIMIT $3`,
    lane,
    context.nowMs,
    limit,
    context.nowMs + FAR_MS,
  );
  const claimed: Claimed[] = [];
  for (const { id } of due) {
    // The version moves on with every claim, so that a worker whose claim was taken back fits nowhere.
    const row = yield* first(
      `UPDATE incidents SET version = version + 1, claimed_epoch = $2
       WHERE id = $1 AND claimed_epoch IS NULL RETURNING id, version, nudges, refired, document`,
      id ?? null,
      context.epoch,
    );
    if (row !== undefined) claimed.push(yield* claimedOf(row));
  }
  return { nowMs: context.nowMs, claimed };
}

function* claimedOf(row: Row): Transaction<Claimed> {
  const incident = yield* incidentOf(row);
  return {
    incident,
    version: integer(row, 'version'),
    nudges: integer(row, 'nudges'),
    operation: incident.operation === undefined ? undefined : yield* operationById(incident.operation),
    refired: flag(row, 'refired'),
  };
}

export function* nextDueMs(lane: Lane): Transaction<number | undefined> {
  const row = yield* first(
    `SELECT min(due_at_ms) AS due_at_ms FROM incidents
     WHERE lane = $1 AND due_at_ms IS NOT NULL AND claimed_epoch IS NULL`,
    lane,
  );
  return row && integerOrNone(row, 'due_at_ms');
}

/** Locks a claimed incident. Undefined: the claim is somebody else's by now. */
export function* holdClaim(
  context: Context,
  claimed: Claimed,
): Transaction<{ readonly nudges: number } | undefined> {
  const row = yield* first(
    `UPDATE incidents SET claimed_epoch = claimed_epoch
     WHERE id = $1 AND version = $2 AND claimed_epoch = $3 RETURNING nudges`,
    claimed.incident.id,
    claimed.version,
    context.epoch,
  );
  return row && { nudges: integer(row, 'nudges') };
}

/** Frees a claim without a transition; news that came meanwhile makes it due at once. */
export function* giveUp(context: Context, claimed: Claimed, dueAtMs: number): Transaction<void> {
  const held = yield* holdClaim(context, claimed);
  if (held === undefined) return;
  const due = held.nudges > claimed.nudges ? context.nowMs : dueAtMs;
  yield query(
    'UPDATE incidents SET version = version + 1, claimed_epoch = NULL, due_at_ms = $2 WHERE id = $1',
    claimed.incident.id,
    due,
  );
  if (due <= context.nowMs) context.wake();
}
