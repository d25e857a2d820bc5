import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crashOfCommand } from './container-behaviour.ts';

describe("a container's command", () => {
  const exitCode = (...command: string[]): number | undefined =>
    crashOfCommand({ name: 'app', image: 'shell:1', ...(command.length === 0 ? {} : { command }) })?.exitCode;

  test('ends as it says, when it is a shell that exits', () => {
    assert.equal(exitCode('sh', '-c', 'exit 3'), 3);
    assert.equal(exitCode('sh', '-c', 'echo "a setting is missing"; exit 1'), 1);
  });

  test('runs for ever otherwise', () => {
    assert.equal(exitCode(), undefined);
    assert.equal(exitCode('sh', '-c', 'echo started; exec sleep 86400'), undefined);
    assert.equal(exitCode('sh', '-c', 'echo noexit 1'), undefined);
  });
});
