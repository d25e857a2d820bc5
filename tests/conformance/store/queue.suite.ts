import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { State } from '../../../src/domain/incident.ts';
import type { Lane } from '../../../src/ports/store.ts';
import {
  CHECKOUT,
  claimOne,
  commanded,
  firing,
  HOUR,
  MINUTE,
  openAndClaim,
  operationAt,
  reserveFor,
  reserving,
  resolved,
  SELF_HEALED,
  step,
  WIDE,
} from './samples.ts';
import type { OpenBench } from './samples.ts';

const KEY = 'Deployment/shop/checkout';

function claiming(open: OpenBench): void {
  test('the most severe is claimed first, of those the oldest', async () => {
    const { store, clock, end } = await open();
    const severities = ['none', 'warning', 'info', 'critical', 'warning', 'page'];
    for (const [at, severity] of severities.entries()) {
      await store.receive([firing({ fingerprint: String(at), labels: { severity } })]);
      clock.advance(1);
    }
    const { claimed } = await store.claimDue('plan', 10);
    assert.deepEqual(
      claimed.map(({ incident }) => incident.alerts[0]?.fingerprint),
      ['3', '5', '1', '4', '2', '0'],
    );
    await end();
  });

  test('a claim takes no more than asked, and nobody else gets what is claimed', async () => {
    const { store, end } = await open();
    await store.receive(['a', 'b', 'c'].map((fingerprint) => firing({ fingerprint })));
    const [two, one, none] = await Promise.all([
      store.claimDue('plan', 2),
      store.claimDue('plan', 2),
      store.claimDue('plan', 2),
    ]);
    assert.deepEqual([two.claimed.length, one.claimed.length, none.claimed.length], [2, 1, 0]);
    await end();
  });

  const lanes: readonly (readonly [State, Lane])[] = [
    ['open', 'plan'],
    ['waiting', 'plan'],
    ['asking', 'plan'],
    ['executing', 'act'],
    ['verifying', 'prove'],
    ['handed-over', 'prove'],
  ];
  for (const [state, lane] of lanes) {
    test(`what is ${state} is looked at in the ${lane} lane when its time comes`, async () => {
      const { store, clock, end } = await open();
      await step(store, await openAndClaim(store, 'a'), { next: { state }, dueAtMs: clock.now() + MINUTE });
      assert.equal(await store.nextDueMs(lane), clock.now() + MINUTE);
      assert.deepEqual((await store.claimDue(lane, 10)).claimed, []);
      clock.advance(MINUTE);
      assert.equal((await claimOne(store, lane)).incident.state, state);
      await end();
    });
  }

  test('a claim that is given up is due again when asked', async () => {
    const { store, clock, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    await store.giveUp(claimed, clock.now() + MINUTE);
    assert.equal(await store.nextDueMs('plan'), clock.now() + MINUTE);
    assert.deepEqual(await step(store, claimed, {}), { kind: 'lost' });
    await end();
  });

  test('a worker whose claim went to another worker loses', async () => {
    const { store, clock, end } = await open();
    const first = await openAndClaim(store, 'a');
    await store.giveUp(first, clock.now());
    const second = await claimOne(store);
    assert.deepEqual(await step(store, first, {}), { kind: 'lost' });
    await store.giveUp(first, clock.now() + HOUR);
    assert.deepEqual(await step(store, second, {}), { kind: 'committed' });
    await end();
  });

  test('news during a claim that is given up makes it due at once', async () => {
    const { store, clock, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    await store.receive([resolved({ fingerprint: 'a' })]);
    await store.giveUp(claimed, clock.now() + MINUTE);
    assert.equal(await store.nextDueMs('plan'), clock.now());
    await end();
  });

  test('what an earlier start of the program had claimed is free, and its commit is lost', async () => {
    const bench = await open();
    const claimed = await openAndClaim(bench.store, 'a');
    const store = await bench.reopen();
    assert.deepEqual(await step(store, claimed, { next: { state: 'waiting' } }), { kind: 'lost' });
    const again = await claimOne(store);
    assert.equal(again.incident.state, 'open');
    assert.deepEqual(await step(store, again, {}), { kind: 'committed' });
    await bench.end();
  });
}

function committing(open: OpenBench): void {
  test('a transition writes the incident, its lines and its next look in one', async () => {
    const { store, clock, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    clock.advance(5);
    const changes = [
      { kind: 'timeline', entry: { kind: 'target', text: 'checkout', fields: { uid: 'u' } } },
    ] as const;
    await step(store, claimed, {
      next: { state: 'waiting', target: CHECKOUT },
      changes,
      dueAtMs: clock.now() + HOUR,
    });
    const row = await store.incident(claimed.incident.id);
    assert.equal(row?.dueAtMs, clock.now() + HOUR);
    assert.deepEqual(row.incident, { ...claimed.incident, state: 'waiting', target: CHECKOUT });
    const lines = await store.timeline({ incident: claimed.incident.id, limit: 10 });
    assert.deepEqual(lines.at(-1), {
      sequence: 2,
      incident: claimed.incident.id,
      atMs: clock.now(),
      kind: 'target',
      text: 'checkout',
      fields: { uid: 'u' },
    });
    await end();
  });

  test('the same claim commits once', async () => {
    const { store, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    const both = await Promise.all([
      step(store, claimed, {}),
      step(store, claimed, { next: { state: 'waiting' } }),
    ]);
    assert.deepEqual(both, [{ kind: 'committed' }, { kind: 'lost' }]);
    assert.equal((await store.incident(claimed.incident.id))?.incident.state, 'open');
    await end();
  });

  test('news during a claim makes it due at once, whatever the decision says', async () => {
    const { store, clock, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    await store.receive([resolved({ fingerprint: 'a' })]);
    await step(store, claimed, { next: { state: 'waiting' }, dueAtMs: clock.now() + HOUR });
    assert.equal(await store.nextDueMs('plan'), clock.now());
    await end();
  });

  test('an alert that fires while its incident is being ended wakes it again', async () => {
    const { store, clock, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    await store.receive([firing({ fingerprint: 'a', startsAtMs: 2_000 })]);
    await step(store, claimed, { next: SELF_HEALED(clock.now()) });
    assert.equal((await claimOne(store, 'prove')).refired, true);
    await end();
  });

  test('an alert that was over and fires again while its incident is being ended wakes it, too', async () => {
    const { store, clock, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    await store.receive([resolved({ fingerprint: 'a' })]);
    await store.receive([firing({ fingerprint: 'a' })]);
    await step(store, claimed, { next: SELF_HEALED(clock.now()) });
    assert.equal((await claimOne(store, 'prove')).refired, true);
    await end();
  });

  test('an alert that ends while its incident is being ended does not', async () => {
    const { store, clock, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    await store.receive([resolved({ fingerprint: 'a' })]);
    await step(store, claimed, { next: SELF_HEALED(clock.now()) });
    assert.equal(await store.nextDueMs('prove'), undefined);
    await end();
  });

  test('an incident that is opened again is not refired any more', async () => {
    const { store, clock, end } = await open();
    await step(store, await openAndClaim(store, 'a'), { next: SELF_HEALED(clock.now()) });
    await store.receive([firing({ fingerprint: 'a' })]);
    const { ended: _ended, ...living } = (await claimOne(store, 'prove')).incident;
    await commanded(store, living.id, { next: { ...living, state: 'open' }, dueAtMs: clock.now() });
    assert.equal((await claimOne(store)).refired, false);
    await end();
  });
}

function holding(open: OpenBench): void {
  test('a hold belongs to one incident; the other is told which and keeps its claim', async () => {
    const { store, end } = await open();
    const first = await openAndClaim(store, 'a');
    const second = await openAndClaim(store, 'b');
    await step(store, first, { next: { state: 'waiting' }, changes: [{ kind: 'hold', key: KEY }] });
    const note = { kind: 'timeline', entry: { kind: 'noted', text: 'never written' } } as const;
    const refused = await step(store, second, {
      next: { state: 'waiting' },
      changes: [note, { kind: 'hold', key: KEY }],
    });
    assert.deepEqual(refused, { kind: 'held', by: first.incident.id });
    assert.equal((await store.timeline({ incident: second.incident.id, limit: 10 })).length, 1);
    assert.equal((await store.incident(second.incident.id))?.incident.state, 'open');
    assert.deepEqual(await step(store, second, {}), { kind: 'committed' });
    await end();
  });

  test('taking a hold twice is taking it once', async () => {
    const { store, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    const hold = { kind: 'hold', key: KEY } as const;
    assert.deepEqual(await step(store, claimed, { changes: [hold, hold] }), { kind: 'committed' });
    assert.equal((await store.holder(KEY)).holder?.id, claimed.incident.id);
    await end();
  });

  for (const state of ['resolved', 'closed'] as const) {
    test(`an incident that is ${state} gives its hold back, and is known as the last that had it`, async () => {
      const { store, clock, end } = await open();
      const first = await openAndClaim(store, 'a');
      await step(store, first, {
        next: { ...SELF_HEALED(clock.now()), state },
        changes: [{ kind: 'hold', key: KEY }],
      });
      const { holder, last } = await store.holder(KEY);
      assert.equal(holder, undefined);
      assert.equal(last?.id, first.incident.id);
      const second = await openAndClaim(store, 'b');
      assert.deepEqual(await step(store, second, { changes: [{ kind: 'hold', key: KEY }] }), {
        kind: 'committed',
      });
      await end();
    });
  }

  test('an incident that is handed over keeps its hold, until it is released', async () => {
    const { store, clock, end } = await open();
    const hold = { kind: 'hold', key: KEY } as const;
    await step(store, await openAndClaim(store, 'a'), {
      next: { state: 'handed-over' },
      changes: [hold],
      dueAtMs: clock.now(),
    });
    const second = await openAndClaim(store, 'b');
    assert.equal((await step(store, second, { changes: [hold] })).kind, 'held');
    await step(store, await claimOne(store, 'prove'), { changes: [{ kind: 'release' }] });
    assert.deepEqual(await step(store, second, { changes: [hold] }), { kind: 'committed' });
    await end();
  });

  test('alerts that are handed on nudge the incident that gets them', async () => {
    const { store, clock, end } = await open();
    const holder = await openAndClaim(store, 'a');
    await step(store, holder, { next: { state: 'waiting' } });
    const joining = await openAndClaim(store, 'b');
    await store.receive([firing({ fingerprint: 'b', startsAtMs: 2_000 })]);
    await step(store, joining, {
      next: SELF_HEALED(clock.now()),
      changes: [{ kind: 'hand-alerts', to: holder.incident.id }],
    });
    const again = await claimOne(store);
    assert.equal(again.incident.id, holder.incident.id);
    assert.deepEqual(
      again.incident.alerts.map((alert) => alert.fingerprint),
      ['a', 'b', 'b'],
    );
    assert.equal(await store.nextDueMs('prove'), undefined);
    assert.deepEqual((await store.incident(joining.incident.id))?.incident.alerts, []);
    await end();
  });

  test('alerts that are handed to an incident that has ended wake it to be asked whether it begins again', async () => {
    const { store, clock, end } = await open();
    const holder = await openAndClaim(store, 'a');
    const joining = await openAndClaim(store, 'b');
    await step(store, holder, { next: SELF_HEALED(clock.now()) });
    const changes = [{ kind: 'hand-alerts', to: holder.incident.id }] as const;
    await step(store, joining, { next: SELF_HEALED(clock.now()), changes });
    const { claimed } = await store.claimDue('prove', 10);
    assert.deepEqual(
      claimed.map(({ incident, refired }) => [incident.id, refired, incident.alerts.length]),
      [[holder.incident.id, true, 2]],
    );
    await end();
  });
}

function commanding(open: OpenBench): void {
  test('a command is decided on the incident as it is, and the worker that has it in hand loses', async () => {
    const { store, clock, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    await commanded(store, claimed.incident.id, {
      next: { state: 'handed-over' },
      dueAtMs: clock.now() + HOUR,
    });
    assert.deepEqual(await step(store, claimed, { next: { state: 'executing' } }), { kind: 'lost' });
    const row = await store.incident(claimed.incident.id);
    assert.equal(row?.incident.state, 'handed-over');
    assert.equal(row.dueAtMs, clock.now() + HOUR);
    await end();
  });

  test('a command does not swallow news that nobody has looked at', async () => {
    const { store, clock, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    await store.receive([resolved({ fingerprint: 'a' })]);
    await commanded(store, claimed.incident.id, { next: { state: 'waiting' } });
    assert.equal(await store.nextDueMs('plan'), clock.now());
    await end();
  });

  test('a refused command writes nothing and leaves the claim alone', async () => {
    const { store, end } = await open();
    const claimed = await openAndClaim(store, 'a');
    const answer = await store.command(claimed.incident.id, () => ({
      kind: 'refused',
      why: 'It has ended.',
    }));
    assert.deepEqual(answer, { kind: 'refused', why: 'It has ended.' });
    assert.deepEqual(await step(store, claimed, {}), { kind: 'committed' });
    assert.equal(await store.command(999, () => assert.fail('nothing to decide on')), undefined);
    await end();
  });

  test('a command sees the operation and the time', async () => {
    const bench = await open();
    const operation = await reserveFor(bench, bench.store, { id: 'op-1' });
    await bench.store.command(operation.incident, (incident, seen, nowMs) => {
      assert.equal(incident.operation, 'op-1');
      assert.equal(seen?.state, 'reserved');
      assert.equal(nowMs, bench.clock.now());
      return { kind: 'refused', why: '' };
    });
    await bench.end();
  });

  test('a command whose changes meet an obstacle is refused in words', async () => {
    const { store, end } = await open();
    const first = await openAndClaim(store, 'a');
    await step(store, first, { next: { state: 'handed-over' }, changes: [{ kind: 'hold', key: KEY }] });
    const second = await openAndClaim(store, 'b');
    const answer = await store.command(second.incident.id, (incident) => ({
      kind: 'accepted',
      decision: {
        next: { ...incident, state: 'waiting' },
        changes: [{ kind: 'hold', key: KEY }],
        dueAtMs: undefined,
      },
    }));
    assert.deepEqual(answer, {
      kind: 'refused',
      why: `The target is held by incident ${first.incident.id}.`,
    });
    assert.deepEqual(await step(store, second, {}), { kind: 'committed' });
    await end();
  });
}

function together(open: OpenBench): void {
  test('a transaction that throws goes back alone', async () => {
    const { store, end } = await open();
    await store.receive([firing({ fingerprint: 'a' })]);
    const [before, broken, after] = await Promise.allSettled([
      store.receive([firing({ fingerprint: 'b' })]),
      store.command(1, () => {
        throw new Error('a bug');
      }),
      store.receive([firing({ fingerprint: 'c' })]),
    ]);
    assert.equal(before.status, 'fulfilled');
    assert.equal(after.status, 'fulfilled');
    assert.equal(broken.status === 'rejected' && (broken.reason as Error).message, 'a bug');
    assert.equal((await store.incidents({ limit: 10 })).length, 3);
    await end();
  });

  test('what fails before the commit is not written, and everybody in it is told', async () => {
    const { store, failNext, end } = await open();
    failNext('before');
    const both = await Promise.allSettled([store.receive([firing({ fingerprint: 'a' })]), store.counts()]);
    for (const one of both) {
      assert.equal(one.status, 'rejected');
      assert.equal((one.reason as { code: string }).code, 'store/unavailable');
    }
    assert.deepEqual(await store.alerts(10), []);
    assert.equal((await store.receive([firing({ fingerprint: 'a' })])).opened, 1);
    await end();
  });

  test('what fails after the commit is written, and a redelivery of it is a duplicate', async () => {
    const { store, failNext, end } = await open();
    failNext('after');
    await assert.rejects(store.receive([firing()]), { code: 'store/unavailable' });
    assert.equal((await store.receive([firing()])).duplicates, 1);
    await end();
  });

  test('a read sees what was asked for before it in the same turn', async () => {
    const { store, end } = await open();
    const [, alerts, , counts] = await Promise.all([
      store.receive([firing({ fingerprint: 'a' })]),
      store.alerts(10),
      store.receive([firing({ fingerprint: 'b' })]),
      store.counts(),
    ]);
    assert.equal(alerts.length, 1);
    assert.equal(counts.byState['open'], 2);
    await end();
  });

  test('listeners hear of work only after it is committed, and not of what failed', async () => {
    const { store, failNext, end } = await open();
    const heard: number[] = [];
    const stop = store.onWork(() => heard.push(1));
    failNext('before');
    await assert.rejects(store.receive([firing()]));
    assert.equal(heard.length, 0);
    await store.receive([firing()]);
    assert.equal(heard.length, 1);
    stop();
    await store.receive([resolved()]);
    assert.equal(heard.length, 1);
    await end();
  });

  test('a closed store takes nothing more, what was asked for before is written', async () => {
    const bench = await open();
    const last = bench.store.receive([firing()]);
    await bench.store.close();
    assert.equal((await last).opened, 1);
    await assert.rejects(bench.store.counts(), { code: 'store/unavailable' });
    assert.equal((await (await bench.reopen()).counts()).byState['open'], 1);
    await bench.end();
  });

  test('when the last place is asked for by two in one turn, one gets it', async () => {
    const { store, clock, end } = await open();
    const claims = [await openAndClaim(store, 'a'), await openAndClaim(store, 'b')];
    const answers = await Promise.all(
      claims.map(async (claimed, at) => {
        const target = { ...CHECKOUT, name: `service-${at}` };
        const operation = operationAt(clock.now(), { id: `op-${at}`, incident: claimed.incident.id, target });
        return await step(store, claimed, {
          next: { state: 'executing' },
          changes: [reserving(operation, { ...WIDE, parallel: 1 })],
        });
      }),
    );
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['committed', 'limited'],
    );
    await end();
  });
}

export function queueConforms(open: OpenBench): void {
  describe('claiming', () => claiming(open));
  describe('committing', () => committing(open));
  describe('holding', () => holding(open));
  describe('commanding', () => commanding(open));
  describe('one commit for a turn', () => together(open));
}
