import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { formatDuration, parseDurationMs } from './duration.ts';

describe('a duration', () => {
  test('is read with its unit, also in several parts', () => {
    const known: readonly (readonly [string, number])[] = [
      ['850ms', 850],
      ['90s', 90_000],
      ['10m', 600_000],
      ['1h30m', 5_400_000],
      ['2d', 172_800_000],
      ['1.5h', 5_400_000],
      ['0s', 0],
    ];
    for (const [text, ms] of known) assert.equal(parseDurationMs(text), ms, text);
  });

  test('without a unit, or with anything else around it, is none', () => {
    for (const text of [
      '',
      '10',
      'm',
      '10 m',
      ' 10m',
      '10m ',
      '-1m',
      '10w',
      '1h30',
      'NaNm',
      '1e3s',
      '١٠m',
      '1..5s',
    ])
      assert.equal(parseDurationMs(text), undefined, JSON.stringify(text));
  });

  test('is never read from just any text as something that is not a number', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        const ms = parseDurationMs(text);
        assert.ok(ms === undefined || (Number.isFinite(ms) && ms >= 0));
      }),
    );
  });

  test('is shown as people say it', () => {
    const shown: readonly (readonly [number, string])[] = [
      [850, '850 ms'],
      [4_000, '4 s'],
      [4_250, '4.3 s'],
      [600_000, '10m'],
      [400_000, '6m 40s'],
      [11_100_000, '3h 5m'],
      [777_600_000, '9d'],
      [-5, '0 ms'],
    ];
    for (const [ms, text] of shown) assert.equal(formatDuration(ms), text);
  });

  test('of whole seconds survives being shown and read again, to its two largest units', () => {
    const units = [86_400, 3_600, 60, 1];
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 30 * 86_400 }), (seconds) => {
        const first = units.findIndex((size) => seconds >= size);
        const kept = units[first + 1] ?? 1;
        assert.equal(
          parseDurationMs(formatDuration(seconds * 1_000).replaceAll(' ', '')),
          (seconds - (seconds % kept)) * 1_000,
        );
      }),
    );
  });
});
