import assert from 'node:assert/strict';
import type { AlertNotice, Labels } from '../../../src/domain/alert.ts';
import { alertKey } from '../../../src/domain/alert.ts';
import type { StoreChange } from '../../../src/domain/decision.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import type { ReserveCheck } from '../../../src/domain/limits.ts';
import type { Operation, Plan } from '../../../src/domain/operation.ts';
import type { Limits } from '../../../src/domain/settings.ts';
import { targetKey } from '../../../src/domain/target.ts';
import type { TargetRef } from '../../../src/domain/target.ts';
import type { Claimed, Committed, Lane, Store } from '../../../src/ports/store.ts';
import type { VirtualClock } from '../../fakes/virtual-clock.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A store under test with the time and the faults that it lives with. */
export interface StoreBench {
  readonly clock: VirtualClock;
  readonly store: Store;
  /** Fails the next commit on that side of it. */
  readonly failNext: (side: 'before' | 'after') => void;
  /** Opens the same data again, as the next start of the program does. */
  readonly reopen: () => Promise<Store>;
  readonly end: () => Promise<void>;
}

export type OpenBench = () => Promise<StoreBench>;

export interface AlertSample {
  readonly fingerprint?: string;
  readonly startsAtMs?: number;
  readonly labels?: Labels;
}

export function notice(status: 'firing' | 'resolved', sample: AlertSample = {}): AlertNotice {
  const { fingerprint = '81fb1270249dfa2f', startsAtMs = 1_000, labels = {} } = sample;
  return {
    status,
    alert: {
      key: alertKey(fingerprint, startsAtMs),
      fingerprint,
      startsAtMs,
      labels: { alertname: 'HighMemoryUsage', severity: 'warning', ...labels },
      annotations: { summary: 'memory is high' },
    },
  };
}

export function firing(sample: AlertSample = {}): AlertNotice {
  return notice('firing', sample);
}

export function resolved(sample: AlertSample = {}): AlertNotice {
  return notice('resolved', sample);
}

export const CHECKOUT: TargetRef = { kind: 'Deployment', namespace: 'shop', name: 'checkout' };

/** Wide enough that nothing is refused; a test narrows the one limit that it is about. */
export const WIDE: Limits = {
  target: { changes: { count: 100, perMs: DAY }, cooldownMs: 0 },
  playbook: { count: 100, perMs: HOUR },
  namespace: { count: 100, perMs: HOUR },
  cluster: { count: 100, perMs: HOUR },
  parallel: 100,
  unavailable: 1,
  storm: { targets: 100, share: 1, withinMs: 10 * MINUTE, calmForMs: 15 * MINUTE },
  breaker: { failures: 100, of: 5 },
};

export function planFor(target: TargetRef): Plan {
  return {
    action: 'scale',
    target,
    uid: '5f0e0000-0000-4000-8000-00000000091c',
    change: { kind: 'scale', from: 3, to: 4 },
    summary: 'replicas 3 → 4',
    digest: `digest of ${targetKey(target)}`,
    resourceVersion: '17',
    generation: 4,
    takesAway: 0,
    startsPods: true,
  };
}

export interface OperationSample extends Partial<Operation> {
  readonly id: string;
  readonly incident: number;
  readonly target?: TargetRef;
}

export function operationAt(nowMs: number, { target = CHECKOUT, ...given }: OperationSample): Operation {
  return {
    number: `${given.incident}.1`,
    purpose: 'fix',
    rung: 0,
    playbook: 'high-memory-usage',
    alertname: 'HighMemoryUsage',
    plan: planFor(target),
    before: { 'memory of limit': 0.93 },
    executor: 'direct',
    state: 'reserved',
    reservedAtMs: nowMs,
    claimByMs: nowMs + 5 * MINUTE,
    ...given,
  };
}

export function checkOf(operation: Operation, limits: Limits = WIDE): ReserveCheck {
  return {
    incident: operation.incident,
    target: targetKey(operation.plan.target),
    namespace: operation.plan.target.namespace,
    playbook: operation.playbook,
    alertname: operation.alertname,
    action: operation.plan.action,
    purpose: operation.purpose,
    limits,
  };
}

export function reserving(operation: Operation, limits: Limits = WIDE): StoreChange {
  return { kind: 'reserve', operation, check: checkOf(operation, limits) };
}

/** Claims the one incident of a lane that is due; anything else fails the test. */
export async function claimOne(store: Store, lane: Lane = 'plan'): Promise<Claimed> {
  const { claimed } = await store.claimDue(lane, 10);
  assert.equal(claimed.length, 1, `one incident is due in the ${lane} lane`);
  return claimed[0] as Claimed;
}

export interface Step {
  readonly next?: Partial<Incident>;
  readonly changes?: readonly StoreChange[];
  readonly dueAtMs?: number;
}

export async function step(
  store: Store,
  claimed: Claimed,
  { next, changes = [], dueAtMs }: Step,
): Promise<Committed> {
  return await store.commit(claimed, { next: { ...claimed.incident, ...next }, changes, dueAtMs });
}

/** Opens an incident by an alert of its own and returns it claimed. */
export async function openAndClaim(store: Store, fingerprint: string): Promise<Claimed> {
  await store.receive([firing({ fingerprint })]);
  const { claimed } = await store.claimDue('plan', 100);
  const mine = claimed.find(({ incident }) =>
    incident.alerts.some((alert) => alert.fingerprint === fingerprint),
  );
  assert.ok(mine, `the incident of ${fingerprint} is claimed`);
  return mine;
}

/** An incident whose operation is reserved. */
export async function reserveFor(
  bench: StoreBench,
  store: Store,
  sample: Omit<OperationSample, 'incident'>,
): Promise<Operation> {
  const claimed = await openAndClaim(store, `alert of ${sample.id}`);
  const operation = operationAt(bench.clock.now(), { ...sample, incident: claimed.incident.id });
  const committed = await step(store, claimed, {
    next: { state: 'executing', operation: operation.id, target: operation.plan.target },
    changes: [reserving(operation)],
  });
  assert.deepEqual(committed, { kind: 'committed' });
  return operation;
}

/** The same, carried out and reported as done. */
export async function finishFor(
  bench: StoreBench,
  store: Store,
  sample: Omit<OperationSample, 'incident'>,
): Promise<Operation> {
  const operation = await reserveFor(bench, store, sample);
  assert.equal((await store.claimOperation(operation.id, 'nonce', { actBudgetMs: MINUTE })).kind, 'claimed');
  assert.equal(await store.reportOperation(operation.id, 'nonce', { to: 'done', how: 'reported' }), true);
  return operation;
}

export async function commanded(
  store: Store,
  id: number,
  { next, changes = [], dueAtMs }: Step,
): Promise<void> {
  const answer = await store.command(id, (incident) => ({
    kind: 'accepted',
    decision: { next: { ...incident, ...next }, changes, dueAtMs },
  }));
  assert.equal(answer?.kind, 'accepted');
}

export const SELF_HEALED = (atMs: number): Partial<Incident> => ({
  state: 'closed',
  ended: { atMs, how: 'self-healed', why: 'proved not firing' },
});
