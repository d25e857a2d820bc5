import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Query, Row, Rows, Transaction, Value } from '../sql.ts';

const PLACE = /\$(\d+)/g;
/** What no database stores in text: NUL (PostgreSQL) and half a surrogate pair (neither keeps it). */
const REPLACEMENT = '\uFFFD';

/** Text comes from alerts, so it may hold anything (threat T23). JSON escapes both kinds and so keeps them. */
function storable(value: Value): Value {
  if (typeof value !== 'string') return value;
  const whole = value.isWellFormed() ? value : value.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', REPLACEMENT) : whole;
}

/** Prepared statements of one connection, each prepared once. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all({ sql, values }: Query): Rows {
    return this.#statement(sql).all(...values.map(storable)) as unknown as Row[];
  }

  /** Runs a transaction's statements to its end in one go, without giving up the thread. */
  finish<R>(transaction: Transaction<R>): R {
    let step = transaction.next();
    while (step.done !== true) step = transaction.next(this.all(step.value));
    return step.value;
  }

  #statement(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    // SQLite takes `$1` for a name; `?1` is its spelling of a numbered place.
    const statement = this.#database.prepare(sql.replaceAll(PLACE, '?$1'));
    this.#prepared.set(sql, statement);
    return statement;
  }
}
