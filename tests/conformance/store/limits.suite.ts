import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LimitFacts, ReserveCheck } from '../../../src/domain/limits.ts';
import type { Operation } from '../../../src/domain/operation.ts';
import {
  CHECKOUT,
  checkOf,
  claimOne,
  commanded,
  DAY,
  finishFor,
  HOUR,
  MINUTE,
  openAndClaim,
  operationAt,
  reserveFor,
  reserving,
  SELF_HEALED,
  step,
  WIDE,
} from './samples.ts';
import type { OpenBench, StoreBench } from './samples.ts';

type Proof = NonNullable<Operation['verdict']>;

const CART = { ...CHECKOUT, name: 'cart' };
const BILLING = { kind: 'Deployment', namespace: 'billing', name: 'ledger' };

/** What a plan for the sample's target, of an incident that is not there yet, would be checked against. */
function nextCheck(bench: StoreBench, given: Partial<ReserveCheck> = {}): ReserveCheck {
  return { ...checkOf(operationAt(bench.clock.now(), { id: 'next', incident: 999 })), ...given };
}

async function factsNow(bench: StoreBench, given: Partial<ReserveCheck> = {}): Promise<LimitFacts> {
  return await bench.store.limitFacts(nextCheck(bench, given));
}

async function prove(bench: StoreBench, operation: Operation, verdict: Proof): Promise<void> {
  bench.clock.advance(1);
  await commanded(bench.store, operation.incident, {
    changes: [{ kind: 'verdict', operation: operation.id, verdict }],
  });
}

function counting(open: OpenBench): void {
  test('an empty store counts nothing', async () => {
    const bench = await open();
    assert.deepEqual(await factsNow(bench), {
      nowMs: bench.clock.now(),
      paused: [],
      live: 0,
      liveOnTarget: [],
      changesOnTarget: 0,
      changesByPlaybook: 0,
      changesInNamespace: 0,
      changesInCluster: 0,
      recentProofs: [],
      streak: { fixed: 0, notFixed: 0 },
      newTargets: { cluster: 0, namespace: 0, unresolved: 0 },
    });
    await bench.end();
  });

  test('live operations are counted on the target and in all', async () => {
    const bench = await open();
    await reserveFor(bench, bench.store, { id: 'op-1', number: '1.1' });
    await reserveFor(bench, bench.store, { id: 'op-2', target: CART });
    await bench.store.claimOperation('op-2', 'n', { actBudgetMs: MINUTE });
    const facts = await factsNow(bench);
    assert.equal(facts.live, 2);
    assert.deepEqual(facts.liveOnTarget, ['1.1']);
    await bench.end();
  });

  test('changes are counted by target, playbook, namespace and cluster, each within its time', async () => {
    const bench = await open();
    await finishFor(bench, bench.store, { id: 'op-1' });
    await finishFor(bench, bench.store, { id: 'op-2', target: CART });
    await finishFor(bench, bench.store, { id: 'op-3', target: BILLING, playbook: 'crash-loop' });
    const counts = ({
      changesOnTarget,
      changesByPlaybook,
      changesInNamespace,
      changesInCluster,
    }: LimitFacts): readonly number[] => [
      changesOnTarget,
      changesByPlaybook,
      changesInNamespace,
      changesInCluster,
    ];
    assert.deepEqual(counts(await factsNow(bench)), [1, 2, 2, 3]);
    bench.clock.advance(HOUR);
    assert.deepEqual(counts(await factsNow(bench)), [1, 0, 0, 0]);
    bench.clock.advance(DAY);
    assert.deepEqual(counts(await factsNow(bench)), [0, 0, 0, 0]);
    await bench.end();
  });

  test('what certainly had no effect is no change; what nobody can know is one', async () => {
    const bench = await open();
    for (const [id, to] of [
      ['op-1', 'not-done'],
      ['op-2', 'unknown'],
    ] as const) {
      await reserveFor(bench, bench.store, { id });
      await bench.store.claimOperation(id, 'n', { actBudgetMs: MINUTE });
      await bench.store.reportOperation(id, 'n', { to, how: '' });
    }
    const { incident } = await reserveFor(bench, bench.store, { id: 'op-3' });
    await commanded(bench.store, incident, {
      changes: [{ kind: 'end-operation', id: 'op-3', from: 'reserved', to: 'closed', how: '' }],
    });
    assert.equal((await factsNow(bench)).changesOnTarget, 1);
    await bench.end();
  });

  test('the end of the last other incident on the target is known, the own one does not count', async () => {
    const bench = await open();
    const { incident } = await finishFor(bench, bench.store, { id: 'op-1' });
    assert.equal((await factsNow(bench)).lastEndedAtMs, undefined);
    bench.clock.advance(MINUTE);
    const endedAtMs = bench.clock.now();
    await commanded(bench.store, incident, { next: SELF_HEALED(endedAtMs) });
    bench.clock.advance(MINUTE);
    assert.equal((await factsNow(bench)).lastEndedAtMs, endedAtMs);
    assert.equal((await factsNow(bench, { incident })).lastEndedAtMs, undefined);
    await bench.end();
  });

  test("a breaker sees the playbook's last proofs, newest first; cannot-tell is none, harm is a failure", async () => {
    const bench = await open();
    const verdicts: readonly Proof[] = [
      'not-fixed',
      'not-fixed',
      'fixed',
      'cannot-tell',
      'harm',
      'fixed',
      'not-fixed',
    ];
    for (const [at, verdict] of verdicts.entries()) {
      await prove(bench, await finishFor(bench, bench.store, { id: `op-${at}` }), verdict);
    }
    await prove(bench, await finishFor(bench, bench.store, { id: 'other', playbook: 'crash-loop' }), 'fixed');
    assert.deepEqual((await factsNow(bench)).recentProofs, [false, true, false, true, false]);
    await bench.end();
  });

  test('a streak is of one alert and action of the playbook', async () => {
    const bench = await open();
    for (const [at, verdict] of (['not-fixed', 'fixed', 'cannot-tell', 'fixed'] as const).entries()) {
      await prove(bench, await finishFor(bench, bench.store, { id: `op-${at}` }), verdict);
    }
    await prove(
      bench,
      await finishFor(bench, bench.store, { id: 'other', alertname: 'HighLatency' }),
      'not-fixed',
    );
    assert.deepEqual((await factsNow(bench)).streak, { fixed: 2, notFixed: 0 });
    assert.deepEqual((await factsNow(bench, { alertname: 'HighLatency' })).streak, { fixed: 0, notFixed: 1 });
    assert.deepEqual((await factsNow(bench, { action: 'rollout-restart' })).streak, {
      fixed: 0,
      notFixed: 0,
    });
    await bench.end();
  });

  test("new targets are counted once each, alerts without one apart, within the storm's time", async () => {
    const bench = await open();
    const targets = [CHECKOUT, CHECKOUT, CART, BILLING, undefined, undefined];
    for (const [at, target] of targets.entries()) {
      await step(bench.store, await openAndClaim(bench.store, String(at)), {
        next: { state: 'waiting', ...(target && { target }) },
      });
    }
    assert.deepEqual((await factsNow(bench)).newTargets, { cluster: 3, namespace: 2, unresolved: 2 });
    bench.clock.advance(10 * MINUTE);
    assert.deepEqual((await factsNow(bench)).newTargets, { cluster: 0, namespace: 0, unresolved: 0 });
    await bench.end();
  });

  test('a storm lasts until it is calm, longer when it is fed, never shorter', async () => {
    const bench = await open();
    const { store, clock } = bench;
    const { incident } = await openAndClaim(store, 'a');
    const sinceMs = clock.now();
    const feed = async (scope: string, calmAtMs: number): Promise<void> =>
      await commanded(store, incident.id, { changes: [{ kind: 'storm', scope, calmAtMs }] });
    await feed('namespace billing', sinceMs + HOUR);
    assert.equal((await factsNow(bench)).storm, undefined);
    await feed('the cluster', sinceMs + 15 * MINUTE);
    clock.advance(MINUTE);
    await feed('the cluster', sinceMs + 5 * MINUTE);
    assert.deepEqual((await factsNow(bench)).storm, {
      scope: 'the cluster',
      sinceMs,
      calmAtMs: sinceMs + 15 * MINUTE,
    });
    await feed('the cluster', sinceMs + 20 * MINUTE);
    assert.equal((await factsNow(bench)).storm?.calmAtMs, sinceMs + 20 * MINUTE);
    clock.advance(20 * MINUTE);
    assert.equal((await factsNow(bench)).storm, undefined);
    await feed('the cluster', clock.now() + MINUTE);
    assert.equal((await factsNow(bench)).storm?.sinceMs, clock.now());
    await bench.end();
  });

  test('who has taken the target is known until the take ends', async () => {
    const bench = await open();
    await bench.store.take({
      target: 'Deployment/shop/checkout',
      by: 'anna',
      because: '',
      untilMs: bench.clock.now() + MINUTE,
    });
    assert.equal((await factsNow(bench)).takenBy, 'anna');
    bench.clock.advance(MINUTE);
    assert.equal((await factsNow(bench)).takenBy, undefined);
    await bench.end();
  });
}

function reservingConforms(open: OpenBench): void {
  test('a reservation that a limit refuses writes nothing and keeps the claim', async () => {
    const bench = await open();
    const { store, clock } = bench;
    await reserveFor(bench, store, { id: 'op-1' });
    const claimed = await openAndClaim(store, 'b');
    const operation = operationAt(clock.now(), { id: 'op-2', incident: claimed.incident.id });
    const note = { kind: 'timeline', entry: { kind: 'reserved', text: 'never written' } } as const;
    const refused = await step(store, claimed, {
      next: { state: 'executing' },
      changes: [note, reserving(operation)],
    });
    assert.equal(refused.kind, 'limited');
    assert.deepEqual(refused.facts.liveOnTarget, ['1.1']);
    assert.equal(await store.knowsOperation('op-2'), false);
    assert.equal((await store.incident(claimed.incident.id))?.incident.state, 'open');
    assert.deepEqual(await step(store, claimed, { next: { state: 'waiting' } }), { kind: 'committed' });
    await bench.end();
  });

  test('the operation that ends in the same transition makes room for the next on its target', async () => {
    const bench = await open();
    const { store, clock } = bench;
    const { incident } = await finishFor(bench, store, { id: 'op-1' });
    const claimed = await claimOne(store, 'act');
    await step(store, claimed, { next: { state: 'verifying' }, dueAtMs: clock.now() });
    const undo = operationAt(clock.now(), { id: 'op-2', incident, purpose: 'undo' });
    const again = await claimOne(store, 'prove');
    assert.equal(
      (
        await step(store, again, {
          next: { state: 'executing', operation: 'op-2' },
          changes: [reserving(undo)],
          dueAtMs: clock.now(),
        })
      ).kind,
      'committed',
    );
    const retry = operationAt(clock.now(), { id: 'op-3', incident, purpose: 'undo' });
    const close = { kind: 'end-operation', id: 'op-2', from: 'reserved', to: 'closed', how: '' } as const;
    assert.equal(
      (await step(store, await claimOne(store, 'act'), { changes: [close, reserving(retry)] })).kind,
      'committed',
    );
    await bench.end();
  });

  test('rungs of one incident follow each other without a cooldown, another incident waits for it', async () => {
    const bench = await open();
    const { store, clock } = bench;
    const limits = { ...WIDE, target: { ...WIDE.target, cooldownMs: 30 * MINUTE } };
    const { incident } = await finishFor(bench, store, { id: 'op-1' });
    const second = operationAt(clock.now(), { id: 'op-2', incident });
    const inTime = await step(store, await claimOne(store, 'act'), {
      next: { operation: 'op-2' },
      changes: [reserving(second, limits)],
    });
    assert.equal(inTime.kind, 'committed');
    await commanded(store, incident, {
      next: SELF_HEALED(clock.now()),
      changes: [{ kind: 'end-operation', id: 'op-2', from: 'reserved', to: 'closed', how: '' }],
    });
    const claimed = await openAndClaim(store, 'b');
    const other = reserving(operationAt(clock.now(), { id: 'op-3', incident: claimed.incident.id }), limits);
    assert.equal((await step(store, claimed, { changes: [other] })).kind, 'limited');
    clock.advance(30 * MINUTE);
    assert.equal((await step(store, claimed, { changes: [other] })).kind, 'committed');
    await bench.end();
  });

  test('a bug that reserves for another incident is thrown, not written', async () => {
    const bench = await open();
    const claimed = await openAndClaim(bench.store, 'a');
    const stray = operationAt(bench.clock.now(), { id: 'op-1', incident: 999 });
    await assert.rejects(step(bench.store, claimed, { changes: [reserving(stray)] }), /is not of incident/);
    assert.equal(await bench.store.knowsOperation('op-1'), false);
    await bench.end();
  });
}

export function limitsConform(open: OpenBench): void {
  describe('counting for limits', () => counting(open));
  describe('reserving', () => reservingConforms(open));
}
