import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BELOW_80, MEMORY, MINUTE, NOW, pod, REVISION, VIEW, WORKLOAD } from '../../tests/mutants/samples.ts';
import { allOf, evaluate, takeBefore, type ConditionFacts } from './condition.ts';
import type { Reading } from './incident.ts';
import type { MeasureReading } from './measure.ts';
import type { Condition, ConditionValue, ObjectFact } from './playbook.ts';
import type { Workload } from './workload.ts';

const FACTS: ConditionFacts = {
  view: VIEW,
  readings: new Map(),
  measures: { memory: MEMORY },
  before: { ready: 4, memory: 90 },
  restarts: {},
  nowMs: NOW,
  rangeCapMs: undefined,
};
const values = (...given: readonly number[]): MeasureReading => ({
  kind: 'values',
  values: given.map((value, index) => ({ subject: String(index), value })),
  oldestMs: 0,
});
const object = (fact: ObjectFact, op: Condition['op'], value: ConditionValue): Condition => ({
  text: `${fact} ${op}`,
  of: { kind: 'object', fact },
  op,
  value,
});
const withWorkload = (change: Partial<Workload>): Partial<ConditionFacts> => ({
  view: { ...VIEW, workload: { ...WORKLOAD, ...change } },
});
const verdict = (condition: Condition, change: Partial<ConditionFacts> = {}): Reading['verdict'] =>
  evaluate(condition, { ...FACTS, ...change }).verdict;
const memory = (found: MeasureReading | undefined, condition = BELOW_80): Reading['verdict'] =>
  verdict(condition, { readings: new Map(found === undefined ? [] : [['memory', found]]) });

describe('a condition on a measure', () => {
  test('holds only where it holds for every pod', () => {
    assert.equal(memory(values(61, 79.9)), 'true');
    assert.equal(memory(values(61, 80)), 'false');
    assert.equal(memory(values(Number.POSITIVE_INFINITY)), 'false');
  });

  test('cannot be told where the measure cannot', () => {
    assert.equal(memory({ kind: 'cannot-tell', why: 'no sample for pod b' }), 'cannot-tell');
    assert.equal(memory(undefined), 'cannot-tell');
  });

  test('is compared with what was before the write, and cannot be told without that', () => {
    const condition: Condition = { ...BELOW_80, value: { kind: 'before' } };
    assert.equal(memory(values(89), condition), 'true');
    assert.equal(memory(values(90), condition), 'false');
    assert.equal(
      verdict(condition, { readings: new Map([['memory', values(1)]]), before: {} }),
      'cannot-tell',
    );
  });

  test('says how far back it looks, capped where a demo shortens it', () => {
    const facts = {
      ...FACTS,
      measures: { memory: { ...MEMORY, rangeMs: 5 * MINUTE } },
      readings: new Map([['memory', values(1)]]),
    };
    assert.equal(evaluate(BELOW_80, facts).rangeMs, 5 * MINUTE);
    assert.equal(evaluate(BELOW_80, { ...facts, rangeCapMs: MINUTE }).rangeMs, MINUTE);
  });
});

describe('a condition on the object', () => {
  const all = object('available', '=', { kind: 'all' });

  test('"available = all" wants every pod, and a rollout that is over', () => {
    assert.equal(verdict(all), 'true');
    assert.equal(
      verdict(all, withWorkload({ status: { replicas: 4, updated: 4, ready: 3, available: 3 } })),
      'false',
    );
    assert.equal(
      verdict(all, withWorkload({ status: { replicas: 5, updated: 4, ready: 5, available: 4 } })),
      'false',
    );
    assert.equal(verdict(all, withWorkload({ rolloutStuck: true })), 'false');
  });

  test('says nothing yet while the controller has not seen the newest spec', () => {
    assert.equal(verdict(all, withWorkload({ generation: 5 })), 'settling');
    assert.equal(
      verdict(object('ready', '<', { kind: 'before' }), withWorkload({ generation: 5 })),
      'settling',
    );
  });

  test('"ready < before" is harm, but not while a rollout takes away what it may', () => {
    const harm = object('ready', '<', { kind: 'before' });
    assert.equal(verdict(harm), 'false');
    const one = { replicas: 4, updated: 4, ready: 3, available: 3 };
    assert.equal(verdict(harm, withWorkload({ status: one })), 'false', 'one of four may be missing');
    assert.equal(verdict(harm, withWorkload({ status: { ...one, ready: 2, available: 2 } })), 'true');
    assert.equal(
      verdict(harm, withWorkload({ status: one, rolloutStuck: true })),
      'true',
      'a stuck rollout is no excuse',
    );
    assert.equal(verdict(harm, { before: {} }), 'cannot-tell');
  });

  test('"new-restarts = 0" counts from look to look, and says nothing at the first', () => {
    const none = object('new-restarts', '=', { kind: 'number', number: 0 });
    const crashed = pod('checkout-2-a', { containers: [{ name: 'app', ready: true, restarts: 3 }] });
    const view = { ...VIEW, pods: [crashed] };
    const { restarts: _restarts, ...first } = FACTS;
    assert.equal(evaluate(none, first).verdict, 'settling');
    assert.equal(verdict(none, { view, restarts: { [crashed.uid]: 3 } }), 'true');
    assert.equal(verdict(none, { view, restarts: { [crashed.uid]: 2 } }), 'false');
    assert.equal(verdict(none, { view, restarts: {} }), 'false', 'those of a new pod are new');
  });

  test('"rolled-out < 30m" reads the ReplicaSet of the running revision', () => {
    const lately = object('rolled-out', '<', { kind: 'duration', ms: 30 * MINUTE });
    assert.equal(verdict(lately), 'false');
    assert.equal(
      verdict(lately, { view: { ...VIEW, revisions: [{ ...REVISION, createdAtMs: NOW - 29 * MINUTE }] } }),
      'true',
    );
    assert.equal(verdict(lately, { view: { ...VIEW, revisions: [] } }), 'cannot-tell');
  });

  test('"cause = …" and "cause != …" read the diagnosis', () => {
    assert.equal(verdict(object('cause', '=', { kind: 'word', word: 'unknown' })), 'true');
    assert.equal(verdict(object('cause', '=', { kind: 'word', word: 'rollout' })), 'false');
    assert.equal(verdict(object('cause', '!=', { kind: 'word', word: 'rollout' })), 'true');
  });
});

describe('all conditions in one word', () => {
  const word = (...verdicts: readonly Reading['verdict'][]): string =>
    allOf(verdicts.map((one) => ({ condition: '', verdict: one, read: '', rangeMs: 0 })));

  test('one that is false decides; only all true are true; none at all are never true', () => {
    assert.equal(word('true', 'cannot-tell', 'false'), 'false');
    assert.equal(word('true', 'cannot-tell'), 'cannot-tell');
    assert.equal(word('true', 'settling'), 'cannot-tell');
    assert.equal(word('true', 'true'), 'true');
    assert.equal(word(), 'cannot-tell');
  });
});

test('what was before the write is the worst of the pods, and nothing of what could not be read', () => {
  const readings = new Map<string, MeasureReading>([
    ['memory', values(61, 93)],
    ['errors', { kind: 'cannot-tell', why: '' }],
  ]);
  assert.deepEqual(takeBefore({ ...FACTS, readings }), { ready: 4, available: 4, memory: 93 });
});
