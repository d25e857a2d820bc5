import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OpsError } from '../ports/ops-error.ts';
import { createJsonLog } from './json-log.ts';

function logged(write: (log: ReturnType<typeof createJsonLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createJsonLog('info', { write: (line) => void lines.push(line) }));
  return lines
    .flatMap((text) => text.trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  test('is one object a line, and what others wrote cannot forge a line', () => {
    const lines = logged((log) =>
      log.info('alert received', { label: 'x\n{"level":"error","msg":"forged"}\u001b[2J' }),
    );
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.['msg'], 'alert received');
    assert.equal(lines[0]['level'], 'info');
  });

  test('hides tokens and passwords by their key', () => {
    const lines = logged((log) =>
      log.warn('asked', { token: 'canary', request: { authorization: 'Bearer canary', url: '/x' } }),
    );
    assert.ok(!JSON.stringify(lines).includes('canary'));
    assert.match(JSON.stringify(lines), /\/x/);
  });

  test('shows an error by its code, message and cause, without its stack', () => {
    const error = new OpsError({
      code: 'store/unavailable',
      retry: 'later',
      message: 'The disk is full.',
      cause: new Error('ENOSPC'),
    });
    const [line] = logged((log) => log.error('failed', { error }));
    assert.deepEqual(line?.['error'], {
      name: 'OpsError',
      message: 'The disk is full.',
      code: 'store/unavailable',
      cause: 'ENOSPC',
    });
  });

  test('leaves out what is below its level', () => {
    assert.deepEqual(
      logged((log) => log.debug('detail')),
      [],
    );
  });
});
