import type { Purpose } from '../../domain/operation.ts';
import type { Pause, PauseScope, Take } from '../../ports/store.ts';
import { flag, integer, integerOrNone, text } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';

/** What a pause may name of a plan. */
export interface Touched {
  /** `targetKey` */
  readonly target: string;
  readonly namespace: string;
  readonly playbook: string;
  readonly purpose: Purpose;
}

/** The target as people write it, without the kind that its key begins with. */
function nameOf(target: string): string {
  return target.slice(target.indexOf('/') + 1);
}

/** The pauses that hold a plan back, as people read them. What is owed is held back by `pause --all` alone. */
export function* pausesOn(touched: Touched): Transaction<readonly string[]> {
  const rows = yield query(
    `SELECT kind, name FROM pauses
     WHERE (kind = 'everywhere' OR (kind = 'namespace' AND name = $1) OR (kind = 'playbook' AND name = $2)
       OR (kind = 'target' AND name IN ($3, $4))) AND holds_owed >= $5
     ORDER BY kind, name`,
    touched.namespace,
    touched.playbook,
    touched.target,
    nameOf(touched.target),
    touched.purpose === 'fix' ? 0 : 1,
  );
  return rows.map((row) => {
    const kind = text(row, 'kind');
    return kind === 'everywhere' ? kind : `${kind} ${text(row, 'name')}`;
  });
}

function scopeName(scope: PauseScope): string {
  return scope.kind === 'everywhere' ? '' : scope.name;
}

function scopeOf(row: Row): PauseScope {
  const kind = text(row, 'kind') as PauseScope['kind'];
  return kind === 'everywhere' ? { kind } : { kind, name: text(row, 'name') };
}

export function* pause(
  context: Context,
  { scope, by, because, all }: Omit<Pause, 'atMs'>,
): Transaction<void> {
  yield query(
    `INSERT INTO pauses (kind, name, person, because, at_ms, holds_owed) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (kind, name) DO UPDATE SET person = excluded.person, because = excluded.because,
       at_ms = excluded.at_ms, holds_owed = excluded.holds_owed`,
    scope.kind,
    scopeName(scope),
    by,
    because,
    context.nowMs,
    all ? 1 : 0,
  );
}

export function* resume(scope: PauseScope): Transaction<boolean> {
  const rows = yield query(
    'DELETE FROM pauses WHERE kind = $1 AND name = $2 RETURNING kind',
    scope.kind,
    scopeName(scope),
  );
  return rows.length > 0;
}

export function* readPauses(): Transaction<readonly Pause[]> {
  const rows = yield query('SELECT * FROM pauses ORDER BY at_ms, kind, name');
  return rows.map((row) => ({
    scope: scopeOf(row),
    by: text(row, 'person'),
    because: text(row, 'because'),
    atMs: integer(row, 'at_ms'),
    all: flag(row, 'holds_owed'),
  }));
}

/** Who has an open take of the target. */
export function* takerOf(context: Context, target: string): Transaction<string | undefined> {
  const row = yield* first(
    'SELECT person FROM takes WHERE target = $1 AND (until_ms IS NULL OR until_ms > $2)',
    target,
    context.nowMs,
  );
  return row && text(row, 'person');
}

export function* take(
  context: Context,
  { target, by, because, untilMs }: Omit<Take, 'atMs'>,
): Transaction<void> {
  yield query(
    `INSERT INTO takes (target, person, because, at_ms, until_ms) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (target) DO UPDATE SET person = excluded.person, because = excluded.because,
       at_ms = excluded.at_ms, until_ms = excluded.until_ms`,
    target,
    by,
    because,
    context.nowMs,
    untilMs ?? null,
  );
}

export function* untake(context: Context, target: string): Transaction<boolean> {
  const rows = yield query('DELETE FROM takes WHERE target = $1 RETURNING until_ms', target);
  const untilMs = rows[0]?.['until_ms'];
  return rows.length > 0 && (typeof untilMs !== 'number' || untilMs > context.nowMs);
}

/** The open takes; one whose time is up is none. */
export function* readTakes(context: Context): Transaction<readonly Take[]> {
  const rows = yield query(
    'SELECT * FROM takes WHERE until_ms IS NULL OR until_ms > $1 ORDER BY at_ms, target',
    context.nowMs,
  );
  return rows.map((row) => {
    const untilMs = integerOrNone(row, 'until_ms');
    return {
      target: text(row, 'target'),
      by: text(row, 'person'),
      because: text(row, 'because'),
      atMs: integer(row, 'at_ms'),
      ...(untilMs !== undefined && { untilMs }),
    };
  });
}
