import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Playbook } from '../../../src/domain/playbook.ts';
import { CHECKOUT, commanded, firing, MINUTE, openAndClaim, SELF_HEALED, step } from './samples.ts';
import type { OpenBench } from './samples.ts';

const PLAYBOOK: Playbook = {
  name: 'high-memory-usage',
  title: 'Memory',
  version: '3f9c1a2',
  rank: 50,
  match: [[{ label: 'alertname', op: '=', value: 'HighMemoryUsage' }]],
  target: { kind: 'Deployment', from: ['deployment', 'pod'] },
  autonomy: 'auto',
  guards: { stateless: true },
  ladder: [],
  verify: { holdMs: 600_000, timeoutMs: 1_800_000, fixed: [], harm: [] },
  handover: { look: [], try: [] },
  measures: {},
};

function notices(open: OpenBench): void {
  test('a notice is due at once, again after a failure, and never after it was sent', async () => {
    const { store, clock, end } = await open();
    const { incident } = await openAndClaim(store, 'a');
    const draft = {
      kind: 'handover',
      incident: incident.id,
      title: 'checkout',
      text: 'look',
      severity: 'critical',
    } as const;
    await commanded(store, incident.id, { changes: [{ kind: 'tell', notice: draft }] });
    const first = await store.noticesDue(10);
    assert.deepEqual(first.notices, [
      { ...draft, id: 1, createdAtMs: clock.now(), dueAtMs: clock.now(), tries: 0 },
    ]);
    await store.noticeFailed(1, clock.now() + MINUTE);
    assert.deepEqual((await store.noticesDue(10)).notices, []);
    clock.advance(MINUTE);
    assert.equal((await store.noticesDue(10)).notices[0]?.tries, 1);
    assert.equal((await store.counts()).noticesWaiting, 1);
    await store.noticeSent(1);
    clock.advance(MINUTE);
    assert.deepEqual((await store.noticesDue(10)).notices, []);
    assert.equal((await store.counts()).noticesWaiting, 0);
    await end();
  });
}

function reading(open: OpenBench): void {
  test('incidents are read newest first, by state, namespace and page', async () => {
    const { store, clock, end } = await open();
    for (const name of ['a', 'b', 'c', 'd']) {
      const target = { ...CHECKOUT, namespace: name === 'd' ? 'billing' : 'shop', name };
      await step(store, await openAndClaim(store, name), {
        next: { target, ...(name === 'b' ? SELF_HEALED(clock.now()) : { state: 'waiting' }) },
      });
    }
    const ids = async (filter: object): Promise<readonly number[]> =>
      (await store.incidents({ limit: 10, ...filter })).map(({ incident }) => incident.id);
    assert.deepEqual(await ids({}), [4, 3, 2, 1]);
    assert.deepEqual(await ids({ limit: 2 }), [4, 3]);
    assert.deepEqual(await ids({ before: 3, limit: 1 }), [2]);
    assert.deepEqual(await ids({ states: ['waiting'], namespace: 'shop' }), [3, 1]);
    assert.deepEqual(await ids({ states: ['closed', 'resolved'] }), [2]);
    assert.deepEqual(await ids({ states: [] }), []);
    assert.equal(await store.incident(99), undefined);
    await end();
  });

  test('a filter is a value, never part of a statement', async () => {
    const { store, end } = await open();
    await store.receive([firing()]);
    assert.deepEqual(await store.incidents({ namespace: `' OR '1' = '1`, limit: 10 }), []);
    assert.deepEqual(await store.holder(`'; DROP TABLE holds; --`), { holder: undefined, last: undefined });
    await end();
  });

  test('the timeline rises over all incidents and is read on from any line', async () => {
    const { store, end } = await open();
    for (const name of ['a', 'b']) {
      const { incident } = await openAndClaim(store, name);
      await commanded(store, incident.id, {
        changes: [{ kind: 'timeline', entry: { kind: 'noted', text: name } }],
      });
    }
    const all = await store.timeline({ limit: 10 });
    const sequences = all.map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences,
      sequences.toSorted((one, other) => one - other),
    );
    assert.equal(new Set(sequences).size, 4);
    assert.deepEqual(await store.timeline({ after: all[1]?.sequence ?? 0, limit: 1 }), [all[2]]);
    assert.deepEqual(
      (await store.timeline({ incident: 2, limit: 10 })).map(({ incident }) => incident),
      [2, 2],
    );
    await end();
  });

  test('a playbook is kept as the incident began with it', async () => {
    const { store, end } = await open();
    const { incident } = await openAndClaim(store, 'a');
    const keep = [{ kind: 'playbook', playbook: PLAYBOOK }] as const;
    await commanded(store, incident.id, { changes: keep });
    await commanded(store, incident.id, { changes: keep });
    assert.deepEqual(await store.playbook('3f9c1a2'), PLAYBOOK);
    assert.equal(await store.playbook('0000000'), undefined);
    await end();
  });

  test('evidence is kept with its incident; what is saved later replaces it', async () => {
    const { store, end } = await open();
    const { incident } = await openAndClaim(store, 'a');
    assert.equal(await store.evidence(incident.id), undefined);
    await store.saveEvidence(incident.id, '{"logs":[]}');
    await store.saveEvidence(incident.id, '{"logs":[1]}');
    assert.equal(await store.evidence(incident.id), '{"logs":[1]}');
    await end();
  });

  test('the newest alerts are read with the incident of each', async () => {
    const { store, end } = await open();
    await store.receive(['a', 'b', 'c'].map((fingerprint) => firing({ fingerprint })));
    const read = (await store.alerts(2)).map(({ fingerprint, incident }) => ({ fingerprint, incident }));
    assert.deepEqual(read, [
      { fingerprint: 'c', incident: 3 },
      { fingerprint: 'b', incident: 2 },
    ]);
    await end();
  });

  test('counts tell how many of each state there are, and how late the queue is', async () => {
    const { store, clock, end } = await open();
    assert.deepEqual(await store.counts(), {
      byState: {},
      owed: 0,
      noticesWaiting: 0,
      oldestDueMs: undefined,
    });
    await step(store, await openAndClaim(store, 'a'), { next: { state: 'handed-over' } });
    await store.receive([firing({ fingerprint: 'b' })]);
    const dueMs = clock.now();
    clock.advance(MINUTE);
    assert.deepEqual(await store.counts(), {
      byState: { 'handed-over': 1, open: 1 },
      owed: 0,
      noticesWaiting: 0,
      oldestDueMs: dueMs,
    });
    assert.equal(await store.now(), clock.now());
    await end();
  });
}

export function readingConforms(open: OpenBench): void {
  describe('notices', () => notices(open));
  describe('reading', () => reading(open));
}
