import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { metricsOf, seriesQuestions, seriesReading } from './rule-series.ts';
import type { AlertRule, Answer } from './source.ts';

const NOW = 1_793_671_864_000;
const rule = (query: string): AlertRule => ({
  name: 'A',
  query,
  labels: {},
  health: 'ok',
  lastEvaluationMs: NOW,
  intervalMs: 15_000,
  durationMs: 0,
  alerts: [],
});

describe('the metrics of a rule', () => {
  const known: readonly (readonly [string, readonly string[]])[] = [
    ['up == 0', ['up']],
    [
      'sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.05',
      ['http_requests_total'],
    ],
    [
      'max by (pod, namespace) (container_memory_working_set_bytes{container!=""}) > 1e9',
      ['container_memory_working_set_bytes'],
    ],
    ['a / on (pod) group_left (node) b unless c', ['a', 'b', 'c']],
    [
      'histogram_quantile(0.95, sum by (le) (rate(latency_seconds_bucket[5m]))) > 2',
      ['latency_seconds_bucket'],
    ],
    ['job:errors:ratio5m > bool 0.5', ['job:errors:ratio5m']],
    ['x{path="sum(y)"} # z', ['x']],
    ['increase(restarts_total[15m] offset 1h) > 0', ['restarts_total']],
    ['vector(1)', []],
    ['foo == Inf or foo == NaN', ['foo']],
    ['', []],
  ];
  for (const [query, metrics] of known) {
    test(`${query || 'of an empty query'} → ${metrics.join(', ') || 'none'}`, () =>
      assert.deepEqual(metricsOf(query), metrics));
  }

  test('are names and nothing else, at most eight, whatever the query is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (query) => {
        const metrics = metricsOf(query);
        assert.ok(metrics.length <= 8);
        for (const metric of metrics) assert.match(metric, /^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
      }),
    );
  });
});

describe('the series of a rule', () => {
  const one = (ageMs: number): Answer => ({
    kind: 'answered',
    samples: [{ labels: {}, value: (NOW - ageMs) / 1_000 }],
    evaluatedAtMs: NOW,
  });
  const none: Answer = { kind: 'answered', samples: [], evaluatedAtMs: NOW };
  const verdictOf = (answers: Readonly<Record<string, Answer>>, rules = [rule('m > 1')]): string =>
    seriesReading(rules, 'shop', new Map(Object.entries(answers)), 120_000).verdict;

  test('are there when each is fresh in the namespace of the alert', () => {
    assert.equal(verdictOf({ 'm/any': one(0), 'm/spaced': one(0), 'm/here': one(60_000) }), 'true');
  });

  test('are looked for everywhere where the metric knows no namespaces', () => {
    assert.equal(verdictOf({ 'm/any': one(0), 'm/spaced': none }), 'true');
  });

  test('cannot be told when they are stale, missing here, missing at all, unasked, or when there is no rule', () => {
    assert.equal(verdictOf({ 'm/any': one(0), 'm/spaced': one(0), 'm/here': one(121_000) }), 'cannot-tell');
    assert.equal(verdictOf({ 'm/any': one(0), 'm/spaced': one(0), 'm/here': none }), 'cannot-tell');
    assert.equal(verdictOf({ 'm/any': none, 'm/spaced': none }), 'cannot-tell');
    assert.equal(verdictOf({}), 'cannot-tell');
    assert.equal(verdictOf({ 'm/any': { kind: 'unknown', why: '' } }), 'cannot-tell');
    assert.equal(verdictOf({}, []), 'cannot-tell');
    assert.equal(verdictOf({ 'm/any': one(0), 'm/spaced': none }, [rule('m > n')]), 'cannot-tell');
  });

  test('are asked for in the namespace as a text, whatever it says', () => {
    const [, , here] = seriesQuestions([rule('m > 1')], 'sh"op}\n\\');
    assert.equal(here?.promql, 'max(timestamp(m{namespace="sh\\"op}\\n\\\\"}))');
  });
});
