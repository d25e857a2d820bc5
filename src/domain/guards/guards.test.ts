import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GUARD_CASES } from '../../../tests/mutants/guard-cases.ts';
import { FACTS } from '../../../tests/mutants/samples.ts';
import { GUARDS, judge, overall } from '../judge.ts';
import type { GuardLine, Trace, Verdict } from '../verdict.ts';
import { inScope } from './may-it-act.ts';

const byName = new Map(GUARDS.map((guard) => [guard.name, guard]));

describe('the guards', () => {
  for (const { guard, when, verdict, facts, alone } of GUARD_CASES) {
    test(`${guard}: ${when} → ${verdict}`, () => {
      const judged = byName.get(guard)?.judge(facts);
      assert.ok(judged, 'there is such a guard');
      assert.equal(judged.verdict, verdict, judged.read);
      if (verdict !== 'allow') assert.notEqual(judged.remedy, undefined, 'says what would change it');
      if (!alone) return;
      const others = judge(facts).lines.filter((line) => line.guard !== guard && line.verdict !== 'allow');
      assert.deepEqual(others, [], 'the others allow, so that it hangs on this one');
    });
  }

  test('each has a case in which it alone holds the plan back, and one in which it does not', () => {
    for (const { name } of GUARDS) {
      const own = GUARD_CASES.filter((one) => one.guard === name);
      assert.ok(
        own.some((one) => one.verdict === 'allow'),
        `${name} allows`,
      );
      assert.ok(
        own.some((one) => one.verdict !== 'allow' && one.alone),
        `${name} holds back alone`,
      );
    }
    assert.deepEqual(
      [...new Set(GUARD_CASES.map(({ guard }) => guard))].filter((name) => !byName.has(name)),
      [],
    );
  });

  test('are all asked, in one order, after a refusal too', () => {
    const lines = judge({
      ...FACTS,
      settings: { ...FACTS.settings, changes: { allow: [], never: [] } },
    }).lines;
    assert.deepEqual(
      lines.map(({ guard }) => guard),
      GUARDS.map(({ name }) => name),
    );
    assert.deepEqual(
      [...new Set(lines.map(({ question }) => question))],
      ['May it act at all?', 'Is it the right thing?', 'Is it a good time?', 'Is it too much?'],
    );
  });

  test('a scope is matched whole: a star spans anything, and nothing else is a pattern', () => {
    const fits = (pattern: string, namespace: string): boolean =>
      inScope({ namespaces: [pattern] }, { namespace, kind: 'Deployment', action: 'scale' });
    assert.equal(fits('shop-*', 'shop-eu'), true);
    assert.equal(fits('shop-*', 'shop'), false);
    assert.equal(fits('*-eu', 'shop-eu'), true);
    assert.equal(fits('a*b*c', 'a-b-b-c'), true);
    assert.equal(fits('a*b*c', 'a-c'), false);
    assert.equal(fits('ab*ba', 'aba'), false);
    assert.equal(fits('s.op', 'shop'), false);
    assert.equal(fits('(shop|pay)', 'shop'), false);
  });
});

describe('one verdict out of all lines', () => {
  const line = (verdict: Verdict, patient?: boolean): GuardLine => ({
    guard: verdict,
    question: 'May it act at all?',
    verdict,
    read: '',
    ...(patient === undefined ? {} : { patient }),
  });
  const verdictOf = (...lines: readonly GuardLine[]): Verdict =>
    overall({ atMs: 0, rung: 0, action: '', summary: '', lines } satisfies Trace).verdict;

  test('a refusal before a wait, a wait before a question, a question before leave', () => {
    assert.equal(verdictOf(line('allow'), line('ask'), line('wait'), line('refuse')), 'refuse');
    assert.equal(verdictOf(line('allow'), line('ask'), line('wait')), 'wait');
    assert.equal(verdictOf(line('allow'), line('ask')), 'ask');
    assert.equal(verdictOf(line('allow')), 'allow');
  });

  test('people first: what somebody holds waits, also where something else would be refused', () => {
    assert.equal(verdictOf(line('refuse'), line('wait', true)), 'wait');
  });

  test('no guards at all never allow', () => {
    assert.equal(verdictOf(), 'wait');
  });
});
