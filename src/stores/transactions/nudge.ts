import { query } from '../sql.ts';
import type { Context, Transaction } from '../sql.ts';

/**
 * Something happened to an incident: it is due at once, also when a worker has it in hand (its commit sees that
 * the count has moved). What has ended is left alone: only an alert that fires again wakes it.
 */
export function* nudge(context: Context, incident: number): Transaction<void> {
  const rows = yield query(
    `UPDATE incidents SET nudges = nudges + 1, due_at_ms = $2
     WHERE id = $1 AND ended_at_ms IS NULL RETURNING id`,
    incident,
    context.nowMs,
  );
  if (rows.length > 0) context.wake();
}

/** One of its alerts fires: as `nudge`, and an ended incident is looked at to be reopened. */
export function* nudgeFiring(context: Context, incident: number): Transaction<void> {
  yield query(
    `UPDATE incidents SET nudges = nudges + 1, due_at_ms = $2,
       refired = CASE WHEN ended_at_ms IS NULL THEN 0 ELSE 1 END
     WHERE id = $1`,
    incident,
    context.nowMs,
  );
  context.wake();
}
