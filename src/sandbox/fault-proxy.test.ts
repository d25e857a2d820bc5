import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WallClock } from '../platform/wall-clock.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { startPrometheus, type Prometheus } from './prometheus/prometheus.ts';

describe('the fault proxy', () => {
  const clock = new WallClock();
  let prometheus: Prometheus;
  let proxy: FaultProxy;
  const query = (init: RequestInit = {}): Promise<Response> =>
    fetch(`${proxy.url}/api/v1/query?query=vector(7)`, init);

  before(async () => {
    prometheus = await startPrometheus({ clock });
    proxy = await startFaultProxy({ target: prometheus.url, clock });
  });
  after(async () => {
    await proxy.stop();
    await prometheus.stop();
  });

  test('passes queries through', async () => {
    await proxy.set({ kind: 'pass' });
    assert.match(await (await query()).text(), /"7"/);
  });

  test('refuses connections while it is down, and takes them again at the same address', async () => {
    await proxy.set({ kind: 'down' });
    await assert.rejects(
      query(),
      (error: Error) => (error.cause as { code: string }).code === 'ECONNREFUSED',
    );
    await proxy.set({ kind: 'pass' });
    assert.equal((await query()).status, 200);
  });

  test('answers late but right when it is slow', async () => {
    await proxy.set({ kind: 'slow', delayMs: 30 });
    assert.match(await (await query()).text(), /"7"/);
  });

  test('answers success with an empty result', async () => {
    await proxy.set({ kind: 'empty' });
    assert.deepEqual(await (await query()).json(), {
      status: 'success',
      data: { resultType: 'vector', result: [] },
    });
    assert.deepEqual(await (await fetch(`${proxy.url}/api/v2/alerts`)).json(), []);
  });

  test('answers a page of HTML with 200', async () => {
    await proxy.set({ kind: 'html' });
    const answer = await query();
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /text\/html/);
  });

  test('answers 503 in plain text', async () => {
    await proxy.set({ kind: 'error503' });
    assert.equal((await query()).status, 503);
  });

  test('takes a request and never answers it, until the fault ends', async () => {
    await proxy.set({ kind: 'hang' });
    const seen = proxy.requests.length;
    const pending = query();
    pending.catch(() => {});
    while (proxy.requests.length === seen) await new Promise((resolve) => setImmediate(resolve));
    await proxy.set({ kind: 'pass' });
    await assert.rejects(pending);
  });

  test('cuts the answer in half', async () => {
    await proxy.set({ kind: 'truncated' });
    await assert.rejects(async () => (await query()).text());
  });
});
