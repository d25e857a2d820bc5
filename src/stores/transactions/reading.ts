import type { Incident } from '../../domain/incident.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { IncidentFilter, IncidentRow, StoreCounts } from '../../ports/store.ts';
import { integer, integerOrNone, text } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';
import { incidentById, incidentOf } from './incident-row.ts';

function* incidentRowOf(row: Row): Transaction<IncidentRow> {
  return { incident: yield* incidentOf(row), dueAtMs: integerOrNone(row, 'due_at_ms') };
}

export function* readIncident(id: number): Transaction<IncidentRow | undefined> {
  const row = yield* first('SELECT id, due_at_ms, document FROM incidents WHERE id = $1', id);
  return row && (yield* incidentRowOf(row));
}

/** Newest first. */
export function* readIncidents(filter: IncidentFilter): Transaction<readonly IncidentRow[]> {
  const values: (string | number)[] = [];
  const place = (value: string | number): string => `$${values.push(value)}`;
  const where = [
    ...(filter.states === undefined
      ? []
      : [filter.states.length === 0 ? '1 = 0' : `state IN (${filter.states.map(place).join(', ')})`]),
    ...(filter.namespace === undefined ? [] : [`namespace = ${place(filter.namespace)}`]),
    ...(filter.before === undefined ? [] : [`id < ${place(filter.before)}`]),
  ];
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  const rows = yield query(
    `SELECT id, due_at_ms, document FROM incidents ${condition} ORDER BY id DESC LIMIT ${place(filter.limit)}`,
    ...values,
  );
  const incidents: IncidentRow[] = [];
  for (const row of rows) incidents.push(yield* incidentRowOf(row));
  return incidents;
}

export interface Holders {
  readonly holder: Incident | undefined;
  readonly last: Incident | undefined;
}

/** Who has a key, and of those that had it and ended, the last to end. */
export function* holderOf(key: string): Transaction<Holders> {
  const held = yield* first('SELECT incident FROM holds WHERE key = $1 AND released_at_ms IS NULL', key);
  const had = yield* first(
    `SELECT h.incident FROM holds h JOIN incidents i ON i.id = h.incident
     WHERE h.key = $1 AND i.ended_at_ms IS NOT NULL ORDER BY i.ended_at_ms DESC, i.id DESC LIMIT 1`,
    key,
  );
  return {
    holder: held && (yield* incidentById(integer(held, 'incident'))),
    last: had && (yield* incidentById(integer(had, 'incident'))),
  };
}

export function* readPlaybook(version: string): Transaction<Playbook | undefined> {
  const row = yield* first('SELECT document FROM playbooks WHERE version = $1', version);
  return row && (JSON.parse(text(row, 'document')) as Playbook);
}

export function* readCounts(): Transaction<StoreCounts> {
  const states = yield query('SELECT state, count(*) AS incidents FROM incidents GROUP BY state');
  const row = yield* first(
    `SELECT (SELECT count(*) FROM owed WHERE settled_at_ms IS NULL) AS owed,
       (SELECT count(*) FROM notices WHERE sent_at_ms IS NULL) AS notices,
       (SELECT min(due_at_ms) FROM incidents WHERE due_at_ms IS NOT NULL AND claimed_epoch IS NULL) AS oldest_due_ms`,
  );
  return {
    byState: Object.fromEntries(states.map((state) => [text(state, 'state'), integer(state, 'incidents')])),
    owed: row === undefined ? 0 : integer(row, 'owed'),
    noticesWaiting: row === undefined ? 0 : integer(row, 'notices'),
    oldestDueMs: row && integerOrNone(row, 'oldest_due_ms'),
  };
}

export function* readEvidence(incident: number): Transaction<string | undefined> {
  const row = yield* first('SELECT document FROM evidence WHERE incident = $1', incident);
  return row && text(row, 'document');
}

export function* saveEvidence(context: Context, incident: number, json: string): Transaction<void> {
  yield query(
    `INSERT INTO evidence (incident, saved_at_ms, document) VALUES ($1, $2, $3)
     ON CONFLICT (incident) DO UPDATE SET saved_at_ms = excluded.saved_at_ms, document = excluded.document`,
    incident,
    context.nowMs,
    json,
  );
}
