import { DatabaseSync } from 'node:sqlite';

/** What one loop asks of the store, counted during the run. */
export interface LoopCost {
  readonly writesPerLoop: number;
  readonly writesPerCommit: number;
}

const DOCUMENT_BYTES = 1_500;
const LINE_BYTES = 150;
const ROWS = 1_000;

/**
 * Loops a second if nothing but the disk were in the way: bare SQLite with the same pragmas, where each writing
 * transaction is a savepoint with one row replaced and one appended, as many in a COMMIT as the run had.
 */
export function storeFloor(path: string, cost: LoopCost, forMs: number): number {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(
    'CREATE TABLE documents (id INTEGER PRIMARY KEY, document TEXT); CREATE TABLE lines (id INTEGER PRIMARY KEY, line TEXT)',
  );
  const insert = database.prepare('INSERT INTO documents (document) VALUES (?)');
  database.exec('BEGIN');
  for (let row = 0; row < ROWS; row += 1) insert.run('x'.repeat(DOCUMENT_BYTES));
  database.exec('COMMIT');
  const [savepoint, release] = [database.prepare('SAVEPOINT one'), database.prepare('RELEASE SAVEPOINT one')];
  const update = database.prepare('UPDATE documents SET document = ? WHERE id = ?');
  const append = database.prepare('INSERT INTO lines (line) VALUES (?)');
  const perCommit = Math.max(1, Math.round(cost.writesPerCommit));
  const startedMs = performance.now();
  let writes = 0;
  while (performance.now() - startedMs < forMs) {
    database.exec('BEGIN IMMEDIATE');
    for (let one = 0; one < perCommit; one += 1) {
      savepoint.run();
      update.run(String(writes).padEnd(DOCUMENT_BYTES, 'x'), (writes % ROWS) + 1);
      append.run(String(writes).padEnd(LINE_BYTES, 'x'));
      release.run();
      writes += 1;
    }
    database.exec('COMMIT');
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  database.close();
  return writes / seconds / cost.writesPerLoop;
}
