import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.parse('2026-11-03T02:11:04Z');

describe('Retry-After', () => {
  for (const [header, wanted] of [
    [undefined, undefined],
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['999999999', 3_600_000],
    ['Tue, 03 Nov 2026 02:11:34 GMT', 30_000],
    ['Tue, 03 Nov 2026 01:00:00 GMT', 0],
    ['Tue, 03 Nov 2099 01:00:00 GMT', 3_600_000],
    ['soon', undefined],
    ['-3', undefined],
    ['1.5', undefined],
    ['', undefined],
  ] as const) {
    test(`"${header ?? '(missing)'}" asks for ${wanted ?? 'nothing'}`, () => {
      assert.equal(retryAfterMs(header, NOW), wanted);
    });
  }
});
