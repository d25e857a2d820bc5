import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  questionsFor,
  readMeasure,
  targetMatchers,
  workloadMatchers,
  type MeasureReading,
  type MeasureSubject,
} from './measure.ts';
import type { Measure } from './playbook.ts';
import type { Answer, Sample } from './source.ts';

const NOW = 1_793_671_864_000;
const FRESH_MS = 120_000;
const SUBJECT: MeasureSubject = {
  namespace: 'shop',
  workload: 'checkout',
  pods: ['checkout-a', 'checkout-b'],
};
const EACH_POD: Measure = {
  name: 'memory',
  title: '',
  each: 'pod',
  unit: 'percent',
  query: 'max by (pod) (used{$target})',
  rangeMs: 0,
};
const OF_TARGET: Measure = {
  name: 'errors',
  title: '',
  each: 'target',
  unit: 'ratio',
  query: 'sum(rate(errors{$target}[$range]))',
  rangeMs: 300_000,
  enough: { query: 'sum(rate(all{$target}[$range]))', atLeast: 1 },
};

const answered = (samples: readonly Sample[]): Answer => ({ kind: 'answered', samples, evaluatedAtMs: NOW });
const ofPod = (pod: string, value: number | undefined): Sample => ({ labels: { pod }, value });
const one = (value: number | undefined): Answer => answered([{ labels: {}, value }]);
const bothFresh = answered(SUBJECT.pods.map((pod) => ofPod(pod, NOW / 1_000 - 15)));

function readPods(
  value: Answer | undefined,
  fresh: Answer | undefined = bothFresh,
  pods = SUBJECT.pods,
): MeasureReading {
  const answers = new Map<string, Answer>();
  if (value !== undefined) answers.set('m/value', value);
  if (fresh !== undefined) answers.set('m/fresh/0', fresh);
  return readMeasure({
    id: 'm',
    measure: EACH_POD,
    subject: { ...SUBJECT, pods },
    answers,
    sampleFreshMs: FRESH_MS,
  });
}

function readTarget(value: Answer, enough: Answer | undefined): MeasureReading {
  const answers = new Map<string, Answer>([
    ['m/value', value],
    ['m/fresh/0', one(NOW / 1_000)],
  ]);
  if (enough !== undefined) answers.set('m/enough', enough);
  return readMeasure({ id: 'm', measure: OF_TARGET, subject: SUBJECT, answers, sampleFreshMs: FRESH_MS });
}

const both = answered([ofPod('checkout-a', 61), ofPod('checkout-b', 72)]);
const unknown: Answer = { kind: 'unknown', why: 'HTML instead of JSON' };

describe('a measure of each pod', () => {
  test('is a value for every pod, and the age of the oldest series', () => {
    const values = [
      { subject: 'checkout-a', value: 61 },
      { subject: 'checkout-b', value: 72 },
    ];
    assert.deepEqual(readPods(both), { kind: 'values', values, oldestMs: 15_000 });
  });

  const blind: readonly (readonly [string, MeasureReading])[] = [
    ['was not asked', readPods(undefined)],
    ['had no answer', readPods(unknown)],
    ['is empty', readPods(answered([]))],
    ['lacks a pod', readPods(answered([ofPod('checkout-a', 61)]))],
    [
      'has a pod twice',
      readPods(answered([ofPod('checkout-a', 61), ofPod('checkout-a', 62), ofPod('checkout-b', 72)])),
    ],
    [
      'is not a number for a pod',
      readPods(answered([ofPod('checkout-a', undefined), ofPod('checkout-b', 72)])),
    ],
    ['has no pods to ask about', readPods(answered([]), answered([]), [])],
    [
      'was not asked how fresh it is',
      readMeasure({
        id: 'm',
        measure: EACH_POD,
        subject: SUBJECT,
        answers: new Map([['m/value', both]]),
        sampleFreshMs: FRESH_MS,
      }),
    ],
    ['cannot say how fresh it is', readPods(both, unknown)],
    ['has no series', readPods(both, answered([]))],
    ['has no series for a pod', readPods(both, answered([ofPod('checkout-a', NOW / 1_000)]))],
    [
      'has a series without a time',
      readPods(both, answered([ofPod('checkout-a', undefined), ofPod('checkout-b', NOW / 1_000)])),
    ],
    [
      'has one stale pod among fresh ones',
      readPods(
        both,
        answered([ofPod('checkout-a', (NOW - FRESH_MS - 1) / 1_000), ofPod('checkout-b', NOW / 1_000)]),
      ),
    ],
  ];
  for (const [why, reading] of blind) {
    test(`that ${why} cannot be told`, () => assert.equal(reading.kind, 'cannot-tell'));
  }
});

describe('a measure of the whole target', () => {
  test('is one value, where there is enough to judge by', () => {
    assert.deepEqual(readTarget(one(0.002), one(40)), {
      kind: 'values',
      values: [{ subject: '', value: 0.002 }],
      oldestMs: 0,
    });
  });

  const blind: readonly (readonly [string, MeasureReading])[] = [
    ['has too little traffic', readTarget(one(0), one(0.99))],
    ['has nothing that says how much traffic there is', readTarget(one(0), answered([]))],
    ['was not asked how much traffic there is', readTarget(one(0), undefined)],
    ['has a traffic that is not a number', readTarget(one(0), one(undefined))],
    [
      'has two values',
      readTarget(
        answered([
          { labels: {}, value: 1 },
          { labels: {}, value: 2 },
        ]),
        one(40),
      ),
    ],
    ['is not a number', readTarget(one(undefined), one(40))],
  ];
  for (const [why, reading] of blind) {
    test(`that ${why} cannot be told`, () => assert.equal(reading.kind, 'cannot-tell'));
  }
});

/** Whatever means something in a PromQL string or in a regular expression, and some that means nothing. */
const HOSTILE = fc.constantFrom(...Array.from(`"\\\n\t|.*+?()[]{}^$,=~#'/ ab-_0é`));
const NAME = fc.string({ unit: HOSTILE, maxLength: 20 });

describe('the questions of a measure', () => {
  test('name the target, its window, how much there is and how fresh it is', () => {
    assert.deepEqual(questionsFor('e', OF_TARGET, SUBJECT, 60_000), [
      { id: 'e/value', promql: 'sum(rate(errors{namespace="shop", pod=~"checkout-a|checkout-b"}[60s]))' },
      { id: 'e/enough', promql: 'sum(rate(all{namespace="shop", pod=~"checkout-a|checkout-b"}[60s]))' },
      { id: 'e/fresh/0', promql: 'max (timestamp(errors{namespace="shop", pod=~"checkout-a|checkout-b"}))' },
    ]);
  });

  /** A PromQL string literal: its text, and what follows it. */
  function unquote(text: string): readonly [string, string] {
    const match = /^"((?:[^"\\\n]|\\[\\"n])*)"/.exec(text);
    assert.ok(match, `no whole string at the start of ${text}`);
    const inside = (match[1] ?? '').replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    return [inside, text.slice(match[0].length)];
  }

  test('keep their shape whatever the names are', () => {
    fc.assert(
      fc.property(NAME, fc.array(NAME, { minLength: 1, maxLength: 3 }), (namespace, pods) => {
        const [space, rest] = unquote(
          targetMatchers({ namespace, workload: 'w', pods }).slice('namespace='.length),
        );
        assert.equal(space, namespace);
        assert.ok(rest.startsWith(', pod=~'));
        const [pattern, end] = unquote(rest.slice(', pod=~'.length));
        assert.equal(end, '');
        const regex = new RegExp(`^(?:${pattern})$`, 's');
        for (const pod of pods) assert.ok(regex.test(pod), `${pattern} finds ${JSON.stringify(pod)}`);
      }),
    );
  });

  test('of the past find the pods of the workload and of no other', () => {
    const pattern = (workload: string): RegExp => {
      const [inside] = unquote(
        workloadMatchers({ ...SUBJECT, workload }).slice('namespace="shop", pod=~'.length),
      );
      return new RegExp(`^(?:${inside})$`, 's');
    };
    assert.ok(pattern('checkout').test('checkout-7d4b9c5f6b-x2x4z'));
    assert.ok(!pattern('checkout').test('checkout-worker-7d4b9c5f6b-x2x4z'));
    assert.ok(!pattern('a.b').test('axb-7d4b9c5f6b-x2x4z'));
  });

  test('never give a name a meaning: two pods of one literal find nothing else', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: HOSTILE, minLength: 1, maxLength: 20 }),
        fc.string({ unit: HOSTILE, maxLength: 20 }),
        (pod, other) => {
          fc.pre(pod !== other);
          const [pattern] = unquote(
            targetMatchers({ ...SUBJECT, pods: [pod] }).slice('namespace="shop", pod=~'.length),
          );
          assert.ok(!new RegExp(`^(?:${pattern})$`, 's').test(other));
        },
      ),
    );
  });
});
