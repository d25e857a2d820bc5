import type { CommandDecision, Decision } from '../../domain/decision.ts';
import { isEnded } from '../../domain/incident.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Operation } from '../../domain/operation.ts';
import type { Claimed, Committed } from '../../ports/store.ts';
import { flag, integer } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';
import { applyChanges } from './changes.ts';
import type { Obstacle } from './changes.ts';
import { holdClaim } from './claim.ts';
import { incidentOf, writeIncident } from './incident-row.ts';
import type { Settlement } from './incident-row.ts';
import { operationById } from './operation-row.ts';

/** Writes a worker's transition, fenced by version and epoch of its claim. */
export function* commit(context: Context, claimed: Claimed, decision: Decision): Transaction<Committed> {
  const { id } = claimed.incident;
  if (decision.next.id !== id)
    throw new Error(`a decision on incident ${decision.next.id} for incident ${id}`);
  const held = yield* holdClaim(context, claimed);
  if (held === undefined) return { kind: 'lost' };
  const obstacle = yield* applyChanges(context, id, decision.changes);
  if (obstacle !== undefined) {
    if (obstacle.kind === 'lost') yield* freeClaim(context, id);
    return obstacle;
  }
  const settlement = yield* settle(context, claimed, held.nudges > claimed.nudges, decision);
  yield* writeIncident(context, decision.next, settlement);
  if (settlement.dueAtMs !== undefined && settlement.dueAtMs <= context.nowMs) context.wake();
  return { kind: 'committed' };
}

/** News that came since the claim has not been seen by the decision: the incident is due at once. */
function* settle(
  context: Context,
  claimed: Claimed,
  nudged: boolean,
  { next, dueAtMs }: Decision,
): Transaction<Settlement> {
  const ended = isEnded(next.state);
  // An end is undone only by what fires; that an alert is over, or a report, is no reason to look again.
  const refired = ended && nudged && (yield* firesSince(next.id, claimed.nudges));
  const dueNow = ended ? refired : nudged;
  return { dueAtMs: dueNow ? context.nowMs : dueAtMs, nudgesHandled: claimed.nudges, refired };
}

/** What it was due for is still to be done: it keeps its time, which has come. */
function* freeClaim(context: Context, incident: number): Transaction<void> {
  yield query(
    'UPDATE incidents SET version = version + 1, claimed_epoch = NULL, due_at_ms = $2 WHERE id = $1',
    incident,
    context.nowMs,
  );
  context.wake();
}

/** Did an alert fire that the worker who ended the incident had not seen? */
function* firesSince(incident: number, nudges: number): Transaction<boolean> {
  const row = yield* first(
    `SELECT id FROM alerts WHERE incident = $1 AND status = 'firing' AND nudge > $2 LIMIT 1`,
    incident,
    nudges,
  );
  return row !== undefined;
}

export type Decide = (incident: Incident, operation: Operation | undefined, nowMs: number) => CommandDecision;

/**
 * A person's command: decided on the incident as it is now, in the same transaction. The fence moves on, so a
 * worker that has it in hand loses.
 */
export function* command(
  context: Context,
  id: number,
  decide: Decide,
): Transaction<CommandDecision | undefined> {
  const row = yield* first(
    `UPDATE incidents SET version = version WHERE id = $1
     RETURNING id, nudges, nudges_handled, refired, due_at_ms, document`,
    id,
  );
  if (row === undefined) return undefined;
  const incident = yield* incidentOf(row);
  const operation = incident.operation === undefined ? undefined : yield* operationById(incident.operation);
  const decided = decide(incident, operation, context.nowMs);
  if (decided.kind === 'refused') return decided;
  const obstacle = yield* applyChanges(context, id, decided.decision.changes);
  if (obstacle !== undefined) return { kind: 'refused', why: inWords(obstacle) };
  yield* writeCommanded(context, row, incident, decided.decision);
  return decided;
}

function* writeCommanded(
  context: Context,
  row: Row,
  before: Incident,
  { next, dueAtMs }: Decision,
): Transaction<void> {
  const nudges = integer(row, 'nudges');
  const ended = isEnded(next.state);
  // Nobody has looked at this news yet. The one who ends the incident here has seen its alerts.
  const unseen = nudges > integer(row, 'nudges_handled');
  const refired = ended && isEnded(before.state) && flag(row, 'refired');
  const due = refired || (unseen && !ended) ? context.nowMs : dueAtMs;
  yield* writeIncident(context, next, {
    dueAtMs: due,
    nudgesHandled: ended ? nudges : integer(row, 'nudges_handled'),
    refired,
  });
  if (due !== undefined && due <= context.nowMs) context.wake();
}

function inWords(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'lost':
      return 'It has changed meanwhile; look again.';
    case 'held':
      return `The target is held by incident ${obstacle.by}.`;
    case 'limited':
      return 'A limit does not allow it now.';
  }
}
