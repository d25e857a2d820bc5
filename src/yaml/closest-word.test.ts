import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { closestWord } from './closest-word.ts';

describe('did you mean', () => {
  const known = ['namespace', 'action', 'autonomy', 'tokenFile', 'url'];
  const table: readonly (readonly [string, string | undefined])[] = [
    ['namespce', 'namespace'],
    ['acton', 'action'],
    ['atuonomy', 'autonomy'],
    ['Action', 'action'],
    ['token', 'tokenFile'],
    ['ulr', 'url'],
    ['severity', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ];
  for (const [written, expected] of table) {
    test(`${written.slice(0, 20) || 'nothing'}: ${expected ?? 'no guess'}`, () =>
      assert.equal(closestWord(written, known), expected));
  }
});
