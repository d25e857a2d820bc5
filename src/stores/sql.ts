/** What both dialects store: whole numbers (times in ms, booleans as 0 or 1), text (JSON included) and nothing. */
export type Value = string | number | null;

/** One row by its column names, as the database spells them. */
export interface Row {
  readonly [column: string]: Value;
}

export type Rows = readonly Row[];

/** One statement in the common subset of SQLite and PostgreSQL, with `$1` to `$n` for its values. */
export interface Query {
  readonly sql: string;
  readonly values: readonly Value[];
}

/**
 * One transaction: it yields statements and is given their rows. SQLite runs it to its end in one go (a
 * transaction there must never give up the thread), PostgreSQL awaits each statement. What it throws undoes it.
 */
export type Transaction<R> = Generator<Query, R, Rows>;

/** What a transaction knows besides the database. */
export interface Context {
  /** The one reading of the store's clock that this transaction goes by (engine 6). */
  readonly nowMs: number;
  /** Which start of the program this is: claims of any other one are void (engine 7). */
  readonly epoch: number;
  /** How long an ended incident is joined by new episodes of its alerts. */
  readonly reopenWithinMs: number;
  /** Tell the listeners of `onWork` once this transaction is committed. */
  wake(): void;
}

/** Runs transactions against one database. The promise fulfils only after the commit. */
export interface Driver {
  readonly run: <R>(transaction: (context: Context) => Transaction<R>) => Promise<R>;
  /** Milliseconds since the epoch, on the store's one clock. */
  now(): Promise<number>;
  onWork(listener: () => void): () => void;
  close(): Promise<void>;
}

export function query(sql: string, ...values: readonly Value[]): Query {
  return { sql, values };
}

/** The first row of a query's answer. */
export function* first(sql: string, ...values: readonly Value[]): Transaction<Row | undefined> {
  const rows = yield query(sql, ...values);
  return rows[0];
}
