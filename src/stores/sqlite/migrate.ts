import type { DatabaseSync } from 'node:sqlite';
import { OpsError } from '../../ports/ops-error.ts';
import { integer, text } from '../column.ts';
import { knownMigrations } from '../migrations.ts';
import type { Migration } from '../migrations.ts';
import type { Row } from '../sql.ts';

/**
 * Brings a database to the version of this build, a file at a time, each in a transaction of its own.
 *
 * @throws OpsError `store/too-new` when another build has taken it further, or along another way
 */
export function migrate(
  database: DatabaseSync,
  nowMs: number,
  known: readonly Migration[] = knownMigrations(),
): void {
  database.exec(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
       version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at_ms INTEGER NOT NULL)`,
  );
  const applied = database
    .prepare('SELECT version, name, checksum FROM schema_migrations ORDER BY version')
    .all() as unknown as Row[];
  for (const row of applied) refuseUnknown(row, known);
  const done = new Set(applied.map((row) => integer(row, 'version')));
  for (const migration of known.filter(({ version }) => !done.has(version)))
    apply(database, migration, nowMs);
}

function refuseUnknown(row: Row, known: readonly Migration[]): void {
  const version = integer(row, 'version');
  const ours = known.find((migration) => migration.version === version);
  if (ours !== undefined && ours.checksum === text(row, 'checksum')) return;
  throw new OpsError({
    code: 'store/too-new',
    retry: 'never',
    message: `The store was written by another version of Runova: this one does not know its layout ${text(row, 'name')}.`,
    hint: 'Start the version that wrote it, or a newer one.',
    details: { version, newestKnown: known.at(-1)?.version ?? 0 },
  });
}

function apply(database: DatabaseSync, migration: Migration, nowMs: number): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(migration.sql);
    database
      .prepare('INSERT INTO schema_migrations (version, name, checksum, applied_at_ms) VALUES (?, ?, ?, ?)')
      .run(migration.version, migration.name, migration.checksum, nowMs);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
