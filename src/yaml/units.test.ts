import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { readBytes, readDuration, readMoney, readPercent, readRate, writeDuration } from './units.ts';

describe('units', () => {
  test('a duration that was written is read back', () => {
    const wholeMs = fc.integer({ min: 0, max: 3_650 * 86_400_000 });
    fc.assert(fc.property(wholeMs, (ms) => readDuration(writeDuration(ms)) === ms));
  });

  test('no text makes a reader throw or give something that is not a number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const read of [readDuration, readBytes, readPercent]) {
          const value = read(text);
          assert.ok(value === undefined || Number.isFinite(value));
        }
      }),
    );
  });

  const table: readonly (readonly [string, unknown, unknown])[] = [
    ['90s', readDuration('90s'), 90_000],
    ['1h30m', readDuration('1h30m'), 5_400_000],
    ['a bare number', readDuration('90'), undefined],
    ['a negative duration', readDuration('-5m'), undefined],
    ['half a millisecond', readDuration('0.5ms'), undefined],
    ['a duration of a century', readDuration('36500d'), undefined],
    ['3 per 24h', readRate('3 per 24h'), { count: 3, perMs: 86_400_000 }],
    ['none per hour', readRate('0 per 1h'), undefined],
    ['a rate without unit', readRate('3 per 24'), undefined],
    ['34%', readPercent('34%'), 0.34],
    ['0.1%', readPercent('0.1%'), 0.001],
    ['a ratio as percentage', readPercent('0.34'), undefined],
    ['512Mi', readBytes('512Mi'), 512 * 1024 * 1024],
    ['bytes without unit', readBytes('512'), undefined],
    ['15.00 EUR', readMoney('15.00 EUR'), { amount: 15, currency: 'EUR' }],
    ['money without currency', readMoney('15.00'), undefined],
  ];
  for (const [name, actual, expected] of table) {
    test(`${name} is ${expected === undefined ? 'refused' : 'read'}`, () =>
      assert.deepEqual(actual, expected));
  }
});
