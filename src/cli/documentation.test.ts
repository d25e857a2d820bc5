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

/** What the first group of a pattern finds, in the order of the alphabet. */
function found(pattern: RegExp, text: string): readonly string[] {
  const all = [...text.matchAll(pattern)].flatMap(([, group]) => (group === undefined ? [] : [group]));
  return all.toSorted((a, b) => a.localeCompare(b));
}

describe('the documentation', () => {
  test('has a line for every code of an outside failure, and none for one that is not', async () => {
    const [union = ''] = found(/export type OpsCode =([^;]+);/g, await read('src/ports/ops-error.ts'));
    const codes = found(/'([^']+)'/g, union);
    assert.ok(codes.length > 20);
    assert.deepEqual(found(/^\| `([a-z]+\/[a-z-]+)` *\|/gm, await read('docs/operations.md')), codes);
  });

  test('has every metric of ours', async () => {
    const names = found(
      /#(?:counter|gauge|histogram)\(\s*'([a-z_]+)'/g,
      await read('src/platform/meters.ts'),
    );
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
