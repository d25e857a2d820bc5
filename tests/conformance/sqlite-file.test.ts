import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { OpsError } from '../../src/ports/ops-error.ts';
import type { Store } from '../../src/ports/store.ts';
import { openSqliteStore } from '../../src/stores/sqlite/open-sqlite-store.ts';
import type { SqliteStoreOptions } from '../../src/stores/sqlite/open-sqlite-store.ts';
import { SILENT } from '../fakes/silent-log.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { claimOne, firing } from './store/samples.ts';

const KEEPER = fileURLToPath(new URL('./store/keep-store.ts', import.meta.url));

async function pathFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runova-store-'));
  t.after(async () => await rm(folder, { recursive: true }));
  return join(folder, 'runova.db');
}

function openAt(path: string, given: Partial<SqliteStoreOptions> = {}): Store {
  return openSqliteStore({ clock: new VirtualClock(), log: SILENT, ...given, path } as SqliteStoreOptions);
}

/** Starts a process that has the store open; resolves when it has taken and claimed an alert. */
async function keeperOf(t: TestContext, path: string): Promise<ChildProcess> {
  const keeper = spawn(process.execPath, [KEEPER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => keeper.kill('SIGKILL'));
  const [said] = (await once(keeper.stdout, 'data')) as [Buffer];
  assert.equal(said.toString(), 'ready\n');
  return keeper;
}

async function kill(keeper: ChildProcess): Promise<void> {
  const gone = once(keeper, 'exit');
  keeper.kill('SIGKILL');
  await gone;
}

describe('a SQLite store in a file', () => {
  test('a second process is refused, told who has it, and what to do', async (t) => {
    const path = await pathFor(t);
    const keeper = await keeperOf(t, path);
    const error = caught(() => openAt(path));
    assert.equal(error.code, 'store/locked');
    assert.equal(error.retry, 'never');
    assert.match(error.message, new RegExp(`in use by process ${keeper.pid} on ${hostname()}`));
    assert.equal(error.details['exitCode'], 2);
    assert.equal(error.details['pid'], keeper.pid);
    assert.notEqual(error.hint, undefined);
  });

  test('what was acknowledged before a kill -9 is there after it, and nothing stays claimed', async (t) => {
    const path = await pathFor(t);
    await kill(await keeperOf(t, path));
    const store = openAt(path);
    t.after(async () => await store.close());
    assert.equal((await claimOne(store)).incident.alerts[0]?.key, firing().alert.key);
    assert.equal((await store.receive([firing()])).duplicates, 1);
  });

  test('a store that is closed leaves one file, and another process may open it', async (t) => {
    const path = await pathFor(t);
    const store = openAt(path);
    await store.receive([firing()]);
    await store.close();
    await store.close();
    assert.deepEqual(await readdir(join(path, '..')), ['runova.db']);
    await kill(await keeperOf(t, path));
  });

  test('a store of another cluster is refused; the first start decides whose it is', async (t) => {
    const path = await pathFor(t);
    await openAt(path, { clusterIdentity: 'uid-of-one' }).close();
    await openAt(path, { clusterIdentity: 'uid-of-one' }).close();
    await openAt(path).close();
    const error = caught(() => openAt(path, { clusterIdentity: 'uid-of-another' }));
    assert.equal(error.code, 'store/wrong-cluster');
    await openAt(path, { clusterIdentity: 'uid-of-one' }).close();
  });

  test('a folder that is missing, or a file that is no database, is unavailable in plain words', async (t) => {
    const path = await pathFor(t);
    assert.equal(caught(() => openAt(join(path, 'missing', 'runova.db'))).code, 'store/unavailable');
    assert.equal(caught(() => openAt(KEEPER)).code, 'store/unavailable');
  });
});

describe('a full disk', () => {
  test('fails the whole turn, writes none of it, and the store works again once there is room', async () => {
    const database = new DatabaseSync(':memory:');
    const store = openSqliteStore({ database, clock: new VirtualClock(), log: SILENT });
    await store.receive([firing({ fingerprint: 'before' })]);
    database.exec('PRAGMA max_page_count = 1');
    const large = { text: 'x'.repeat(1_000_000) };
    const [small, big] = await Promise.allSettled([
      store.receive([firing({ fingerprint: 'small' })]),
      store.receive([firing({ fingerprint: 'big', labels: large })]),
    ]);
    for (const one of [small, big]) {
      assert.equal(one.status, 'rejected');
      assert.equal((one.reason as OpsError).code, 'store/unavailable');
      assert.equal((one.reason as OpsError).retry, 'later');
    }
    assert.deepEqual(
      (await store.alerts(10)).map(({ fingerprint }) => fingerprint),
      ['before'],
    );
    database.exec('PRAGMA max_page_count = 100000');
    assert.equal((await store.receive([firing({ fingerprint: 'big', labels: large })])).opened, 1);
    await store.close();
    database.close();
  });
});

function caught(open: () => unknown): OpsError {
  try {
    open();
  } catch (error) {
    assert.ok(error instanceof OpsError, String(error));
    return error;
  }
  return assert.fail('it opened');
}
