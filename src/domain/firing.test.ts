import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Alert } from './alert.ts';
import { judgeFiring, settleAbsence, summarise, type Firing } from './firing.ts';
import type { AlertRule, AlertsAnswer, ListedAlert, RuleAlert, RulesAnswer } from './source.ts';

const NOW = 1_793_671_864_000;
const FRESH = { ruleFreshMs: 120_000 };
const ALERT: Alert = {
  key: 'f@1',
  fingerprint: 'f',
  startsAtMs: 1,
  labels: { alertname: 'HighMemoryUsage', pod: 'a', cluster: 'eu' },
  annotations: {},
};
const RULE: AlertRule = {
  name: 'HighMemoryUsage',
  query: 'm > 1',
  labels: {},
  health: 'ok',
  lastEvaluationMs: NOW - 10_000,
  intervalMs: 15_000,
  durationMs: 60_000,
  alerts: [],
};
const ACTIVE: RuleAlert = {
  labels: { alertname: 'HighMemoryUsage', pod: 'a' },
  state: 'firing',
  activeAtMs: NOW - 60_000,
  value: '9.3e-01',
};
const LISTED: ListedAlert = {
  fingerprint: 'f',
  labels: ALERT.labels,
  startsAtMs: 1,
  endsAtMs: NOW + 60_000,
  state: 'active',
  silencedBy: [],
  inhibitedBy: [],
};
const WATCHDOG: ListedAlert = { ...LISTED, fingerprint: 'w', labels: { alertname: 'Watchdog' } };

const rules = (...given: readonly AlertRule[]): RulesAnswer => ({ kind: 'answered', rules: given });
const listed = (...alerts: readonly ListedAlert[]): AlertsAnswer => ({ kind: 'answered', alerts });
const away = { kind: 'unknown', why: 'HTML instead of JSON' } as const;

function firing(
  rulesAnswer: RulesAnswer,
  alertsAnswer: AlertsAnswer = listed(WATCHDOG),
  afterMs?: number,
): Firing['kind'] {
  return judgeFiring(
    ALERT,
    { rules: rulesAnswer, alerts: alertsAnswer, nowMs: NOW, ...(afterMs === undefined ? {} : { afterMs }) },
    FRESH,
  ).kind;
}

describe('does it fire?', () => {
  const table: readonly (readonly [string, Firing['kind'], Firing['kind']])[] = [
    ['the source is away', 'cannot-tell', firing(away)],
    ['the source is away, whatever Alertmanager says', 'cannot-tell', firing(away, listed(LISTED, WATCHDOG))],
    ['the rule has the alert firing', 'firing', firing(rules({ ...RULE, alerts: [ACTIVE] }))],
    [
      'the rule has the alert pending',
      'cannot-tell',
      firing(rules({ ...RULE, alerts: [{ ...ACTIVE, state: 'pending' }] })),
    ],
    ['two rules of the name, one fires', 'firing', firing(rules(RULE, { ...RULE, alerts: [ACTIVE] }))],
    [
      'the rule fires for another pod only',
      'not-firing',
      firing(rules({ ...RULE, alerts: [{ ...ACTIVE, labels: { pod: 'b' } }] })),
    ],
    [
      'the rule lacks the labels that were added on the way',
      'firing',
      firing(rules({ ...RULE, alerts: [{ ...ACTIVE, labels: { pod: 'a', empty: '' } }] })),
    ],
    ['the rule is inactive, well and current', 'not-firing', firing(rules(RULE))],
    [
      'the rule is inactive, although Alertmanager still lists it',
      'not-firing',
      firing(rules(RULE), listed(LISTED)),
    ],
    ['the rule is inactive, and Alertmanager is away', 'not-firing', firing(rules(RULE), away)],
    [
      'the rule could not be evaluated',
      'cannot-tell',
      firing(rules({ ...RULE, health: 'err', lastError: 'many-to-many' })),
    ],
    ['the rule was never evaluated', 'cannot-tell', firing(rules({ ...RULE, health: 'unknown' }))],
    [
      'one of two rules of the name could not be evaluated',
      'cannot-tell',
      firing(rules(RULE, { ...RULE, health: 'err' })),
    ],
    [
      'the rule was evaluated too long ago',
      'cannot-tell',
      firing(rules({ ...RULE, lastEvaluationMs: NOW - 120_001 })),
    ],
    [
      'the rule is evaluated seldom, and lately for that',
      'not-firing',
      firing(rules({ ...RULE, intervalMs: 60_000, lastEvaluationMs: NOW - 180_000 })),
    ],
    [
      'the rule was not evaluated since the effect',
      'cannot-tell',
      firing(rules(RULE), listed(WATCHDOG), NOW - 10_000),
    ],
    [
      'the rule was evaluated after the effect',
      'not-firing',
      firing(rules(RULE), listed(WATCHDOG), NOW - 10_001),
    ],
    ['no rule, but Alertmanager lists it', 'firing', firing(rules(), listed(LISTED))],
    ['no rule, and Alertmanager lacks it and has Watchdog', 'absent', firing(rules(), listed(WATCHDOG))],
    ['no rule, and Alertmanager has neither it nor Watchdog', 'cannot-tell', firing(rules(), listed())],
    ['no rule, and Alertmanager is away', 'cannot-tell', firing(rules(), away)],
    [
      'a rule of another name says nothing',
      'absent',
      firing(rules({ ...RULE, name: 'Another', alerts: [ACTIVE] })),
    ],
  ];
  for (const [when, expected, found] of table) {
    test(`${when} → ${expected}`, () => assert.equal(found, expected));
  }
});

describe('an alert that is absent', () => {
  const absent = new Map<string, Firing>([['f@1', { kind: 'absent', read: 'not listed' }]]);
  const settle = (since: Readonly<Record<string, number>>, nowMs: number) =>
    settleAbsence(absent, since, { nowMs, absentTwiceMs: 90_000 });

  test('cannot be told at the first look, which is remembered', () => {
    const { firing, since } = settle({}, NOW);
    assert.equal(firing.get('f@1')?.kind, 'cannot-tell');
    assert.deepEqual(since, { 'f@1': NOW });
  });

  test('does not fire once it was missing long enough, and not a moment earlier', () => {
    assert.equal(settle({ 'f@1': NOW }, NOW + 89_999).firing.get('f@1')?.kind, 'cannot-tell');
    assert.equal(settle({ 'f@1': NOW }, NOW + 90_000).firing.get('f@1')?.kind, 'not-firing');
  });

  test('begins anew when it was seen, or could not be asked for, in between', () => {
    for (const kind of ['firing', 'cannot-tell'] as const) {
      assert.deepEqual(
        settleAbsence(
          new Map([['f@1', { kind, read: '' }]]),
          { 'f@1': NOW },
          { nowMs: NOW + 1, absentTwiceMs: 90_000 },
        ).since,
        {},
      );
    }
  });
});

describe('several alerts in one word', () => {
  const word = (...kinds: readonly Firing['kind'][]): Firing['kind'] =>
    summarise(
      new Map(
        kinds.map((kind, index) => [
          String(index),
          (kind === 'not-firing' ? { kind, by: 'rule', read: '' } : { kind, read: '' }) as Firing,
        ]),
      ),
    ).kind;

  test('one that fires decides, then one that cannot be told', () => {
    assert.equal(word('not-firing', 'cannot-tell', 'firing'), 'firing');
    assert.equal(word('not-firing', 'cannot-tell'), 'cannot-tell');
    assert.equal(word('not-firing', 'absent'), 'absent');
    assert.equal(word('not-firing', 'not-firing'), 'not-firing');
  });

  test('none at all proves nothing', () => {
    assert.equal(word(), 'cannot-tell');
  });
});
