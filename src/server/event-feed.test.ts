import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TimelineRow } from '../ports/store.ts';
import { type FakeServer, fakeServer } from './fake-server.ts';

function row(sequence: number): TimelineRow {
  return { sequence, incident: 1, atMs: 0, kind: 'noted', text: `line ${sequence}\nwith a break` };
}

async function listening(
  change: Parameters<typeof fakeServer>[0] = {},
): Promise<FakeServer & { readonly url: string }> {
  const fake = await fakeServer({ times: { eventPollMs: 2, eventHeartbeatMs: 5 }, ...change });
  return { ...fake, url: await fake.server.start() };
}

/** Reads events until as many ids have come, then leaves. */
async function ids(answer: Response, count: number): Promise<number[]> {
  const found: number[] = [];
  assert.ok(answer.body !== null);
  let text = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    found.splice(0, found.length, ...[...text.matchAll(/^id: (\d+)\n/gm)].map(([, id]) => Number(id)));
    if (found.length >= count) break;
  }
  return found;
}

describe('the event stream', () => {
  test('begins with what happens from now on', async () => {
    await using fake = await listening();
    for (let sequence = 1; sequence <= 1_000; sequence += 1) fake.store.lines.push(row(sequence));
    const stream = await fetch(`${fake.url}/api/v1/events`);
    await fake.listened;
    fake.store.lines.push(row(1_007), row(1_008));
    assert.deepEqual(await ids(stream, 2), [1_007, 1_008]);
  });

  test('goes on where the listener was, without a gap and without a repeat', async () => {
    await using fake = await listening();
    for (let sequence = 1; sequence <= 1_200; sequence += 1) fake.store.lines.push(row(sequence));
    const headers = { 'last-event-id': '3' };
    const seen = await ids(await fetch(`${fake.url}/api/v1/events`, { headers }), 1_197);
    assert.deepEqual([seen[0], seen.at(-1), seen.length, new Set(seen).size], [4, 1_200, 1_197, 1_197]);
    assert.deepEqual(await ids(await fetch(`${fake.url}/api/v1/events?after=1198`), 2), [1_199, 1_200]);
  });

  test('each listener gets everything, wherever it stands', async () => {
    await using fake = await listening();
    fake.store.lines.push(row(1), row(2), row(3));
    const streams = await Promise.all(
      [0, 1, 2].map((after) => fetch(`${fake.url}/api/v1/events?after=${after}`)),
    );
    assert.deepEqual(await Promise.all(streams.map((stream, at) => ids(stream, 3 - at))), [
      [1, 2, 3],
      [2, 3],
      [3],
    ]);
  });

  test('keeps the line alive while nothing happens, and while the store is away', async () => {
    await using fake = await listening();
    fake.store.timeline = () => Promise.reject(new Error('away'));
    const { body } = await fetch(`${fake.url}/api/v1/events?after=0`);
    assert.ok(body !== null);
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes(': still here\n\n')) break;
    }
  });

  test('an id that is none counts as no id', async () => {
    await using fake = await listening();
    const stream = await fetch(`${fake.url}/api/v1/events`, { headers: { 'last-event-id': "1' OR 1=1" } });
    assert.equal(stream.status, 200);
    await stream.body?.cancel();
  });
});
