import { DatabaseSync } from 'node:sqlite';
import { DEFAULT_TIMINGS } from '../../domain/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { OpsError } from '../../ports/ops-error.ts';
import type { Store } from '../../ports/store.ts';
import { text } from '../column.ts';
import { sqlStore } from '../sql-store.ts';
import type { Row } from '../sql.ts';
import { readHolder, removeHolder, writeHolder } from './holder-file.ts';
import { migrate } from './migrate.ts';
import { SqliteDriver } from './sqlite-driver.ts';
import type { StoreFaults } from './sqlite-driver.ts';
import { isBusy, isOutside, unavailable } from './sqlite-error.ts';

/** A file or `:memory:`; or a database that the caller keeps, which closing the store leaves open. */
export type SqlitePlace =
  | { readonly path: string; readonly database?: undefined }
  | { readonly path?: undefined; readonly database: DatabaseSync };

export type SqliteStoreOptions = SqlitePlace & {
  readonly clock: Clock;
  readonly log: Log;
  /** Name of the cluster that the store belongs to (`Cluster.identity`); checked where given. */
  readonly clusterIdentity?: string;
  readonly reopenWithinMs?: number;
  readonly faults?: StoreFaults;
};

/** How long an opening waits for a process that is just ending. After it, the lock is never waited for. */
const LOCK_WAIT_MS = 2_000;
/** The write-ahead log is cut back to this after a checkpoint. */
const JOURNAL_BYTES_MAX = 64 * 1024 * 1024;
/** Pages kept in memory as they are used; SQLite's own 2 MiB are read again and again from a thousand incidents on. */
const CACHE_KIB = 16 * 1024;
/** Of 4 KiB. A storm changes the same pages many times before they are worth writing twice. */
const CHECKPOINT_PAGES = 4_000;
const MEMORY = ':memory:';

/**
 * Opens the store, brings its layout up to date and begins a new epoch: whatever an earlier start had claimed is
 * free. On a file it is the only process from here on.
 *
 * @throws OpsError `store/locked`, `store/wrong-cluster`, `store/too-new` or `store/unavailable`
 */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const { path, clock, log } = options;
  const database = path === undefined ? options.database : openFile(path);
  const file = path === MEMORY ? undefined : path;
  const release = (): void => {
    if (path !== undefined) database.close();
    if (file !== undefined) removeHolder(file);
  };
  try {
    migrate(database, clock.now());
    belongTo(database, options.clusterIdentity);
    const epoch = beginEpoch(database);
    if (file !== undefined) writeHolder(file, clock.now());
    log.info('the store is open', { epoch, path });
    const reopenWithinMs = options.reopenWithinMs ?? DEFAULT_TIMINGS.reopenWithinMs;
    return sqlStore(new SqliteDriver({ ...options, database, epoch, release, reopenWithinMs }));
  } catch (error) {
    if (path !== undefined && database.isOpen) database.close();
    throw isOutside(error) ? unavailable('it could not be read', error) : error;
  }
}

function openFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: LOCK_WAIT_MS, enableForeignKeyConstraints: true });
    // Exclusive before the first access: the lock is then never given back, and no shared memory file is needed.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec(`PRAGMA journal_size_limit = ${JOURNAL_BYTES_MAX}`);
    // Every logical transaction is a savepoint; the pages it may have to put back went to a temporary file otherwise.
    database.exec('PRAGMA temp_store = MEMORY');
    database.exec(`PRAGMA cache_size = ${-CACHE_KIB}`);
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    if (database?.isOpen === true) database.close();
    throw isBusy(error) ? locked(path, error) : unavailable(`${path} could not be opened`, error);
  }
}

function locked(path: string, cause: unknown): OpsError {
  const holder = readHolder(path);
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new OpsError({
    code: 'store/locked',
    retry: 'never',
    message: `The store ${path} is in use by ${who}.`,
    hint: 'One process has a SQLite store: end that one first, or give this one a store of its own.',
    details: { path, exitCode: 2, ...holder },
    cause,
  });
}

/** A store remembers the cluster that it tells of; another cluster's incidents would be acted on here. */
function belongTo(database: DatabaseSync, identity: string | undefined): void {
  if (identity === undefined) return;
  const known = readMeta(database, 'cluster');
  if (known === undefined) {
    writeMeta(database, 'cluster', identity);
    return;
  }
  if (known === identity) return;
  throw new OpsError({
    code: 'store/wrong-cluster',
    retry: 'never',
    message: `The store belongs to the cluster ${known}, not to ${identity}.`,
    hint: 'Point the configuration at its own cluster, or give this cluster a store of its own.',
    details: { known, identity },
  });
}

function beginEpoch(database: DatabaseSync): number {
  const epoch = Number(readMeta(database, 'epoch') ?? '0') + 1;
  writeMeta(database, 'epoch', String(epoch));
  database.exec(
    'UPDATE incidents SET version = version + 1, claimed_epoch = NULL WHERE claimed_epoch IS NOT NULL',
  );
  return epoch;
}

function readMeta(database: DatabaseSync, name: string): string | undefined {
  const row = database.prepare('SELECT value FROM meta WHERE name = ?').get(name) as Row | undefined;
  return row && text(row, 'value');
}

function writeMeta(database: DatabaseSync, name: string, value: string): void {
  database
    .prepare(
      'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    )
    .run(name, value);
}
