import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { knownMigrations } from '../migrations.ts';
import type { Migration } from '../migrations.ts';
import { migrate } from './migrate.ts';

function migration(version: number, sql: string, checksum = `sum ${version}`): Migration {
  return { version, name: `000${version}-step`, sql, checksum };
}

const ONE = migration(1, 'CREATE TABLE one (a TEXT)');
const TWO = migration(2, 'CREATE TABLE two (a TEXT)');

function tables(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('one', 'two') ORDER BY name`)
    .all()
    .map((row) => row['name']);
}

describe('migrating', () => {
  test('applies what is new, each file once, in order', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, 1, [ONE]);
    migrate(database, 2, [ONE, TWO]);
    migrate(database, 3, [ONE, TWO]);
    assert.deepEqual(tables(database), ['one', 'two']);
    const applied = database
      .prepare('SELECT version, applied_at_ms FROM schema_migrations')
      .all()
      .map((row) => ({ ...row }));
    assert.deepEqual(applied, [
      { version: 1, applied_at_ms: 1 },
      { version: 2, applied_at_ms: 2 },
    ]);
  });

  test('refuses a layout that a newer build has written, and touches nothing', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, 1, [ONE, TWO]);
    assert.throws(() => migrate(database, 2, [ONE]), { code: 'store/too-new', retry: 'never' });
  });

  test('refuses a layout whose file was another one', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, 1, [ONE]);
    assert.throws(() => migrate(database, 2, [{ ...ONE, checksum: 'edited' }, TWO]), {
      code: 'store/too-new',
    });
    assert.deepEqual(tables(database), ['one']);
  });

  test('a file that fails half way leaves nothing of itself behind', () => {
    const database = new DatabaseSync(':memory:');
    const broken = migration(2, 'CREATE TABLE two (a TEXT); CREATE TABLE one (a TEXT)');
    assert.throws(() => migrate(database, 1, [ONE, broken]), /already exists/);
    assert.deepEqual(tables(database), ['one']);
  });

  test('the shipped files are numbered from one without a gap', () => {
    const known = knownMigrations();
    assert.deepEqual(
      known.map(({ version }) => version),
      known.map((_, at) => at + 1),
    );
    assert.match(known[0]?.checksum ?? '', /^[0-9a-f]{64}$/);
  });
});
