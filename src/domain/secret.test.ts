import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from './secret.ts';

describe('a secret', () => {
  const secret = new Secret('hunter2');

  test('is given out by reveal alone', () => {
    assert.equal(secret.reveal(), 'hunter2');
  });

  test('hides itself in text, JSON and inspection, also inside other values', () => {
    const shown = [
      String(secret),
      secret.toString(),
      JSON.stringify({ secret }),
      inspect({ deep: { secret } }, { showHidden: true, depth: 9 }),
      Object.values(secret).join(),
    ].join('\n');
    assert.ok(!shown.includes('hunter2'), shown);
  });
});
