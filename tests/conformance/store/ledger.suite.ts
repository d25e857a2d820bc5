import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Owed } from '../../../src/domain/operation.ts';
import type { PauseScope } from '../../../src/ports/store.ts';
import {
  CHECKOUT,
  checkOf,
  claimOne,
  HOUR,
  MINUTE,
  openAndClaim,
  operationAt,
  reserveFor,
  reserving,
  SELF_HEALED,
  step,
} from './samples.ts';
import type { OpenBench } from './samples.ts';

const BUDGET = { actBudgetMs: MINUTE };

/** Every scope that touches the sample's target. */
const SCOPES: readonly PauseScope[] = [
  { kind: 'everywhere' },
  { kind: 'namespace', name: 'shop' },
  { kind: 'playbook', name: 'high-memory-usage' },
  { kind: 'target', name: 'Deployment/shop/checkout' },
  { kind: 'target', name: 'shop/checkout' },
];

function claimingOperations(open: OpenBench): void {
  test('a claim gives the operation with its limit; the same process gets the same answer again', async () => {
    const bench = await open();
    const { store, clock } = bench;
    await reserveFor(bench, store, { id: 'op-1' });
    const first = await store.claimOperation('op-1', 'n', BUDGET);
    assert.equal(first.kind, 'claimed');
    assert.equal(first.operation.state, 'claimed');
    assert.equal(first.operation.claimedAtMs, clock.now());
    assert.equal(first.operation.actByMs, clock.now() + MINUTE);
    clock.advance(HOUR);
    assert.deepEqual(await store.claimOperation('op-1', 'n', BUDGET), first);
    assert.deepEqual(
      (await store.timeline({ limit: 10 })).map(({ kind }) => kind),
      ['alert', 'claimed'],
    );
    await bench.end();
  });

  test('another process is refused', async () => {
    const bench = await open();
    const { store } = bench;
    await reserveFor(bench, store, { id: 'op-1' });
    const [one, other] = await Promise.all([
      store.claimOperation('op-1', 'n', BUDGET),
      store.claimOperation('op-1', 'm', BUDGET),
    ]);
    assert.equal(one.kind, 'claimed');
    assert.equal(other.kind, 'refused');
    assert.equal((await store.claimOperation('nowhere', 'n', BUDGET)).kind, 'refused');
    await bench.end();
  });

  test('it can be claimed until claimBy, and not later', async () => {
    const bench = await open();
    const { store, clock } = bench;
    await reserveFor(bench, store, { id: 'op-1' });
    await reserveFor(bench, store, { id: 'op-2', target: { ...CHECKOUT, name: 'cart' } });
    clock.advance(5 * MINUTE);
    assert.equal((await store.claimOperation('op-1', 'n', BUDGET)).kind, 'claimed');
    clock.advance(1);
    assert.equal((await store.claimOperation('op-2', 'n', BUDGET)).kind, 'refused');
    await bench.end();
  });

  test('the approval that an operation was reserved with is the one that it is claimed with', async () => {
    const bench = await open();
    const { store } = bench;
    await reserveFor(bench, store, { id: 'op-1', approvedDigest: 'approved' });
    const claim = await store.claimOperation('op-1', 'n', BUDGET);
    assert.equal(claim.kind === 'claimed' && claim.operation.approvedDigest, 'approved');
    await bench.end();
  });

  test('another plan than the approved one is refused', async () => {
    const bench = await open();
    const { store } = bench;
    const { plan } = await reserveFor(bench, store, { id: 'op-1' });
    assert.equal(
      (await store.claimOperation('op-1', 'n', { ...BUDGET, approvedDigest: 'another' })).kind,
      'refused',
    );
    assert.equal(
      (await store.claimOperation('op-1', 'n', { ...BUDGET, approvedDigest: plan.digest })).kind,
      'claimed',
    );
    await bench.end();
  });

  for (const scope of SCOPES) {
    const name = scope.kind === 'everywhere' ? '' : ` ${scope.name}`;
    test(`once a pause of ${scope.kind}${name} is committed nothing is reserved, claimed or written`, async () => {
      const bench = await open();
      const { store, clock } = bench;
      await reserveFor(bench, store, { id: 'op-1' });
      await store.pause({ scope, by: 'anna', because: 'looking', all: false });
      assert.equal((await store.claimOperation('op-1', 'n', BUDGET)).kind, 'refused');
      assert.equal(await store.resume(scope), true);
      assert.equal((await store.claimOperation('op-1', 'n', BUDGET)).kind, 'claimed');
      assert.equal((await store.mayWrite('op-1', 'n')).kind, 'claimed');
      await store.pause({ scope, by: 'anna', because: 'looking', all: false });
      assert.equal((await store.mayWrite('op-1', 'n')).kind, 'refused');
      await store.reportOperation('op-1', 'n', { to: 'not-done', how: 'paused' });
      const claimed = await openAndClaim(store, 'b');
      const operation = operationAt(clock.now(), { id: 'op-2', incident: claimed.incident.id });
      const refused = await step(store, claimed, { changes: [reserving(operation)] });
      assert.equal(refused.kind, 'limited');
      assert.deepEqual(refused.facts.paused, [`${scope.kind}${name}`]);
      await bench.end();
    });
  }

  test('a pause of something else holds nothing back', async () => {
    const bench = await open();
    const { store } = bench;
    await reserveFor(bench, store, { id: 'op-1' });
    for (const kind of ['namespace', 'playbook', 'target'] as const) {
      await store.pause({ scope: { kind, name: 'other' }, by: 'anna', because: '', all: true });
    }
    assert.equal((await store.claimOperation('op-1', 'n', BUDGET)).kind, 'claimed');
    assert.equal((await store.mayWrite('op-1', 'n')).kind, 'claimed');
    await bench.end();
  });

  test('a pause and a claim of one turn go by the order of asking', async () => {
    const bench = await open();
    const { store } = bench;
    await reserveFor(bench, store, { id: 'op-1' });
    const order = { scope: { kind: 'everywhere' }, by: 'anna', because: '', all: false } as const;
    const [, claim] = await Promise.all([store.pause(order), store.claimOperation('op-1', 'n', BUDGET)]);
    assert.equal(claim.kind, 'refused');
    await bench.end();
  });

  test('a write may be sent by who claimed it, before actBy, while nobody has taken the target', async () => {
    const bench = await open();
    const { store, clock } = bench;
    await reserveFor(bench, store, { id: 'op-1' });
    assert.equal((await store.mayWrite('op-1', 'n')).kind, 'refused');
    await store.claimOperation('op-1', 'n', BUDGET);
    assert.equal((await store.mayWrite('op-1', 'm')).kind, 'refused');
    assert.equal((await store.mayWrite('op-1', 'n')).kind, 'claimed');
    await store.take({ target: 'Deployment/shop/checkout', by: 'anna', because: 'by hand' });
    assert.equal((await store.mayWrite('op-1', 'n')).kind, 'refused');
    assert.equal(await store.untake('Deployment/shop/checkout'), true);
    clock.advance(MINUTE - 1);
    assert.equal((await store.mayWrite('op-1', 'n')).kind, 'claimed');
    clock.advance(1);
    assert.equal((await store.mayWrite('op-1', 'n')).kind, 'refused');
    await bench.end();
  });

  test('what undoes our own change is written although the target is taken and paused, but for a pause of all', async () => {
    const bench = await open();
    const { store } = bench;
    await reserveFor(bench, store, { id: 'op-1', purpose: 'undo' });
    await store.take({ target: 'Deployment/shop/checkout', by: 'anna', because: 'by hand' });
    await store.pause({ scope: { kind: 'everywhere' }, by: 'anna', because: '', all: false });
    assert.equal((await store.claimOperation('op-1', 'n', BUDGET)).kind, 'claimed');
    assert.equal((await store.mayWrite('op-1', 'n')).kind, 'claimed');
    await store.pause({ scope: { kind: 'everywhere' }, by: 'anna', because: '', all: true });
    assert.equal((await store.mayWrite('op-1', 'n')).kind, 'refused');
    await bench.end();
  });
}

function reporting(open: OpenBench): void {
  for (const to of ['done', 'not-done', 'unknown'] as const) {
    test(`a report of ${to} is taken once, nudges the incident, and may be repeated`, async () => {
      const bench = await open();
      const { store, clock } = bench;
      const { incident } = await reserveFor(bench, store, { id: 'op-1' });
      await store.claimOperation('op-1', 'n', BUDGET);
      assert.equal(await store.nextDueMs('act'), undefined);
      assert.equal(await store.reportOperation('op-1', 'm', { to, how: 'stranger' }), false);
      assert.equal(await store.reportOperation('op-1', 'n', { to, how: 'seen' }), true);
      assert.equal(await store.reportOperation('op-1', 'n', { to, how: 'seen' }), true);
      const claimed = await claimOne(store, 'act');
      assert.equal(claimed.incident.id, incident);
      assert.equal(claimed.operation?.state, to);
      assert.equal(claimed.operation.how, 'seen');
      assert.equal(claimed.operation.endedAtMs, clock.now());
      const other = to === 'done' ? 'unknown' : 'done';
      assert.equal(await store.reportOperation('op-1', 'n', { to: other, how: 'changed my mind' }), false);
      await bench.end();
    });
  }

  test('an operation that nobody claimed cannot be reported', async () => {
    const bench = await open();
    await reserveFor(bench, bench.store, { id: 'op-1' });
    assert.equal(await bench.store.reportOperation('op-1', 'n', { to: 'done', how: '' }), false);
    await bench.end();
  });

  test('a worker that adopts an operation loses against the report that came first', async () => {
    const bench = await open();
    const { store, clock } = bench;
    const { incident } = await reserveFor(bench, store, { id: 'op-1' });
    await store.claimOperation('op-1', 'n', BUDGET);
    await store.command(incident, (now, _operation, nowMs) => ({
      kind: 'accepted',
      decision: { next: now, changes: [], dueAtMs: nowMs },
    }));
    const claimed = await claimOne(store, 'act');
    await store.reportOperation('op-1', 'n', { to: 'done', how: 'reported' });
    const adopt = {
      kind: 'end-operation',
      id: 'op-1',
      from: 'claimed',
      to: 'done',
      how: 'mark found',
      adopted: true,
    } as const;
    assert.deepEqual(await step(store, claimed, { next: { state: 'verifying' }, changes: [adopt] }), {
      kind: 'lost',
    });
    assert.equal(await store.nextDueMs('act'), clock.now());
    assert.equal((await claimOne(store, 'act')).operation?.how, 'reported');
    await bench.end();
  });

  test('an operation that is closed unclaimed cannot be claimed any more', async () => {
    const bench = await open();
    const { store, clock } = bench;
    await reserveFor(bench, store, { id: 'op-1' });
    const [incident] = await store.incidents({ limit: 1 });
    const close = {
      kind: 'end-operation',
      id: 'op-1',
      from: 'reserved',
      to: 'closed',
      how: 'nobody claimed it',
    } as const;
    await store.command(incident?.incident.id ?? 0, (now) => ({
      kind: 'accepted',
      decision: { next: { ...now, state: 'open' }, changes: [close], dueAtMs: undefined },
    }));
    assert.equal((await store.claimOperation('op-1', 'n', BUDGET)).kind, 'refused');
    const [operation] = await store.operations(incident?.incident.id ?? 0);
    assert.equal(operation?.state, 'closed');
    assert.equal(operation.endedAtMs, clock.now());
    await bench.end();
  });

  test('an operation is read as it was written, and known by its id', async () => {
    const bench = await open();
    const { store } = bench;
    const reserved = await reserveFor(bench, store, { id: 'op-1', executor: 'gitea' });
    assert.deepEqual(await store.operations(reserved.incident), [reserved]);
    assert.deepEqual(await store.reservedOperations('gitea'), [reserved]);
    assert.deepEqual(await store.reservedOperations('direct'), []);
    assert.equal(await store.knowsOperation('op-1'), true);
    assert.equal(await store.knowsOperation('op-2'), false);
    await store.claimOperation('op-1', 'n', BUDGET);
    assert.deepEqual(await store.reservedOperations('gitea'), []);
    await bench.end();
  });

  test('what was reserved for a target is found newest first, as long back as asked', async () => {
    const bench = await open();
    const { store, clock } = bench;
    const beganMs = clock.now();
    const cart = { ...CHECKOUT, name: 'cart' };
    await reserveFor(bench, store, { id: 'op-1' });
    await store.claimOperation('op-1', 'n', BUDGET);
    await store.reportOperation('op-1', 'n', { to: 'done', how: 'accepted' });
    await reserveFor(bench, store, { id: 'op-2', target: cart });
    clock.advance(HOUR);
    await reserveFor(bench, store, { id: 'op-3' });
    const idsSince = async (target: typeof CHECKOUT, sinceMs: number): Promise<readonly string[]> =>
      (await store.recentOperations(target, sinceMs)).map(({ id, state }) => `${id} ${state}`);
    assert.deepEqual(await idsSince(CHECKOUT, beganMs), ['op-3 reserved', 'op-1 done']);
    assert.deepEqual(await idsSince(CHECKOUT, beganMs + 1), ['op-3 reserved']);
    assert.deepEqual(await idsSince(cart, beganMs), ['op-2 reserved']);
    assert.deepEqual(await idsSince({ ...CHECKOUT, namespace: 'pay' }, beganMs), []);
    await bench.end();
  });
}

async function owing(bench: Awaited<ReturnType<OpenBench>>): Promise<Owed> {
  const { store, clock } = bench;
  const claimed = await openAndClaim(store, 'owes');
  const owed: Omit<Owed, 'id'> = {
    incident: claimed.incident.id,
    causedBy: 'op-0',
    target: CHECKOUT,
    playbook: 'high-memory-usage',
    purpose: 'give-back',
    change: { kind: 'scale', from: 4, to: 3 },
    dueAtMs: clock.now() + HOUR,
    giveBackMs: HOUR,
  };
  await step(store, claimed, { next: SELF_HEALED(clock.now()), changes: [{ kind: 'owe', owed }] });
  assert.deepEqual((await store.owedDue(10)).owed, []);
  assert.deepEqual(await store.allOwed(), [{ ...owed, id: 1 }]);
  clock.advance(HOUR);
  const { owed: due } = await store.owedDue(10);
  assert.equal(due.length, 1);
  return due[0] as Owed;
}

function debts(open: OpenBench): void {
  test('a debt falls due by itself, also after its incident has ended', async () => {
    const bench = await open();
    const owed = await owing(bench);
    assert.equal((await bench.store.counts()).owed, 1);
    assert.deepEqual(
      await bench.store.settleOwed(owed, { kind: 'settled', text: 'nothing left to give back' }),
      { kind: 'committed' },
    );
    assert.deepEqual(await bench.store.allOwed(), []);
    assert.equal((await bench.store.timeline({ limit: 10 })).at(-1)?.kind, 'owed');
    await bench.end();
  });

  test('a debt that must wait says why', async () => {
    const bench = await open();
    const owed = await owing(bench);
    const later = bench.clock.now() + MINUTE;
    await bench.store.settleOwed(owed, { kind: 'later', dueAtMs: later, note: 'a rollout is running' });
    assert.deepEqual((await bench.store.owedDue(10)).owed, []);
    const [waiting] = await bench.store.allOwed();
    assert.equal(waiting?.note, 'a rollout is running');
    assert.equal(waiting.dueAtMs, later);
    await bench.end();
  });

  test('the operation that pays a debt is reserved once, and its report makes the debt due', async () => {
    const bench = await open();
    const { store, clock } = bench;
    const owed = await owing(bench);
    const operation = operationAt(clock.now(), { id: 'op-1', incident: owed.incident, purpose: 'give-back' });
    const pay = {
      kind: 'reserve',
      operation,
      check: checkOf(operation),
      dueAtMs: clock.now() + HOUR,
    } as const;
    assert.deepEqual(await store.settleOwed(owed, pay), { kind: 'committed' });
    assert.deepEqual(await store.settleOwed(owed, pay), { kind: 'lost' });
    await store.claimOperation('op-1', 'n', BUDGET);
    const [before] = await store.allOwed();
    clock.advance(1);
    await store.reportOperation('op-1', 'n', { to: 'done', how: 'reported' });
    const { owed: due } = await store.owedDue(10);
    assert.equal(due[0]?.operation?.state, 'done');
    assert.deepEqual(await store.settleOwed(before as Owed, { kind: 'settled', text: 'stale' }), {
      kind: 'lost',
    });
    assert.deepEqual(await store.settleOwed(due[0], { kind: 'settled', text: 'replicas 4 → 3' }), {
      kind: 'committed',
    });
    await bench.end();
  });

  test('whoever settles a debt by an old reading loses, however little has moved', async () => {
    const bench = await open();
    const { store, clock } = bench;
    const owed = await owing(bench);
    const dueAtMs = clock.now();
    const operation = operationAt(dueAtMs, { id: 'op-1', incident: owed.incident, purpose: 'give-back' });
    await store.settleOwed(owed, { kind: 'reserve', operation, check: checkOf(operation), dueAtMs });
    const [reserved] = await store.allOwed();
    await store.claimOperation('op-1', 'n', BUDGET);
    const stale = { kind: 'settled', text: 'stale' } as const;
    assert.deepEqual(await store.settleOwed(reserved as Owed, stale), { kind: 'lost' });
    const [claimed] = await store.allOwed();
    await store.settleOwed(claimed as Owed, { kind: 'later', dueAtMs: dueAtMs + MINUTE, note: 'running' });
    assert.deepEqual(await store.settleOwed(claimed as Owed, stale), { kind: 'lost' });
    await bench.end();
  });

  test('only a pause of all holds a debt back', async () => {
    const bench = await open();
    const { store, clock } = bench;
    const owed = await owing(bench);
    const operation = operationAt(clock.now(), { id: 'op-1', incident: owed.incident, purpose: 'give-back' });
    const pay = {
      kind: 'reserve',
      operation,
      check: checkOf(operation),
      dueAtMs: clock.now() + HOUR,
    } as const;
    await store.pause({ scope: { kind: 'namespace', name: 'shop' }, by: 'anna', because: '', all: true });
    assert.equal((await store.settleOwed(owed, pay)).kind, 'limited');
    await store.pause({ scope: { kind: 'namespace', name: 'shop' }, by: 'anna', because: '', all: false });
    assert.equal((await store.settleOwed(owed, pay)).kind, 'committed');
    await bench.end();
  });

  test('settling can end the operation that paid, so that the target is free again', async () => {
    const bench = await open();
    const { store, clock } = bench;
    const owed = await owing(bench);
    const operation = operationAt(clock.now(), { id: 'op-1', incident: owed.incident, purpose: 'give-back' });
    await store.settleOwed(owed, {
      kind: 'reserve',
      operation,
      check: checkOf(operation),
      dueAtMs: clock.now(),
    });
    const [reserved] = await store.allOwed();
    const close = {
      kind: 'end-operation',
      id: 'op-1',
      from: 'reserved',
      to: 'closed',
      how: 'nobody claimed it',
    } as const;
    assert.deepEqual(
      await store.settleOwed(reserved as Owed, { kind: 'later', dueAtMs: clock.now(), note: 'again' }, [
        close,
      ]),
      { kind: 'committed' },
    );
    const facts = await store.limitFacts(checkOf(operation));
    assert.deepEqual(facts.liveOnTarget, []);
    await bench.end();
  });
}

function orders(open: OpenBench): void {
  test('pauses are listed with who, why and since when; one of a scope replaces the earlier', async () => {
    const { store, clock, end } = await open();
    const scope = { kind: 'namespace', name: 'shop' } as const;
    await store.pause({ scope, by: 'anna', because: 'first', all: false });
    clock.advance(1);
    await store.pause({ scope, by: 'ben', because: 'second', all: true });
    assert.deepEqual(await store.pauses(), [
      { scope, by: 'ben', because: 'second', all: true, atMs: clock.now() },
    ]);
    assert.equal(await store.resume({ kind: 'everywhere' }), false);
    assert.equal(await store.resume(scope), true);
    assert.deepEqual(await store.pauses(), []);
    await end();
  });

  test('a take ends when its time is up', async () => {
    const { store, clock, end } = await open();
    const untilMs = clock.now() + MINUTE;
    await store.take({ target: 'Deployment/shop/cart', by: 'anna', because: 'mine', untilMs });
    assert.deepEqual(await store.takes(), [
      { target: 'Deployment/shop/cart', by: 'anna', because: 'mine', atMs: clock.now(), untilMs },
    ]);
    clock.advance(MINUTE);
    assert.deepEqual(await store.takes(), []);
    assert.equal(await store.untake('Deployment/shop/cart'), false);
    await end();
  });

  test('pauses, takes and debts outlive the program', async () => {
    const bench = await open();
    await bench.store.pause({ scope: { kind: 'everywhere' }, by: 'anna', because: '', all: true });
    await bench.store.take({ target: 'Deployment/shop/cart', by: 'anna', because: '' });
    const store = await bench.reopen();
    assert.equal((await store.pauses()).length, 1);
    assert.equal((await store.takes()).length, 1);
    await bench.end();
  });
}

export function ledgerConforms(open: OpenBench): void {
  describe('claiming operations', () => claimingOperations(open));
  describe('reporting operations', () => reporting(open));
  describe('debts', () => debts(open));
  describe('orders of people', () => orders(open));
}
