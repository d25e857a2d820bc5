import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limitsReached, withinLimits } from './limits.ts';
import type { LimitFacts, LimitName, ReserveCheck } from './limits.ts';

const HOUR = 3_600_000;
const NOW = 1_793_671_864_000;

const CHECK: ReserveCheck = {
  incident: 41,
  target: 'Deployment/shop/checkout',
  namespace: 'shop',
  playbook: 'high-memory-usage',
  alertname: 'HighMemoryUsage',
  action: 'scale',
  purpose: 'fix',
  limits: {
    target: { changes: { count: 3, perMs: 24 * HOUR }, cooldownMs: HOUR / 2 },
    playbook: { count: 4, perMs: HOUR },
    namespace: { count: 6, perMs: HOUR },
    cluster: { count: 10, perMs: HOUR },
    parallel: 3,
    unavailable: 0.34,
    storm: { targets: 10, share: 0.2, withinMs: HOUR / 6, calmForMs: HOUR / 4 },
    breaker: { failures: 3, of: 5 },
  },
};

/** One below every limit. */
const QUIET: LimitFacts = {
  nowMs: NOW,
  paused: [],
  liveOnTarget: [],
  live: 2,
  changesOnTarget: 2,
  changesByPlaybook: 3,
  changesInNamespace: 5,
  changesInCluster: 9,
  lastEndedAtMs: NOW - HOUR / 2,
  recentProofs: [false, true, false, true, true],
  streak: { fixed: 0, notFixed: 1 },
  newTargets: { cluster: 1, namespace: 1, unresolved: 0 },
};

const REACHED: readonly (readonly [LimitName, Partial<LimitFacts>])[] = [
  ['paused', { paused: ['everywhere'] }],
  ['one at a time', { liveOnTarget: ['40.1'] }],
  ['held by a person', { takenBy: 'anna' }],
  ['parallel', { live: 3 }],
  ['cooldown', { lastEndedAtMs: NOW - HOUR / 2 + 1 }],
  ['attempts', { changesOnTarget: 3 }],
  ['rate', { changesByPlaybook: 4 }],
  ['rate', { changesInNamespace: 6 }],
  ['rate', { changesInCluster: 10 }],
  ['storm', { storm: { sinceMs: NOW, calmAtMs: NOW + 1, scope: 'the cluster' } }],
  ['breaker', { recentProofs: [false, true, false, true, false] }],
];

/** What holds back what puts things back. */
const ALWAYS: readonly LimitName[] = ['paused', 'one at a time'];

describe('limits', () => {
  test('one below every limit may be reserved', () => {
    assert.deepEqual(limitsReached(QUIET, CHECK), []);
    assert.equal(withinLimits(QUIET, CHECK), true);
  });

  for (const [name, facts] of REACHED) {
    test(`${name} holds a fix back at ${JSON.stringify(facts)}`, () => {
      assert.deepEqual(limitsReached({ ...QUIET, ...facts }, CHECK), [name]);
      assert.equal(withinLimits({ ...QUIET, ...facts }, CHECK), false);
    });

    for (const purpose of ['undo', 'give-back'] as const) {
      const held = ALWAYS.includes(name);
      test(`${name} ${held ? 'holds' : 'does not hold'} back what is ${purpose} at ${JSON.stringify(facts)}`, () => {
        assert.equal(withinLimits({ ...QUIET, ...facts }, { ...CHECK, purpose }), !held);
      });
    }
  }

  test('no other incident on the target means no cooldown', () => {
    const { lastEndedAtMs: _ended, ...facts } = QUIET;
    assert.equal(withinLimits(facts, CHECK), true);
  });

  test('a breaker looks at no more proofs than it is told to', () => {
    const recentProofs = [true, false, false, true, true, false];
    assert.equal(withinLimits({ ...QUIET, recentProofs }, CHECK), true);
  });

  test('an open breaker lets pass what a person approved, nothing else does', () => {
    const approved = { ...CHECK, approved: true };
    assert.equal(withinLimits({ ...QUIET, recentProofs: [false, false, false] }, approved), true);
    for (const [name, facts] of REACHED) {
      if (name !== 'breaker') assert.equal(withinLimits({ ...QUIET, ...facts }, approved), false, name);
    }
  });
});
