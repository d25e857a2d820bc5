import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeAlerts } from '../../tests/fakes/fake-alerts.ts';
import { SILENT } from '../../tests/fakes/silent-log.ts';
import { VirtualClock } from '../../tests/fakes/virtual-clock.ts';
import { SETTINGS } from '../../tests/mutants/samples.ts';
import type { Settings } from '../domain/settings.ts';
import type { Notice } from '../ports/store.ts';
import { Teller } from './tell.ts';

/** One notice waits; resolves when it was marked as sent. */
async function told(change: Partial<Settings>): Promise<FakeAlerts> {
  const clock = new VirtualClock();
  const alerts = new FakeAlerts(clock);
  const notice: Notice = {
    id: 1,
    kind: 'handover',
    incident: 41,
    severity: 'warning',
    title: 'HighMemoryUsage on shop/web',
    text: 'Runova cannot fix it',
    createdAtMs: clock.now(),
    dueAtMs: clock.now(),
    tries: 0,
  };
  const sent = Promise.withResolvers<number>();
  const { signal } = new AbortController();
  const store = {
    noticesDue: async () => ({ nowMs: clock.now(), notices: [notice] }),
    noticeSent: async (id: number) => sent.resolve(id),
    noticeFailed: async () => sent.reject(new Error('it was not told')),
  };
  const teller = new Teller({
    store,
    alerts,
    clock,
    log: SILENT,
    settings: { ...SETTINGS, ...change },
    signal,
  });
  teller.start();
  clock.advance(0);
  assert.equal(await sent.promise, notice.id);
  await teller.stop();
  return alerts;
}

describe('what people are to be told', () => {
  test('goes to Alertmanager as an alert of ours', async () => {
    const { posted } = await told({});
    assert.equal(posted[0]?.labels['incident'], '41');
  });

  test('goes to nobody when the configuration says so, and does not wait for ever', async () => {
    assert.deepEqual((await told({ tell: 'nobody' })).posted, []);
  });

  test('goes to nobody in observe mode', async () => {
    assert.deepEqual((await told({ mode: 'observe' })).posted, []);
  });
});
