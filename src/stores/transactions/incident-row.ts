import type { JoinedAlert, Labels, Severity } from '../../domain/alert.ts';
import { isEnded } from '../../domain/incident.ts';
import type { Incident, State } from '../../domain/incident.ts';
import { targetKey } from '../../domain/target.ts';
import type { Lane } from '../../ports/store.ts';
import { integer, text } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';

const URGENCY: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2, none: 3 };

const LANES: Readonly<Record<State, Lane>> = {
  open: 'plan',
  waiting: 'plan',
  asking: 'plan',
  executing: 'act',
  verifying: 'prove',
  'handed-over': 'prove',
  resolved: 'prove',
  closed: 'prove',
};

/** Its alerts have rows of their own, because webhooks write them while a worker has the document in hand. */
function documentOf(incident: Incident): string {
  return JSON.stringify({ ...incident, id: undefined, alerts: undefined });
}

function alertOf(row: Row): JoinedAlert {
  return {
    key: text(row, 'key'),
    fingerprint: text(row, 'fingerprint'),
    startsAtMs: integer(row, 'starts_at_ms'),
    labels: JSON.parse(text(row, 'labels')) as Labels,
    annotations: JSON.parse(text(row, 'annotations')) as Labels,
    status: text(row, 'status') === 'firing' ? 'firing' : 'resolved',
    receivedAtMs: integer(row, 'received_at_ms'),
  };
}

/** The incident of a row with at least `id` and `document`, its alerts joined to it, first one first. */
export function* incidentOf(row: Row): Transaction<Incident> {
  const id = integer(row, 'id');
  const alerts = yield query('SELECT * FROM alerts WHERE incident = $1 ORDER BY id', id);
  const document = JSON.parse(text(row, 'document')) as Omit<Incident, 'id' | 'alerts'>;
  return { ...document, id, alerts: alerts.map(alertOf) };
}

export function* incidentById(id: number): Transaction<Incident | undefined> {
  const row = yield* first('SELECT id, document FROM incidents WHERE id = $1', id);
  return row && (yield* incidentOf(row));
}

/** The newest alerts with the incident that each belongs to. */
export function* newestAlerts(
  limit: number,
): Transaction<readonly (JoinedAlert & { readonly incident: number })[]> {
  const rows = yield query('SELECT * FROM alerts ORDER BY id DESC LIMIT $1', limit);
  return rows.map((row) => ({ ...alertOf(row), incident: integer(row, 'incident') }));
}

/** Inserts an incident that `open` makes of its number, due at once. */
export function* insertIncident(context: Context, open: (id: number) => Incident): Transaction<number> {
  const draft = open(0);
  const row = yield* first(
    `INSERT INTO incidents (version, state, lane, severity, opened_at_ms, due_at_ms, nudges, nudges_handled, refired, document)
     VALUES (1, $1, $2, $3, $4, $5, 0, 0, 0, $6) RETURNING id`,
    draft.state,
    LANES[draft.state],
    URGENCY[draft.severity],
    draft.openedAtMs,
    context.nowMs,
    documentOf(draft),
  );
  if (row === undefined) throw new Error('an inserted incident has no id');
  return integer(row, 'id');
}

export interface Settlement {
  readonly dueAtMs: number | undefined;
  readonly nudgesHandled: number;
  readonly refired: boolean;
}

/** Writes the next document, moves the fence on and frees the claim; an end gives the target free. */
export function* writeIncident(context: Context, next: Incident, settlement: Settlement): Transaction<void> {
  const ended = isEnded(next.state);
  yield query(
    `UPDATE incidents SET version = version + 1, state = $2, lane = $3, severity = $4,
       ended_at_ms = CASE WHEN $5 = 0 THEN NULL ELSE coalesce(ended_at_ms, $6) END,
       due_at_ms = $7, claimed_epoch = NULL, nudges_handled = $8, refired = $9,
       target = $10, namespace = $11, document = $12
     WHERE id = $1`,
    next.id,
    next.state,
    LANES[next.state],
    URGENCY[next.severity],
    ended ? 1 : 0,
    context.nowMs,
    settlement.dueAtMs ?? null,
    settlement.nudgesHandled,
    settlement.refired ? 1 : 0,
    next.target === undefined ? null : targetKey(next.target),
    next.target?.namespace ?? null,
    documentOf(next),
  );
  if (ended) yield* releaseHolds(context, next.id);
}

export function* releaseHolds(context: Context, incident: number): Transaction<void> {
  yield query(
    'UPDATE holds SET released_at_ms = $2 WHERE incident = $1 AND released_at_ms IS NULL',
    incident,
    context.nowMs,
  );
}
