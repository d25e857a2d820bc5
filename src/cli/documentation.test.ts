import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createProgram } from './cli.ts';
import { FakeTerminal } from './fake-terminal.ts';

const ROOT = join(import.meta.dirname, '../..');

function read(file: string): Promise<string> {
  return readFile(join(ROOT, file), 'utf8');
}

describe('the documentation', () => {
  test('has a line for every code of an outside failure, and none for one that is not', async () => {
    const union = /export type OpsCode =([^;]+);/.exec(await read('src/ports/ops-error.ts'))?.[1] ?? '';
    const codes = [...union.matchAll(/'([^']+)'/g)].map(([, code]) => code);
    const lines = [...(await read('docs/operations.md')).matchAll(/^\| `([a-z]+\/[a-z-]+)` \|/gm)].map(
      ([, code]) => code,
    );
    assert.ok(codes.length > 20);
    assert.deepEqual(lines.toSorted(), codes.toSorted());
  });

  test('has every metric of ours', async () => {
    const names = [
      ...(await read('src/platform/meters.ts')).matchAll(/#(?:counter|gauge|histogram)\(\s*'([a-z_]+)'/g),
    ].map(([, name]) => name);
    const page = await read('docs/operations.md');
    assert.ok(names.length >= 12);
    for (const name of names) assert.ok(page.includes(`runova_${name}`), name);
  });

  test('has every command', async () => {
    const page = await read('docs/cli.md');
    const program = createProgram(new FakeTerminal(), () => Promise.resolve());
    for (const command of program.commands)
      assert.ok(page.includes(`runova ${command.name()}`), command.name());
  });
});
