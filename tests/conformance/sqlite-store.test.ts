import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '../../src/ports/store.ts';
import { openSqliteStore } from '../../src/stores/sqlite/open-sqlite-store.ts';
import type { SqlitePlace } from '../../src/stores/sqlite/open-sqlite-store.ts';
import { SILENT } from '../fakes/silent-log.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { storeConforms } from './store.suite.ts';
import type { StoreBench } from './store/samples.ts';

interface Place {
  readonly place: SqlitePlace;
  /** A file can be opened again only when the process that had it is gone. */
  readonly leaves: boolean;
  readonly clear: () => Promise<void>;
}

async function benchAt({ place, leaves, clear }: Place): Promise<StoreBench> {
  const clock = new VirtualClock();
  let next: 'before' | 'after' | undefined;
  const failing = (side: 'before' | 'after') => (): 'fail' | undefined => {
    if (next !== side) return undefined;
    next = undefined;
    return 'fail';
  };
  const faults = { beforeCommit: failing('before'), afterCommit: failing('after') };
  const open = (): Store => openSqliteStore({ ...place, clock, log: SILENT, faults });
  const store = open();
  let newest = store;
  return await Promise.resolve({
    clock,
    store,
    failNext(side) {
      next = side;
    },
    async reopen() {
      if (leaves) await newest.close();
      newest = open();
      return newest;
    },
    async end() {
      await newest.close();
      await clear();
    },
  });
}

storeConforms('a SQLite store in memory', async () => {
  const database = new DatabaseSync(':memory:');
  return await benchAt({
    place: { database },
    leaves: false,
    clear: async () => {
      database.close();
      await Promise.resolve();
    },
  });
});

storeConforms('a SQLite store in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'runova-store-'));
  return await benchAt({
    place: { path: join(folder, 'runova.db') },
    leaves: true,
    clear: async () => await rm(folder, { recursive: true }),
  });
});
