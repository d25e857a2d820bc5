import type { Notice } from '../../ports/store.ts';
import { integer, integerOrNone, text } from '../column.ts';
import { query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';

function noticeOf(row: Row): Notice {
  const sentAtMs = integerOrNone(row, 'sent_at_ms');
  return {
    id: integer(row, 'id'),
    incident: integer(row, 'incident'),
    kind: text(row, 'kind') as Notice['kind'],
    title: text(row, 'title'),
    text: text(row, 'text'),
    severity: text(row, 'severity'),
    createdAtMs: integer(row, 'created_at_ms'),
    dueAtMs: integer(row, 'due_at_ms'),
    tries: integer(row, 'tries'),
    ...(sentAtMs !== undefined && { sentAtMs }),
  };
}

export interface NoticeBatch {
  readonly nowMs: number;
  readonly notices: readonly Notice[];
}

export function* noticesDue(context: Context, limit: number): Transaction<NoticeBatch> {
  const rows = yield query(
    'SELECT * FROM notices WHERE sent_at_ms IS NULL AND due_at_ms <= $1 ORDER BY due_at_ms, id LIMIT $2',
    context.nowMs,
    limit,
  );
  return { nowMs: context.nowMs, notices: rows.map(noticeOf) };
}

export function* noticeSent(context: Context, id: number): Transaction<void> {
  yield query(
    'UPDATE notices SET sent_at_ms = $2, tries = tries + 1 WHERE id = $1 AND sent_at_ms IS NULL',
    id,
    context.nowMs,
  );
}

export function* noticeFailed(id: number, dueAtMs: number): Transaction<void> {
  yield query(
    'UPDATE notices SET due_at_ms = $2, tries = tries + 1 WHERE id = $1 AND sent_at_ms IS NULL',
    id,
    dueAtMs,
  );
}
