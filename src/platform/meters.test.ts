import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Meters } from './meters.ts';

const COUNTS = {
  byState: { open: 2, 'handed-over': 1 },
  owed: 1,
  noticesWaiting: 0,
  oldestDueMs: 1_000,
  nowMs: 4_500,
};

test('shows every state of incidents, the ones without any as zero', async () => {
  const text = await new Meters().text(COUNTS);
  assert.match(text, /runova_incidents\{state="open"\} 2/);
  assert.match(text, /runova_incidents\{state="resolved"\} 0/);
  assert.match(text, /runova_oldest_due_seconds 3\.5/);
});

test('leaves the store’s figures out when it is away, instead of showing old ones', async () => {
  const meters = new Meters();
  await meters.text(COUNTS);
  const text = await meters.text(undefined);
  assert.ok(!/runova_incidents\{/.test(text));
  assert.match(text, /runova_webhooks_total\{outcome="accepted"\} 0/);
});

test('nothing that is reported becomes a series', async () => {
  const meters = new Meters();
  const series = async (): Promise<number> =>
    (await meters.text(COUNTS)).split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  const before = await series();
  for (let round = 0; round < 1_000; round += 1)
    meters.webhookAccepted({ opened: 1, news: 2, duplicates: 3 });
  meters.webhookRefused('shape');
  assert.equal(await series(), before);
});
