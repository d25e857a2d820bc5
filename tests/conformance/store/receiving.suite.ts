import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { claimOne, DAY, firing, HOUR, openAndClaim, resolved, SELF_HEALED, step } from './samples.ts';
import type { OpenBench } from './samples.ts';

export function receivingConforms(open: OpenBench): void {
  describe('receiving', () => {
    test('a new episode opens one incident, due at once, with a line of the timeline', async () => {
      const { store, clock, end } = await open();
      assert.deepEqual(await store.receive([firing()]), { opened: 1, news: 0, duplicates: 0 });
      const { nowMs, claimed } = await store.claimDue('plan', 10);
      assert.equal(nowMs, clock.now());
      const incident = claimed[0]?.incident;
      assert.equal(incident?.state, 'open');
      assert.equal(incident.severity, 'warning');
      assert.equal(incident.openedAtMs, clock.now());
      assert.deepEqual(incident.alerts, [{ ...firing().alert, status: 'firing', receivedAtMs: clock.now() }]);
      const lines = await store.timeline({ incident: incident.id, limit: 10 });
      assert.deepEqual(
        lines.map(({ kind, text }) => ({ kind, text })),
        [{ kind: 'alert', text: 'HighMemoryUsage fires: memory is high' }],
      );
      await end();
    });

    test('a repeat of what is known writes nothing and wakes nobody', async () => {
      const { store, end } = await open();
      await store.receive([firing()]);
      let woken = 0;
      store.onWork(() => (woken += 1));
      const claimed = await claimOne(store);
      assert.deepEqual(await store.receive([firing(), firing()]), { opened: 0, news: 0, duplicates: 2 });
      assert.equal(woken, 0);
      assert.equal((await store.timeline({ limit: 10 })).length, 1);
      assert.deepEqual(await step(store, claimed, {}), { kind: 'committed' });
      assert.equal(await store.nextDueMs('plan'), undefined);
      await end();
    });

    test('the same alert twice in one body counts once', async () => {
      const { store, end } = await open();
      assert.deepEqual(await store.receive([firing(), firing()]), { opened: 1, news: 0, duplicates: 1 });
      assert.equal((await store.incidents({ limit: 10 })).length, 1);
      await end();
    });

    test('a status that changes is written to the alert and nudges the incident, not its document', async () => {
      const { store, clock, end } = await open();
      await store.receive([firing()]);
      const claimed = await claimOne(store);
      await step(store, claimed, { next: { state: 'waiting' }, dueAtMs: clock.now() + HOUR });
      clock.advance(1_000);
      assert.deepEqual(await store.receive([resolved()]), { opened: 0, news: 1, duplicates: 0 });
      const again = await claimOne(store);
      assert.equal(again.incident.state, 'waiting');
      assert.equal(again.incident.alerts[0]?.status, 'resolved');
      assert.equal(again.incident.alerts[0].receivedAtMs, clock.now());
      assert.equal(again.nudges, claimed.nudges + 1);
      assert.deepEqual(await store.receive([firing()]), { opened: 0, news: 1, duplicates: 0 });
      await end();
    });

    test('the end of an alert that nobody knows opens nothing', async () => {
      const { store, end } = await open();
      assert.deepEqual(await store.receive([resolved()]), { opened: 0, news: 0, duplicates: 1 });
      assert.deepEqual(await store.incidents({ limit: 10 }), []);
      assert.deepEqual(await store.alerts(10), []);
      await end();
    });

    test('an alert that fires after its incident ended wakes it to be proved, once', async () => {
      const { store, clock, end } = await open();
      await step(store, await openAndClaim(store, 'a'), { next: SELF_HEALED(clock.now()) });
      clock.advance(3 * DAY);
      assert.deepEqual(await store.receive([firing({ fingerprint: 'a' })]), {
        opened: 0,
        news: 1,
        duplicates: 0,
      });
      assert.deepEqual(await store.receive([firing({ fingerprint: 'a' })]), {
        opened: 0,
        news: 0,
        duplicates: 1,
      });
      const claimed = await claimOne(store, 'prove');
      assert.equal(claimed.refired, true);
      assert.equal(claimed.incident.state, 'closed');
      await step(store, claimed, {});
      assert.equal(await store.nextDueMs('prove'), undefined);
      await end();
    });

    test('the end of an alert whose incident has ended wakes nobody', async () => {
      const { store, clock, end } = await open();
      await step(store, await openAndClaim(store, 'a'), { next: SELF_HEALED(clock.now()) });
      assert.deepEqual(await store.receive([resolved({ fingerprint: 'a' })]), {
        opened: 0,
        news: 1,
        duplicates: 0,
      });
      assert.equal(await store.nextDueMs('prove'), undefined);
      assert.equal((await store.alerts(1))[0]?.status, 'resolved');
      await end();
    });

    test('a new episode joins the living incident of its fingerprint', async () => {
      const { store, end } = await open();
      const claimed = await openAndClaim(store, 'a');
      await store.receive([firing({ fingerprint: 'a', startsAtMs: 2_000 })]);
      assert.deepEqual(await step(store, claimed, { next: { state: 'waiting' } }), { kind: 'committed' });
      const again = await claimOne(store);
      assert.equal(again.incident.id, claimed.incident.id);
      assert.deepEqual(
        again.incident.alerts.map((alert) => alert.startsAtMs),
        [1_000, 2_000],
      );
      assert.equal(again.refired, false);
      await end();
    });

    test('a new episode within a day of the end is attached to the ended incident', async () => {
      const { store, clock, end } = await open();
      const first = await openAndClaim(store, 'a');
      await step(store, first, { next: SELF_HEALED(clock.now()) });
      clock.advance(DAY - 1);
      assert.equal((await store.receive([firing({ fingerprint: 'a', startsAtMs: 2_000 })])).opened, 1);
      const again = await claimOne(store, 'prove');
      assert.equal(again.incident.id, first.incident.id);
      assert.equal(again.refired, true);
      await end();
    });

    test('a new episode a day after the end opens an incident of its own', async () => {
      const { store, clock, end } = await open();
      const first = await openAndClaim(store, 'a');
      await step(store, first, { next: SELF_HEALED(clock.now()) });
      clock.advance(DAY);
      await store.receive([firing({ fingerprint: 'a', startsAtMs: 2_000 })]);
      assert.notEqual((await claimOne(store)).incident.id, first.incident.id);
      await end();
    });

    test('whatever text an alert holds is stored: labels come back exactly, names visibly mended', async () => {
      const { store, end } = await open();
      const labels = { alertname: 'a\0b', lone: '\uD800', 'k\0': 'v', __proto__x: '__proto__', 'sn☃': '💥' };
      const hostile = firing({ fingerprint: 'f\0\uDFFF', labels });
      assert.equal((await store.receive([hostile])).opened, 1);
      assert.equal((await store.receive([hostile])).duplicates, 1);
      const [alert] = (await claimOne(store)).incident.alerts;
      assert.deepEqual(alert?.labels, hostile.alert.labels);
      assert.equal(alert?.fingerprint, 'f\uFFFD\uFFFD');
      assert.equal((await store.timeline({ limit: 1 }))[0]?.text, 'a\uFFFDb fires: memory is high');
      await end();
    });

    test('times in alerts are data: no year is too early or too late', async () => {
      const { store, end } = await open();
      const years = [Date.UTC(-1, 0, 1), -62_135_596_800_000, 253_402_300_799_999];
      await store.receive(years.map((startsAtMs) => firing({ fingerprint: String(startsAtMs), startsAtMs })));
      assert.deepEqual((await store.alerts(10)).map((alert) => alert.startsAtMs).toReversed(), years);
      await end();
    });
  });
}
