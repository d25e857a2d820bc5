import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Measure } from '../domain/playbook.ts';
import { readCondition, type ConditionPlace } from './condition-syntax.ts';

function measure(name: string, unit: Measure['unit']): readonly [string, Measure] {
  return [name, { name, title: name, each: 'target', unit, query: 'x{$target}', rangeMs: 0 }];
}

const MEASURES = new Map([
  measure('memory-of-limit', 'percent'),
  measure('error-ratio', 'ratio'),
  measure('latency', 'seconds'),
  measure('working-set', 'bytes'),
  measure('restarts', 'count'),
  measure('requests', 'per-second'),
]);

function valueOf(text: string, place: ConditionPlace = 'verify'): unknown {
  const read = readCondition(text, MEASURES, place);
  return read.kind === 'condition'
    ? read.condition.value
    : `${read.offset}: ${read.message} → ${read.remedy}`;
}

describe('conditions', () => {
  const number = (value: number): unknown => ({ kind: 'number', number: value });
  const read: readonly (readonly [string, unknown])[] = [
    ['memory-of-limit < 80%', number(80)],
    ['error-ratio < 1%', number(0.01)],
    ['error-ratio < 0.01', number(0.01)],
    ['error-ratio > before', { kind: 'before' }],
    ['latency <= 500ms', number(0.5)],
    ['latency<2s', number(2)],
    ['working-set < 512Mi', number(512 * 2 ** 20)],
    ['restarts = 0', number(0)],
    ['requests >= 2.5/s', number(2.5)],
    ['available = all', { kind: 'all' }],
    ['ready < before', { kind: 'before' }],
    ['ready >= 2', number(2)],
    ['new-restarts = 0', number(0)],
    ['rolled-out < 30m', { kind: 'duration', ms: 1_800_000 }],
    ['cause = config-newer', { kind: 'word', word: 'config-newer' }],
    ['cause != unknown', { kind: 'word', word: 'unknown' }],
  ];
  for (const [text, expected] of read)
    test(`${text} is read`, () => assert.deepEqual(valueOf(text), expected));

  const refused: readonly (readonly [string, ConditionPlace, RegExp])[] = [
    ['memory-of-limit < 80', 'verify', /^18: memory-of-limit is a percentage, "80" is not → .*80%/],
    ['memory-of-limit < 80s', 'verify', /is a percentage, "80s" is not → write memory-of-limit < 80%/],
    ['latency < 2', 'verify', /is a time, "2" is not → .*500ms/],
    ['latency < 2%', 'verify', /is a time/],
    ['working-set < 512', 'verify', /is an amount of memory.*512Mi/],
    ['restarts < 3%', 'verify', /is a count/],
    ['requests > 5', 'verify', /is a rate per second.*5\/s/],
    ['error-ratio < 1s', 'verify', /is a ratio/],
    [
      'memory-of-limt < 80%',
      'verify',
      /^0: unknown measure "memory-of-limt", did you mean "memory-of-limit"\?.*known are memory-of-limit/,
    ],
    ['avaliable = all', 'verify', /did you mean "available"/],
    ['available = al', 'verify', /available cannot be compared with "al" → .*available = all/],
    ['cause = rolout', 'when', /did you mean "rollout"\? → write one of rollout, config-newer/],
    ['cause < rollout', 'when', /cannot be compared with "<"/],
    ['rolled-out = 30m', 'when', /cannot be compared with "=".*rolled-out < 30m/],
    ['rolled-out < 30', 'when', /rolled-out cannot be compared with "30"/],
    ['ready < before', 'when', /no meaning before/],
    ['error-ratio > before', 'when', /no meaning before/],
    ['new-restarts = 0', 'when', /no meaning before/],
    ['memory-of-limit == 80%', 'verify', /"==" is not a comparison here → write memory-of-limit = 80%/],
    ['memory-of-limit < 80% and available = all', 'verify', /is not a condition/],
    ['sum(rate(x[5m])) > 1', 'verify', /is not a condition/],
    ['constructor = 1', 'verify', /unknown measure/],
    ['', 'verify', /is not a condition/],
  ];
  for (const [text, place, expected] of refused) {
    test(`${text || 'nothing'} is refused under ${place}, with the remedy`, () =>
      assert.match(String(valueOf(text, place)), expected));
  }

  test('what was put together is read as its parts, and the text is kept for the trace', () => {
    const ops = fc.constantFrom('<', '<=', '>', '>=', '=', '!=');
    const space = fc.constantFrom('', ' ', '  ');
    fc.assert(
      fc.property(ops, space, fc.integer({ min: 0, max: 1_000_000 }), (op, gap, amount) => {
        const text = `memory-of-limit${gap}${op}${gap}${amount / 10}%`;
        assert.deepEqual(readCondition(text, MEASURES, 'when'), {
          kind: 'condition',
          condition: {
            text,
            of: { kind: 'measure', measure: 'memory-of-limit' },
            op,
            value: { kind: 'number', number: amount / 10 },
          },
        });
      }),
    );
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) =>
        ['condition', 'refused'].includes(readCondition(text, MEASURES, 'verify').kind),
      ),
    );
  });
});
