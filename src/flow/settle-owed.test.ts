import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Operation, OperationState, Owed } from '../domain/operation.ts';
import { DEFAULT_TIMINGS } from '../domain/settings.ts';
import type { Flow } from './flow.ts';
import { settle } from './settle-owed.ts';

const NOW = Date.UTC(2026, 10, 3, 2, 11, 4);
const MINUTE = 60_000;
const CHECKOUT = { kind: 'Deployment', namespace: 'shop', name: 'checkout' };

function operation(state: OperationState, change: Partial<Operation> = {}): Operation {
  return {
    id: '01890000-0000-7000-8000-000000000001',
    number: '41.1g',
    incident: 41,
    purpose: 'give-back',
    rung: 0,
    playbook: 'high-memory-usage',
    alertname: 'HighMemoryUsage',
    plan: {
      action: 'scale',
      target: CHECKOUT,
      uid: 'u',
      change: { kind: 'scale', from: 4, to: 3 },
      summary: 'replicas 4 → 3',
      digest: 'd',
      resourceVersion: '1',
      generation: 2,
      takesAway: 1,
      startsPods: false,
    },
    before: {},
    executor: 'direct',
    state,
    reservedAtMs: NOW - MINUTE,
    claimByMs: NOW + MINUTE,
    ...change,
  };
}

const owing = (paidBy: Operation): Owed => ({
  id: 1,
  incident: 41,
  causedBy: 'cause',
  target: CHECKOUT,
  playbook: 'high-memory-usage',
  purpose: 'give-back',
  change: { kind: 'scale', from: 3, to: 4 },
  dueAtMs: NOW,
  giveBackMs: 60 * MINUTE,
  operation: paidBy,
});

// Only what these cases ask of it: none of them reads an object or the store.
const flowWith = (operations: readonly Operation[]): Flow =>
  ({
    settings: { timings: DEFAULT_TIMINGS },
    executors: [],
    store: { operations: () => Promise.resolve(operations) },
  }) as unknown as Flow;
const FLOW = flowWith([]);

describe('a debt whose operation was reserved', () => {
  test('is told to people when nobody can tell whether it was given back', async () => {
    const { step, changes } = await settle(FLOW, owing(operation('unknown')), NOW);
    assert.equal(step.kind, 'settled');
    assert.deepEqual(
      changes?.map((change) => change.kind === 'tell' && change.notice.kind),
      ['trouble'],
    );
  });

  for (const state of ['closed', 'not-done'] as const) {
    test(`stands when its operation is ${state}: it certainly had no effect, and another is reserved`, async () => {
      const { step } = await settle(FLOW, owing(operation(state)), NOW);
      assert.ok(step.kind === 'later' && step.release === true && step.dueAtMs > NOW);
    });
  }

  test('is told to people after three operations that had no effect', async () => {
    const refused = operation('not-done', { how: 'refused' });
    const { step, changes } = await settle(flowWith([refused, refused, refused]), owing(refused), NOW);
    assert.equal(step.kind, 'settled');
    assert.equal(changes?.[0]?.kind, 'tell');
  });

  test('waits while the operation may still be claimed', async () => {
    const { step, changes } = await settle(FLOW, owing(operation('reserved')), NOW);
    assert.ok(step.kind === 'later' && step.release === undefined && changes === undefined);
  });

  test('closes an operation that nobody claimed in time, and stands', async () => {
    const late = operation('reserved', { claimByMs: NOW - 1 });
    const { step, changes } = await settle(FLOW, owing(late), NOW);
    assert.ok(step.kind === 'later' && step.release === true);
    assert.deepEqual(
      changes?.map((change) => change.kind === 'end-operation' && change.to),
      ['closed'],
    );
  });
});
