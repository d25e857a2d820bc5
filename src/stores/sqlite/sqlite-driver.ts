import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { query } from '../sql.ts';
import type { Context, Driver, Transaction } from '../sql.ts';
import { isOutside, unavailable } from './sqlite-error.ts';
import { Statements } from './statements.ts';

/** Lets a simulator fail the store on either side of its commit; a real disk knows both, too. */
export interface StoreFaults {
  /** `fail`: the batch is rolled back, its callers are told. */
  beforeCommit?(): 'fail' | undefined;
  /** `fail`: the batch is on disk, its callers are told that it is not known to be. */
  afterCommit?(): 'fail' | undefined;
}

export interface DriverOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: number;
  readonly reopenWithinMs: number;
  readonly faults?: StoreFaults;
  /** Called once when the store is closed, after the last commit. */
  readonly release: () => void;
}

interface Job {
  readonly transaction: (context: Context) => Transaction<unknown>;
  readonly fulfil: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** Under steady pressure there is always one more: nobody waits for more than this many turns. */
const GATHER_TURNS_MAX = 8;

const BEGIN = query('BEGIN IMMEDIATE');
const COMMIT = query('COMMIT');
const ROLLBACK = query('ROLLBACK');
const SAVEPOINT = query('SAVEPOINT one');
const BACK = query('ROLLBACK TO SAVEPOINT one');
const RELEASE = query('RELEASE SAVEPOINT one');

/**
 * Group commit on one connection: everything that is asked for in a turn shares one BEGIN and one COMMIT, each
 * logical transaction in a savepoint of its own, in the order of asking. One that throws goes back alone; answers
 * leave only after the COMMIT has returned (engine 7).
 */
export class SqliteDriver implements Driver {
  readonly #options: DriverOptions;
  readonly #statements: Statements;
  readonly #listeners = new Set<() => void>();
  #queue: Job[] = [];
  #closed = false;
  #woken = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#statements = new Statements(options.database);
  }

  readonly run = async <R>(transaction: (context: Context) => Transaction<R>): Promise<R> => {
    if (this.#closed) throw unavailable('it has been closed');
    return await new Promise<R>((fulfil, reject) => {
      const job: Job = { transaction, fulfil: fulfil as (value: unknown) => void, reject };
      if (this.#queue.push(job) === 1) this.#options.clock.turn(() => this.#gather(0, 1));
    });
  };

  async now(): Promise<number> {
    return await Promise.resolve(this.#options.clock.now());
  }

  onWork(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Writes what was asked for before, then takes nothing more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#options.release();
    await Promise.resolve();
  }

  /**
   * Commits once a turn has brought nothing more: what arrives while the last COMMIT held up the thread then shares
   * the next one, instead of waiting for a COMMIT of its own.
   */
  #gather(before: number, turns: number): void {
    const waiting = this.#queue.length;
    if (waiting > before && turns < GATHER_TURNS_MAX) {
      this.#options.clock.turn(() => this.#gather(waiting, turns + 1));
    } else {
      this.#flush();
    }
  }

  #flush(): void {
    const jobs = this.#queue;
    if (jobs.length === 0) return;
    this.#queue = [];
    this.#woken = false;
    let outcomes: readonly Outcome[];
    try {
      outcomes = this.#commitTogether(jobs);
    } catch (error) {
      // No transaction is open any more: it may be on disk, and nobody else will tell the workers.
      const written = !this.#options.database.isTransaction;
      this.#rollBack();
      this.#options.log.error('the store did not commit', { transactions: jobs.length, error });
      const reason = unavailable('the commit failed', error);
      for (const job of jobs) job.reject(reason);
      if (written) this.#tellListeners();
      return;
    }
    jobs.forEach((job, at) => settle(job, outcomes[at]));
    this.#tellListeners();
  }

  #tellListeners(): void {
    if (this.#woken) for (const listener of this.#listeners) listener();
  }

  #commitTogether(jobs: readonly Job[]): readonly Outcome[] {
    const { faults } = this.#options;
    this.#statements.all(BEGIN);
    const outcomes = jobs.map((job) => this.#runOne(job));
    if (faults?.beforeCommit?.() === 'fail') throw new Error('failed before the commit');
    this.#statements.all(COMMIT);
    if (faults?.afterCommit?.() === 'fail') throw new Error('failed after the commit');
    return outcomes;
  }

  #runOne({ transaction }: Job): Outcome {
    const { clock, epoch, reopenWithinMs } = this.#options;
    let woken = false;
    const context: Context = { nowMs: clock.now(), epoch, reopenWithinMs, wake: () => void (woken = true) };
    this.#statements.all(SAVEPOINT);
    try {
      const value = this.#statements.finish(transaction(context));
      this.#statements.all(RELEASE);
      this.#woken ||= woken;
      return { ok: true, value };
    } catch (error) {
      // When the disk fails, SQLite has given up the whole batch or is about to.
      if (isOutside(error) || !this.#options.database.isTransaction) throw error;
      this.#statements.all(BACK);
      this.#statements.all(RELEASE);
      return { ok: false, error };
    }
  }

  #rollBack(): void {
    try {
      if (this.#options.database.isTransaction) this.#statements.all(ROLLBACK);
    } catch (error) {
      this.#options.log.error('the store did not roll back', { error });
    }
  }
}

function settle(job: Job, outcome: Outcome | undefined): void {
  if (outcome?.ok === true) job.fulfil(outcome.value);
  else job.reject(outcome?.error);
}
