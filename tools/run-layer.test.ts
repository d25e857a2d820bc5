import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runLayer, type LayerResult } from './run-layer.ts';

/** Runs one test file with the given body as a layer of its own. */
async function run(body: string, oneProcess: boolean): Promise<LayerResult> {
  const folder = await mkdtemp(join(tmpdir(), 'runova-layer-'));
  try {
    const file = join(folder, 'a.test.mjs');
    await writeFile(file, `import { describe, test } from 'node:test';\n${body}\n`);
    return await runLayer({ name: 'a', shows: '', files: [], oneProcess, budgetSeconds: 1 }, [file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const oneProcess of [true, false]) {
  describe(`a layer ${oneProcess ? 'in one process' : 'with a process for each file'}`, () => {
    test('counts what passed, failed and was skipped, and a parent not again for its children', async () => {
      const body = `describe('a', () => { test('good', () => {}); test('bad', () => { throw new Error('why'); }); });
        test('later', { skip: 'no such program' }, () => {});`;
      const { passed, failed, skipped } = await run(body, oneProcess);
      assert.equal(passed, 1);
      assert.deepEqual(
        failed.map(({ name }) => name),
        ['a › bad'],
      );
      assert.match(failed[0]?.error ?? '', /why/);
      assert.deepEqual(
        skipped.map(({ why }) => why),
        ['no such program'],
      );
    });

    test('is good when all its tests are', async () => {
      const { passed, failed, skipped } = await run(`test('good', () => {});`, oneProcess);
      assert.deepEqual({ passed, failed, skipped }, { passed: 1, failed: [], skipped: [] });
    });

    test('fails when the process ends in the middle of a test', async () => {
      const { failed } = await run(`test('dies', () => { process.exit(0); });`, oneProcess);
      assert.notEqual(failed.length, 0);
    });

    test('fails when the process ends well before its last test did', async () => {
      const body = `test('good', () => {}); test('dies', async () => { await null; process.exit(0); }); test('never', () => {});`;
      const { passed, failed } = await run(body, oneProcess);
      assert.notEqual(failed.length, 0);
      assert.ok(passed <= 1);
    });

    test('fails when a file holds no test', async () => {
      const { passed, failed } = await run('', oneProcess);
      assert.deepEqual([passed, failed.length], [0, 1]);
    });

    test('fails when the process is killed', async () => {
      const { failed } = await run(
        `test('dies', () => { process.kill(process.pid, 'SIGKILL'); });`,
        oneProcess,
      );
      assert.notEqual(failed.length, 0);
    });

    test('fails when an error comes after the tests that caused it', async () => {
      const { failed } = await run(
        `setImmediate(() => { throw new Error('late'); }); test('good', () => {});`,
        oneProcess,
      );
      assert.notEqual(failed.length, 0);
    });
  });
}
