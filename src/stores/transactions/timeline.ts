import type { TimelineEntry, TimelineKind } from '../../domain/incident.ts';
import type { TimelineRow } from '../../ports/store.ts';
import { integer, text, textOrNone } from '../column.ts';
import { query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';

export function* appendTimeline(context: Context, incident: number, entry: TimelineEntry): Transaction<void> {
  yield query(
    'INSERT INTO timeline (incident, at_ms, kind, text, fields) VALUES ($1, $2, $3, $4, $5)',
    incident,
    context.nowMs,
    entry.kind,
    entry.text,
    entry.fields === undefined ? null : JSON.stringify(entry.fields),
  );
}

function timelineRowOf(row: Row): TimelineRow {
  const fields = textOrNone(row, 'fields');
  return {
    sequence: integer(row, 'sequence'),
    incident: integer(row, 'incident'),
    atMs: integer(row, 'at_ms'),
    kind: text(row, 'kind') as TimelineKind,
    text: text(row, 'text'),
    ...(fields !== undefined && { fields: JSON.parse(fields) as Readonly<Record<string, unknown>> }),
  };
}

export interface TimelineFilter {
  readonly incident?: number;
  /** Lines after this sequence number only. */
  readonly after?: number;
  readonly limit: number;
}

export function* readTimeline(filter: TimelineFilter): Transaction<readonly TimelineRow[]> {
  const after = filter.after ?? 0;
  const rows =
    filter.incident === undefined
      ? yield query(
          'SELECT * FROM timeline WHERE sequence > $1 ORDER BY sequence LIMIT $2',
          after,
          filter.limit,
        )
      : yield query(
          'SELECT * FROM timeline WHERE incident = $3 AND sequence > $1 ORDER BY sequence LIMIT $2',
          after,
          filter.limit,
          filter.incident,
        );
  return rows.map(timelineRowOf);
}
