import type { StoreChange } from '../../domain/decision.ts';
import type { Change, Owed } from '../../domain/operation.ts';
import type { TargetRef } from '../../domain/target.ts';
import type { Committed, OwedChange, OwedStep } from '../../ports/store.ts';
import { integer, text, textOrNone } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';
import { applyChanges } from './changes.ts';
import { operationById } from './operation-row.ts';

function* owedOf(row: Row): Transaction<Owed> {
  const operationId = textOrNone(row, 'operation');
  const operation = operationId === undefined ? undefined : yield* operationById(operationId);
  const note = textOrNone(row, 'note');
  return {
    id: integer(row, 'id'),
    incident: integer(row, 'incident'),
    causedBy: text(row, 'caused_by'),
    target: JSON.parse(text(row, 'target')) as TargetRef,
    playbook: text(row, 'playbook'),
    purpose: 'give-back',
    change: JSON.parse(text(row, 'change')) as Change,
    dueAtMs: integer(row, 'due_at_ms'),
    giveBackMs: integer(row, 'give_back_ms'),
    ...(operation !== undefined && { operation }),
    ...(note !== undefined && { note }),
  };
}

function* owedOfAll(rows: readonly Row[]): Transaction<readonly Owed[]> {
  const owed: Owed[] = [];
  for (const row of rows) owed.push(yield* owedOf(row));
  return owed;
}

export interface OwedBatch {
  readonly nowMs: number;
  readonly owed: readonly Owed[];
}

export function* owedDue(context: Context, limit: number): Transaction<OwedBatch> {
  const rows = yield query(
    'SELECT * FROM owed WHERE settled_at_ms IS NULL AND due_at_ms <= $1 ORDER BY due_at_ms, id LIMIT $2',
    context.nowMs,
    limit,
  );
  return { nowMs: context.nowMs, owed: yield* owedOfAll(rows) };
}

export function* allOwed(): Transaction<readonly Owed[]> {
  return yield* owedOfAll(
    yield query('SELECT * FROM owed WHERE settled_at_ms IS NULL ORDER BY due_at_ms, id'),
  );
}

/** Is the debt still as it was read, with its operation? A report moves it. */
function* unmoved(owed: Owed): Transaction<boolean> {
  const row = yield* first(
    'UPDATE owed SET due_at_ms = due_at_ms WHERE id = $1 AND settled_at_ms IS NULL RETURNING *',
    owed.id,
  );
  if (row === undefined) return false;
  const now = yield* owedOf(row);
  return (
    now.dueAtMs === owed.dueAtMs &&
    now.operation?.id === owed.operation?.id &&
    now.operation?.state === owed.operation?.state
  );
}

/** Writes what became of a due debt. Nothing of it when it was moved, or a limit refuses its operation. */
export function* settleOwed(
  context: Context,
  owed: Owed,
  step: OwedStep,
  changes: readonly OwedChange[],
): Transaction<Committed> {
  if (!(yield* unmoved(owed))) return { kind: 'lost' };
  const obstacle = yield* applyChanges(context, owed.incident, [...changes, ...changesOf(owed, step)]);
  if (obstacle !== undefined) return obstacle;
  yield* move(context, owed.id, step);
  return { kind: 'committed' };
}

function changesOf(owed: Owed, step: OwedStep): readonly StoreChange[] {
  switch (step.kind) {
    case 'reserve':
      return [{ kind: 'reserve', operation: step.operation, check: step.check }];
    case 'later':
      return [];
    case 'settled':
      return [{ kind: 'timeline', entry: { kind: 'owed', text: step.text, fields: { owed: owed.id } } }];
  }
}

function* move(context: Context, id: number, step: OwedStep): Transaction<void> {
  switch (step.kind) {
    case 'reserve':
      yield query(
        'UPDATE owed SET operation = $2, due_at_ms = $3 WHERE id = $1',
        id,
        step.operation.id,
        step.dueAtMs,
      );
      return;
    case 'later':
      yield query(
        `UPDATE owed SET due_at_ms = $2, note = $3,
           operation = CASE WHEN $4 = 1 THEN NULL ELSE operation END WHERE id = $1`,
        id,
        step.dueAtMs,
        step.note,
        step.release === true ? 1 : 0,
      );
      return;
    case 'settled':
      yield query('UPDATE owed SET settled_at_ms = $2 WHERE id = $1', id, context.nowMs);
  }
}
