import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CHECK,
  CHECKOUT,
  INCIDENT,
  MINUTE,
  NOW,
  OPERATION,
  PLAN,
  PLAYBOOK,
  SECOND,
  SETTINGS,
} from '../../tests/mutants/samples.ts';
import type { Classified } from './classify.ts';
import type { Decision, StoreChange } from './decision.ts';
import type { Attempt, Incident, ProofState, Reading } from './incident.ts';
import type { Operation } from './operation.ts';
import { newProof, type ProofLook } from './proof.ts';
import { step, type HeartEvent } from './step.ts';
import type { StepContext } from './step/context.ts';
import type { Mark, OperationEvent } from './step/operation.ts';
import type { PlanLook } from './step/plan-look.ts';
import type { PlannedEvent } from './step/plan.ts';
import type { ProofEvent } from './step/proof.ts';
import type { GuardLine, Verdict } from './verdict.ts';

const { timings } = SETTINGS;
const CONTEXT: StepContext = { nowMs: NOW, settings: SETTINGS };
const ATTEMPT: Attempt = {
  operation: OPERATION.id,
  number: '41.1',
  rung: 0,
  action: 'scale',
  summary: PLAN.summary,
  outcome: 'running',
  why: '',
};

const line = (guard: string, verdict: Verdict, patient?: boolean): GuardLine => ({
  guard,
  question: 'May it act at all?',
  verdict,
  read: `${guard} says so`,
  ...(patient === undefined ? {} : { patient }),
});
const planned = (look: PlanLook): PlannedEvent => ({
  kind: 'planned',
  playbook: PLAYBOOK,
  target: { ref: CHECKOUT, through: [] },
  absentSinceMs: {},
  look,
});
const judgedAs = (
  lines: readonly GuardLine[],
  change: Partial<PlanLook & { kind: 'judged' }> = {},
): PlannedEvent =>
  planned({
    kind: 'judged',
    trace: { atMs: NOW, rung: 0, action: 'scale', summary: PLAN.summary, lines },
    plan: PLAN,
    skipped: [],
    check: CHECK,
    operation: OPERATION,
    giveBackMs: undefined,
    storm: undefined,
    ...change,
  });
const secured = (event: PlannedEvent): PlannedEvent => ({ ...event, securityClass: 'runtime threat' });
const reading = (verdict: Reading['verdict']): Reading => ({
  condition: 'memory < 80%',
  verdict,
  read: '61 %',
  rangeMs: 0,
});
const look = (verdict: Reading['verdict'], change: Partial<ProofLook> = {}): ProofLook => ({
  fixed: [reading(verdict)],
  harm: [],
  rule: { kind: 'not-firing', by: 'rule', read: 'inactive' },
  restarts: undefined,
  holdMs: 10 * MINUTE,
  timeoutMs: 30 * MINUTE,
  ...change,
});
const looked = (given: ProofLook, undo?: ProofEvent['undo']): ProofEvent => ({
  kind: 'looked',
  look: given,
  absentSinceMs: {},
  ...(undo === undefined ? {} : { undo }),
});
const operationEvent = (
  state: Operation['state'],
  change: Partial<Operation> = {},
  mark?: Mark,
): OperationEvent => ({
  kind: 'operation',
  operation: { ...OPERATION, state, ...change },
  mark,
  orphaned: false,
  before: { ready: 4 },
});

const changesOf = <K extends StoreChange['kind']>(
  { changes }: Decision,
  kind: K,
): readonly Extract<StoreChange, { kind: K }>[] =>
  changes.filter((change): change is Extract<StoreChange, { kind: K }> => change.kind === kind);
const executing: Incident = {
  ...INCIDENT,
  state: 'executing',
  operation: OPERATION.id,
  operationsReserved: 1,
  attempts: [ATTEMPT],
};
const verifying: Incident = {
  ...executing,
  state: 'verifying',
  proof: newProof(NOW - 20 * MINUTE, { ready: 4 }),
};
/** True since the quiet window began, last seen a look ago. */
const held: ProofState = {
  ...newProof(NOW - 20 * MINUTE, {}),
  looks: 40,
  trueLooks: 40,
  trueSinceMs: NOW - 10 * MINUTE,
  lastLookMs: NOW - 15 * SECOND,
};
const handedOver: Incident = {
  ...INCIDENT,
  state: 'handed-over',
  handover: { reason: 'ambiguous', why: '', atMs: NOW - MINUTE },
};
const RESOLVED: Incident = {
  ...INCIDENT,
  state: 'resolved',
  attempts: [{ ...ATTEMPT, outcome: 'fixed' }],
  ended: { atMs: NOW - MINUTE, how: 'resolved', why: '' },
};
const firing: ProofLook['rule'] = { kind: 'firing', read: 'firing' };
const asking: Incident = {
  ...INCIDENT,
  state: 'asking',
  asked: 1,
  asking: { plan: PLAN, sinceMs: NOW - MINUTE, expiresAtMs: NOW + MINUTE },
};
const waitingOn = (guard: string, sinceMs: number, patient = false): Incident => ({
  ...INCIDENT,
  state: 'waiting',
  wait: { sinceMs, looks: 0, guard, why: '', patient },
});
const observing: StepContext = { nowMs: NOW, settings: { ...SETTINGS, mode: 'observe' } };
const undo: NonNullable<ProofEvent['undo']> = {
  operation: { ...OPERATION, id: '01890000-0000-7000-8000-000000000002', number: '41.2', purpose: 'undo' },
  check: { ...CHECK, purpose: 'undo' },
};

type Row = readonly [when: string, to: string, incident: Incident, event: HeartEvent, context?: StepContext];

/** `state`, and behind a colon why it was handed over or how it ended. */
function shown({ next }: Decision): string {
  const why =
    next.state === 'handed-over'
      ? next.handover?.reason
      : next.state === 'closed'
        ? next.ended?.how
        : undefined;
  return why === undefined ? next.state : `${next.state}: ${why}`;
}

const allow = [line('paused', 'allow'), line('scope', 'allow')];

const UNCLASSED: Classified = {
  class: 'diagnose-only',
  component: 'unknown',
  target: { kind: 'none', of: 'Other', why: '' },
  advice: { look: ['kubectl get events'], try: [] },
  why: 'nothing knows it',
};

const TABLE: readonly Row[] = [
  [
    'open: no playbook, an alert of class data-recovery',
    'handed-over: data-recovery',
    INCIDENT,
    planned({ kind: 'no-playbook', classified: { ...UNCLASSED, class: 'data-recovery' } }),
  ],
  [
    'open: no playbook, nothing is broken, and the alert says info',
    'closed: observed',
    { ...INCIDENT, severity: 'info' },
    planned({ kind: 'no-playbook', classified: { ...UNCLASSED, class: 'informational' } }),
  ],
  [
    'open: no playbook, the catalogue says that nothing is broken, but the alert is severe',
    'handed-over: unknown-alert',
    INCIDENT,
    planned({ kind: 'no-playbook', classified: { ...UNCLASSED, class: 'informational' } }),
  ],
  ['open: all guards allow', 'executing', INCIDENT, judgedAs(allow)],
  ['waiting: all guards allow', 'executing', waitingOn('rate', NOW - MINUTE), judgedAs(allow)],
  ['asking: all guards allow by now', 'executing', asking, judgedAs(allow)],
  ['open: no guard was asked', 'waiting', INCIDENT, judgedAs([])],
  ['open: a guard waits', 'waiting', INCIDENT, judgedAs([...allow, line('rate', 'wait')])],
  [
    'waiting: a guard waits, its time is not up',
    'waiting',
    waitingOn('rate', NOW - timings.waitLimitMs + 1),
    judgedAs([line('rate', 'wait')]),
  ],
  [
    'waiting: a guard waits, its time is up',
    'handed-over: guard-refused',
    waitingOn('rate', NOW - timings.waitLimitMs),
    judgedAs([line('rate', 'wait')]),
  ],
  [
    'waiting: another guard waits, the time of both together is up',
    'handed-over: guard-refused',
    waitingOn('rollout', NOW - timings.waitLimitMs),
    judgedAs([line('rate', 'wait')]),
  ],
  [
    'waiting: a person holds it, for ever',
    'waiting',
    waitingOn('paused', NOW - 10 * timings.waitLimitMs, true),
    judgedAs([line('paused', 'wait', true)]),
  ],
  [
    'waiting: a person let go of it a moment ago',
    'waiting',
    waitingOn('paused', NOW - 10 * timings.waitLimitMs, true),
    judgedAs([line('rate', 'wait')]),
  ],
  [
    'open: nobody can tell',
    'waiting',
    INCIDENT,
    planned({ kind: 'cannot-tell', guard: 'still firing', why: 'no answer' }),
  ],
  [
    'waiting: nobody can tell, and the time is up',
    'handed-over: ambiguous',
    waitingOn('still firing', NOW - timings.waitLimitMs),
    planned({ kind: 'cannot-tell', guard: 'still firing', why: 'no answer' }),
  ],
  ['open: a guard asks', 'asking', INCIDENT, judgedAs([...allow, line('autonomy', 'ask')])],
  ['asking: the same plan is asked for', 'asking', asking, judgedAs([line('autonomy', 'ask')])],
  [
    'asking: what cannot be seen does not take the question back',
    'asking',
    asking,
    planned({ kind: 'cannot-tell', guard: 'when', why: 'no answer' }),
  ],
  [
    'asking: nobody answered in time',
    'handed-over: approval-expired',
    { ...asking, asking: { plan: PLAN, sinceMs: NOW - MINUTE, expiresAtMs: NOW } },
    judgedAs([line('autonomy', 'ask')]),
  ],
  [
    'asking: the plan is another one by now',
    'asking',
    asking,
    judgedAs([line('autonomy', 'ask')], { plan: { ...PLAN, digest: 'another' } }),
  ],
  [
    'asking: the plan changed for the third time',
    'handed-over: ambiguous',
    { ...asking, asked: 3 },
    judgedAs([line('autonomy', 'ask')], { plan: { ...PLAN, digest: 'another' } }),
  ],
  ['open: a guard refuses', 'handed-over: guard-refused', INCIDENT, judgedAs([line('scope', 'refuse')])],
  [
    'open: what we did here was undone',
    'handed-over: undone',
    INCIDENT,
    judgedAs([line('scope', 'allow'), line('undone fix', 'refuse')]),
  ],
  [
    'open: a guard refuses, in observe mode',
    'closed: observed',
    INCIDENT,
    judgedAs([line('scope', 'refuse')]),
    observing,
  ],
  [
    'open: no playbook',
    'handed-over: unknown-alert',
    INCIDENT,
    planned({ kind: 'no-playbook', classified: UNCLASSED }),
  ],
  ['open: no target', 'handed-over: ambiguous', INCIDENT, planned({ kind: 'no-target', why: 'none' })],
  [
    'open: no rung applies',
    'handed-over: no-rung-left',
    INCIDENT,
    planned({ kind: 'no-rung', skipped: ['rung 1: does not apply'] }),
  ],
  [
    'open: every rung was tried',
    'handed-over: repeated-failure',
    { ...INCIDENT, attempts: [ATTEMPT, ATTEMPT] },
    planned({ kind: 'no-rung', skipped: [] }),
  ],
  [
    'open: no playbook, in observe mode',
    'closed: observed',
    INCIDENT,
    planned({ kind: 'no-playbook', classified: UNCLASSED }),
    observing,
  ],
  [
    'open: a security incident, and a playbook that would act',
    'handed-over: security-incident',
    INCIDENT,
    secured(judgedAs(allow)),
  ],
  [
    'open: a security incident, while everything is paused',
    'handed-over: security-incident',
    INCIDENT,
    secured(judgedAs([line('paused', 'wait', true)])),
  ],
  [
    'open: a security incident, no playbook',
    'handed-over: security-incident',
    INCIDENT,
    secured(planned({ kind: 'no-playbook', classified: UNCLASSED })),
  ],
  [
    'open: a security incident, no target',
    'handed-over: security-incident',
    INCIDENT,
    secured(planned({ kind: 'no-target', why: 'none' })),
  ],
  [
    'open: a security incident, nobody can tell more',
    'handed-over: security-incident',
    INCIDENT,
    secured(planned({ kind: 'cannot-tell', guard: 'still firing', why: 'no answer' })),
  ],
  [
    'open: a security incident, fallen silent',
    'handed-over: security-incident',
    INCIDENT,
    secured(planned({ kind: 'quiet', look: look('true') })),
  ],
  [
    'open: a security incident, in observe mode',
    'closed: observed',
    INCIDENT,
    secured(judgedAs(allow)),
    observing,
  ],
  [
    'open: a security incident on a target that another incident has',
    'closed: joined',
    INCIDENT,
    secured(planned({ kind: 'belongs', to: 40, why: 'same target' })),
  ],
  [
    'open: another incident has the target',
    'closed: joined',
    INCIDENT,
    planned({ kind: 'belongs', to: 40, why: 'same target' }),
  ],
  ['open: does not fire any more', 'waiting', INCIDENT, planned({ kind: 'quiet', look: look('true') })],
  ['asking: does not fire any more', 'waiting', asking, planned({ kind: 'quiet', look: look('true') })],
  [
    'waiting: quiet, and well for the whole window',
    'closed: self-healed',
    { ...waitingOn('healing', NOW - 20 * MINUTE), proof: held },
    planned({ kind: 'quiet', look: look('true') }),
  ],
  [
    'waiting: quiet, but not well for the whole window',
    'waiting',
    { ...waitingOn('healing', NOW - 20 * MINUTE), proof: { ...held, trueSinceMs: NOW - 9 * MINUTE } },
    planned({ kind: 'quiet', look: look('true') }),
  ],
  [
    'waiting: quiet, but never well',
    'handed-over: ambiguous',
    { ...waitingOn('healing', NOW - 30 * MINUTE), proof: newProof(NOW - 30 * MINUTE, {}) },
    planned({ kind: 'quiet', look: look('false') }),
  ],
  [
    'waiting for something else: what was proved before says nothing',
    'waiting',
    { ...waitingOn('rate', NOW - MINUTE), proof: held },
    planned({ kind: 'quiet', look: look('true') }),
  ],
  [
    'executing: not in the ledger',
    'handed-over: ambiguous',
    executing,
    { kind: 'operation', operation: undefined, mark: undefined, orphaned: false, before: {} },
  ],
  [
    'executing: reserved, time to claim is left',
    'executing',
    executing,
    operationEvent('reserved', { claimByMs: NOW + 1 }),
  ],
  ['executing: nobody claimed it in time', 'open', executing, operationEvent('reserved', { claimByMs: NOW })],
  [
    'executing: claimed, somebody works on it',
    'executing',
    executing,
    operationEvent('claimed', { actByMs: NOW - 10 * MINUTE }),
  ],
  [
    'executing: silent, our mark is on it',
    'verifying',
    executing,
    operationEvent('claimed', { actByMs: NOW + MINUTE }, { kind: 'ours', read: 'ours' }),
  ],
  [
    'executing: silent, unchanged, a straggler may come',
    'executing',
    executing,
    operationEvent('claimed', { actByMs: NOW - timings.stragglerMs + 1 }, { kind: 'unchanged', read: '' }),
  ],
  [
    'executing: silent, unchanged for good',
    'open',
    executing,
    operationEvent('claimed', { actByMs: NOW - timings.stragglerMs }, { kind: 'unchanged', read: '' }),
  ],
  [
    'executing: silent, changed by others, a straggler may come',
    'executing',
    executing,
    operationEvent('claimed', { actByMs: NOW - timings.stragglerMs + 1 }, { kind: 'other', read: '' }),
  ],
  [
    'executing: silent, changed by others',
    'handed-over: ambiguous',
    executing,
    operationEvent('claimed', { actByMs: NOW - timings.stragglerMs }, { kind: 'other', read: '' }),
  ],
  [
    'executing: silent, cannot be read',
    'executing',
    executing,
    operationEvent('claimed', { actByMs: NOW - timings.stragglerMs }, { kind: 'unseen', read: '' }),
  ],
  [
    'executing: silent, could not be read for too long',
    'handed-over: ambiguous',
    executing,
    operationEvent(
      'claimed',
      { actByMs: NOW - timings.stragglerMs - timings.waitLimitMs },
      { kind: 'unseen', read: '' },
    ),
  ],
  ['executing: done', 'verifying', executing, operationEvent('done', { endedAtMs: NOW - SECOND })],
  ['executing: not done', 'open', executing, operationEvent('not-done', { how: 'conflict' })],
  ['executing: closed', 'open', executing, operationEvent('closed')],
  ['executing: unknown', 'handed-over: ambiguous', executing, operationEvent('unknown')],
  [
    'executing: not done for the third time',
    'handed-over: repeated-failure',
    {
      ...executing,
      attempts: [
        { ...ATTEMPT, operation: 'a', outcome: 'not-done' },
        { ...ATTEMPT, operation: 'b', outcome: 'closed' },
        ATTEMPT,
      ],
    },
    operationEvent('not-done'),
  ],
  [
    'undoing: done',
    'handed-over: made-worse',
    { ...executing, undoing: true },
    operationEvent('done', { purpose: 'undo' }),
  ],
  [
    'undoing: not done',
    'handed-over: made-worse',
    { ...executing, undoing: true },
    operationEvent('not-done', { purpose: 'undo' }),
  ],
  [
    'undoing: unknown',
    'handed-over: made-worse',
    { ...executing, undoing: true },
    operationEvent('unknown', { purpose: 'undo' }),
  ],
  [
    'verifying: true for the window, rule inactive',
    'resolved',
    { ...verifying, proof: held },
    looked(look('true')),
  ],
  [
    'verifying: true for the window, rule still fires',
    'verifying',
    { ...verifying, proof: held },
    looked(look('true', { rule: firing })),
  ],
  [
    'verifying: true for the window, nobody can tell of the rule',
    'verifying',
    { ...verifying, proof: held },
    looked(look('true', { rule: { kind: 'cannot-tell', read: '' } })),
  ],
  [
    'verifying: true, but not for the window',
    'verifying',
    { ...verifying, proof: { ...held, trueSinceMs: NOW - 10 * MINUTE + 1 } },
    looked(look('true')),
  ],
  ['verifying: rule inactive, condition bad', 'verifying', verifying, looked(look('false'))],
  [
    'verifying: bad when the time of the rung is up',
    'open',
    { ...verifying, proof: newProof(NOW - 30 * MINUTE, {}) },
    looked(look('false')),
  ],
  [
    'verifying: cannot tell when the time of the rung is up',
    'handed-over: ambiguous',
    { ...verifying, proof: newProof(NOW - 30 * MINUTE, {}) },
    looked(look('cannot-tell')),
  ],
  [
    'verifying: good at last when the time of the rung is up',
    'verifying',
    { ...verifying, proof: newProof(NOW - 30 * MINUTE, {}) },
    looked(look('true')),
  ],
  [
    'verifying: harm, seen once',
    'verifying',
    verifying,
    looked(look('true', { harm: [reading('true')] }), undo),
  ],
  [
    'verifying: harm, seen twice',
    'executing',
    { ...verifying, proof: { ...held, harmLooks: 1 } },
    looked(look('true', { harm: [reading('true')] }), undo),
  ],
  [
    'verifying: harm that cannot be undone',
    'handed-over: made-worse',
    { ...verifying, proof: { ...held, harmLooks: 1 } },
    looked(look('true', { harm: [reading('true')] })),
  ],
  ['handed over: not well', 'handed-over: ambiguous', handedOver, looked(look('false'))],
  [
    'handed over: well, but it fires',
    'handed-over: ambiguous',
    { ...handedOver, proof: held },
    looked(look('true', { rule: firing })),
  ],
  [
    'handed over: well for the window, rule inactive',
    'resolved',
    { ...handedOver, proof: held },
    looked(look('true')),
  ],
  ['resolved: said to fire again, does not', 'resolved', RESOLVED, looked(look('true'))],
  [
    'resolved: said to fire again, nobody can tell',
    'resolved',
    RESOLVED,
    looked(look('true', { rule: { kind: 'cannot-tell', read: '' } })),
  ],
  ['resolved: fires again', 'open', RESOLVED, looked(look('true', { rule: firing }))],
  [
    'resolved: back for the third time within a day is open first, so that the planner takes the hold',
    'open',
    { ...RESOLVED, recurrences: [NOW - MINUTE, NOW - 2 * MINUTE] },
    looked(look('true', { rule: firing })),
  ],
  [
    'open: back for the third time within a day',
    'handed-over: repeated-failure',
    { ...INCIDENT, recurrences: [NOW, NOW - MINUTE, NOW - 2 * MINUTE] },
    judgedAs(allow),
  ],
  [
    'resolved: said to fire again, and nobody can tell for too long',
    'open',
    {
      ...RESOLVED,
      wait: { sinceMs: NOW - 15 * MINUTE, looks: 0, guard: 'still firing', why: '', patient: false },
    },
    looked(look('true', { rule: { kind: 'cannot-tell', read: '' } })),
  ],
  [
    'resolved: back for the third time, but not within a day',
    'open',
    { ...RESOLVED, recurrences: [NOW - MINUTE, NOW - 25 * 60 * MINUTE] },
    looked(look('true', { rule: firing })),
  ],
  [
    'closed: fires again',
    'open',
    { ...INCIDENT, state: 'closed', ended: { atMs: NOW - MINUTE, how: 'self-healed', why: '' } },
    looked(look('true', { rule: firing })),
  ],
];

describe('the heart', () => {
  for (const [when, to, incident, event, context = CONTEXT] of TABLE) {
    test(`${when} → ${to}`, () => assert.equal(shown(step(incident, event, context)), to));
  }

  test('never leaves an incident without a time to look again, unless it has ended', () => {
    for (const [when, , incident, event, context = CONTEXT] of TABLE) {
      const { next, dueAtMs } = step(incident, event, context);
      if (next.state === 'resolved' || next.state === 'closed') continue;
      assert.ok(
        dueAtMs !== undefined && dueAtMs >= NOW && dueAtMs <= NOW + 30 * MINUTE,
        `${when}: ${dueAtMs}`,
      );
    }
  });

  test('is pure: the same again gives the same, and nothing that was given is changed', () => {
    for (const [when, , incident, event, context = CONTEXT] of TABLE) {
      const before = JSON.stringify([incident, event]);
      assert.deepEqual(step(incident, event, context), step(incident, event, context), when);
      assert.equal(JSON.stringify([incident, event]), before, when);
    }
  });

  test('every line of what it hands over tells somebody', () => {
    for (const [when, to, incident, event, context = CONTEXT] of TABLE) {
      if (!to.startsWith('handed-over') || incident.state === 'handed-over') continue;
      assert.equal(changesOf(step(incident, event, context), 'tell').length, 1, when);
    }
  });
});

describe('reserving', () => {
  const decision = step(INCIDENT, judgedAs(allow, { giveBackMs: 60 * MINUTE }), CONTEXT);

  test('takes the hold, the place in the limits, and writes down why, in one decision', () => {
    assert.deepEqual(changesOf(decision, 'hold'), [{ kind: 'hold', key: 'Deployment/shop/checkout' }]);
    assert.deepEqual(changesOf(decision, 'reserve'), [
      { kind: 'reserve', operation: OPERATION, check: CHECK },
    ]);
    assert.deepEqual(decision.next.trace?.lines, allow);
    assert.equal(decision.next.operation, OPERATION.id);
    assert.equal(decision.next.operationsReserved, 1);
  });

  test('owes what is to be given back from the same moment on', () => {
    const [owe] = changesOf(decision, 'owe');
    assert.equal(owe?.owed.causedBy, OPERATION.id);
    assert.equal(owe?.owed.dueAtMs, NOW + 60 * MINUTE);
    assert.deepEqual(changesOf(step(INCIDENT, judgedAs(allow), CONTEXT), 'owe'), []);
  });

  test('keeps no approval, no question and no older proof', () => {
    const { next } = step(
      { ...asking, approval: { digest: PLAN.digest, by: 'ada', atMs: NOW }, proof: held },
      judgedAs(allow),
      CONTEXT,
    );
    assert.deepEqual(
      [next.approval, next.asking, next.proof, next.wait],
      [undefined, undefined, undefined, undefined],
    );
  });
});

describe('an operation without a report', () => {
  test('that bears our mark is adopted, and said to be so', () => {
    const decision = step(
      executing,
      operationEvent('claimed', { actByMs: NOW + MINUTE }, { kind: 'ours', read: 'our mark' }),
      CONTEXT,
    );
    assert.deepEqual(changesOf(decision, 'end-operation'), [
      {
        kind: 'end-operation',
        id: OPERATION.id,
        from: 'claimed',
        to: 'done',
        how: 'our mark',
        adopted: true,
      },
    ]);
  });

  test('is judged no earlier than the last straggler, however often it is looked at', () => {
    for (const kind of ['unchanged', 'other', 'unseen'] as const) {
      const { changes, dueAtMs } = step(
        executing,
        operationEvent('claimed', { actByMs: NOW }, { kind, read: '' }),
        CONTEXT,
      );
      assert.deepEqual(changes, [], kind);
      assert.ok((dueAtMs ?? 0) > NOW && (dueAtMs ?? 0) <= NOW + timings.stragglerMs, kind);
    }
  });

  test('each end is one change from one state', () => {
    const ends: readonly (readonly [OperationEvent, string])[] = [
      [operationEvent('reserved', { claimByMs: NOW }), 'reserved→closed'],
      [
        operationEvent('claimed', { actByMs: NOW - timings.stragglerMs }, { kind: 'unchanged', read: '' }),
        'claimed→not-done',
      ],
      [
        operationEvent('claimed', { actByMs: NOW - timings.stragglerMs }, { kind: 'other', read: '' }),
        'claimed→unknown',
      ],
      [operationEvent('done'), ''],
      [operationEvent('not-done'), ''],
      [operationEvent('unknown'), ''],
    ];
    for (const [event, expected] of ends) {
      assert.equal(
        changesOf(step(executing, event, CONTEXT), 'end-operation')
          .map(({ from, to }) => `${from}→${to}`)
          .join(),
        expected,
      );
    }
  });
});

describe('a proof', () => {
  test('is counted from the effect, not from the look that learnt of it', () => {
    assert.equal(
      step(executing, operationEvent('done', { endedAtMs: NOW - 5 * MINUTE }), CONTEXT).next.proof?.sinceMs,
      NOW - 5 * MINUTE,
    );
  });

  const verdicts: readonly (readonly [string, Incident, ProofEvent, readonly string[]])[] = [
    ['resolved', { ...verifying, proof: held }, looked(look('true')), ['fixed']],
    [
      'positively bad',
      { ...verifying, proof: newProof(NOW - 30 * MINUTE, {}) },
      looked(look('false')),
      ['not-fixed'],
    ],
    [
      'untold',
      { ...verifying, proof: newProof(NOW - 30 * MINUTE, {}) },
      looked(look('cannot-tell')),
      ['cannot-tell'],
    ],
    [
      'harmful',
      { ...verifying, proof: { ...held, harmLooks: 1 } },
      looked(look('true', { harm: [reading('true')] }), undo),
      ['harm'],
    ],
    ['proved, rule not cleared', { ...verifying, proof: held }, looked(look('true', { rule: firing })), []],
    ['not over', verifying, looked(look('false')), []],
  ];
  for (const [what, incident, event, expected] of verdicts) {
    test(`that is ${what} counts as ${expected[0] ?? 'nothing yet'}`, () => {
      assert.deepEqual(
        changesOf(step(incident, event, CONTEXT), 'verdict').map(({ verdict }) => verdict),
        expected,
      );
    });
  }

  test('that failed leads to the next rung', () => {
    assert.equal(
      step({ ...verifying, proof: newProof(NOW - 30 * MINUTE, {}) }, looked(look('false')), CONTEXT).next
        .rung,
      1,
    );
  });

  test('whose rule does not clear is told of once, past the time that a rule has for it', () => {
    const long: ProofState = {
      ...held,
      trueSinceMs: NOW - 60 * MINUTE,
      provedAtMs: NOW - timings.clearWithinMs,
    };
    const told = step({ ...verifying, proof: long }, looked(look('true', { rule: firing })), CONTEXT);
    assert.match(JSON.stringify(changesOf(told, 'timeline')), /rule-cannot-clear/);
    const later = step({ ...told.next }, looked(look('true', { rule: firing })), {
      ...CONTEXT,
      nowMs: NOW + 15 * SECOND,
    });
    assert.doesNotMatch(JSON.stringify(later.changes), /rule-cannot-clear/);
    const early = step(
      { ...verifying, proof: { ...long, provedAtMs: NOW - timings.clearWithinMs + 1 } },
      looked(look('true', { rule: firing })),
      CONTEXT,
    );
    assert.doesNotMatch(JSON.stringify(early.changes), /rule-cannot-clear/);
  });

  test('an undo is reserved with the check of an undo', () => {
    const decision = step(
      { ...verifying, proof: { ...held, harmLooks: 1 } },
      looked(look('true', { harm: [reading('true')] }), undo),
      CONTEXT,
    );
    assert.deepEqual(changesOf(decision, 'reserve'), [{ kind: 'reserve', ...undo }]);
    assert.equal(decision.next.undoing, true);
    assert.equal(decision.next.operation, undo.operation.id);
  });

  test('handing over starts a proof of its own: what held before says nothing of what a person does', () => {
    const { next } = step(
      { ...verifying, proof: newProof(NOW - 30 * MINUTE, {}) },
      looked(look('cannot-tell')),
      CONTEXT,
    );
    assert.deepEqual([next.proof?.sinceMs, next.proof?.trueSinceMs, next.proof?.looks], [NOW, undefined, 0]);
  });
});

test('healed without us needs the silence of the rule for the whole window, too', () => {
  const fired = step({ ...handedOver, proof: held }, looked(look('true', { rule: firing })), CONTEXT).next;
  const soon = { ...CONTEXT, nowMs: NOW + MINUTE };
  assert.equal(step(fired, looked(look('true')), soon).next.state, 'handed-over');
});

describe('what fires again after it was resolved', () => {
  const again = (change: Partial<Incident> = {}): Decision =>
    step({ ...RESOLVED, ...change }, looked(look('true', { rule: firing })), CONTEXT);

  test('soon: the fix has failed, and the next rung is due', () => {
    const decision = again();
    assert.equal(decision.next.rung, 1);
    assert.equal(decision.next.attempts[0]?.outcome, 'not-fixed');
    assert.deepEqual(changesOf(decision, 'verdict'), [
      { kind: 'verdict', operation: OPERATION.id, verdict: 'not-fixed' },
    ]);
  });

  test('later: it is a new trouble, from the first rung', () => {
    const decision = again({
      rung: 1,
      ended: { atMs: NOW - timings.recurrenceMs, how: 'resolved', why: '' },
    });
    assert.equal(decision.next.rung, 0);
    assert.deepEqual(changesOf(decision, 'verdict'), []);
  });

  test('keeps its attempts and its count', () => {
    const decision = again({ operationsReserved: 3 });
    assert.equal(decision.next.operationsReserved, 3);
    assert.equal(decision.next.attempts.length, 1);
    assert.deepEqual(decision.next.recurrences, [NOW]);
  });
});
