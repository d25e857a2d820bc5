import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OpsError } from '../ports/ops-error.ts';
import { fakeIncident, fakeOperation, fakePlaybook } from './fake-incident.ts';
import { type FakeServer, fakeServer, person } from './fake-server.ts';

const ACCESS = [
  person('alertmanager', 'webhook', 'w'),
  person('grafana', 'viewer', 'v'),
  person('anna', 'operator', 'o'),
  person('gitea-runner', 'runner', 'r'),
];

async function filled(change: Parameters<typeof fakeServer>[0] = {}): Promise<FakeServer> {
  const fake = await fakeServer(change);
  fake.store.rows.push({ incident: fakeIncident(), dueAtMs: undefined });
  fake.store.ledger.push(fakeOperation());
  fake.store.books.push(fakePlaybook());
  fake.store.lines.push({
    incident: 41,
    sequence: 7,
    atMs: fake.store.nowMs,
    kind: 'alert',
    text: 'HighMemoryUsage',
  });
  return fake;
}

const READS = [
  '/',
  '/metrics',
  '/api/v1/incidents',
  '/api/v1/incidents/41',
  '/api/v1/incidents/41/timeline',
  '/api/v1/alerts',
  '/api/v1/pauses',
  '/api/v1/status',
  '/api/v1/playbooks',
  '/api/v1/openapi.json',
];
const ORDERS: readonly (readonly [url: string, body: object])[] = [
  ['/api/v1/incidents/41/approve', { digest: 'c0ffee' }],
  ['/api/v1/incidents/41/reject', {}],
  ['/api/v1/incidents/41/retry', { rung: 1 }],
  ['/api/v1/incidents/41/close', { because: 'done by hand' }],
  ['/api/v1/incidents/41/take', { because: 'mine', until: '2026-11-03T08:00:00+01:00' }],
  ['/api/v1/pauses', { scope: { kind: 'everywhere' }, because: 'maintenance' }],
];

describe('the API', () => {
  test('shows incidents, alerts, timeline, playbooks and status in the shape that the contract promises', async () => {
    await using fake = await filled();
    for (const url of READS) {
      const answer = await fake.server.app.inject(url);
      assert.equal(answer.statusCode, 200, `${url}: ${answer.body}`);
    }
    const incident = (await fake.server.app.inject('/api/v1/incidents/41')).json<Record<string, unknown>>();
    assert.equal(incident['openedAt'], '2026-11-03T01:11:04.000Z');
    assert.equal(incident['changes'], 1);
    assert.ok(!JSON.stringify(incident).includes('must-never-be-shown'));
  });

  test('pages and filters the list of incidents', async () => {
    await using fake = await fakeServer();
    for (const id of [1, 2, 3, 4]) {
      const state = id % 2 === 0 ? 'open' : 'closed';
      fake.store.rows.push({ incident: fakeIncident({ id, state }), dueAtMs: undefined });
    }
    const ids = async (query: string): Promise<unknown> => {
      const list = (await fake.server.app.inject(`/api/v1/incidents${query}`)).json<{
        items: { id: number }[];
        before?: number;
      }>();
      return { ids: list.items.map(({ id }) => id), before: list.before };
    };
    assert.deepEqual(await ids('?limit=3'), { ids: [4, 3, 2], before: 2 });
    assert.deepEqual(await ids('?limit=3&before=2'), { ids: [1], before: undefined });
    assert.deepEqual(await ids('?state=open'), { ids: [4, 2], before: undefined });
    assert.deepEqual(await ids('?state=open,closed&namespace=elsewhere'), { ids: [], before: undefined });
    assert.equal((await fake.server.app.inject('/api/v1/incidents?state=burning')).statusCode, 400);
  });

  test('does not send again what was read before', async () => {
    await using fake = await filled();
    const first = await fake.server.app.inject('/api/v1/incidents');
    const headers = { 'if-none-match': String(first.headers.etag) };
    const again = await fake.server.app.inject({ url: '/api/v1/incidents', headers });
    assert.deepEqual([again.statusCode, again.body], [304, '']);
    fake.store.rows.push({ incident: fakeIncident({ id: 42 }), dueAtMs: undefined });
    assert.equal((await fake.server.app.inject({ url: '/api/v1/incidents', headers })).statusCode, 200);
  });

  test('survives times that no calendar of ours has', async () => {
    await using fake = await fakeServer();
    const [alert] = fakeIncident().alerts;
    assert.ok(alert !== undefined);
    const alerts = [-8.64e15, 8.64e15, -62_135_596_800_000, Number.MAX_SAFE_INTEGER].map((startsAtMs) => ({
      ...alert,
      startsAtMs,
    }));
    fake.store.rows.push({ incident: fakeIncident({ alerts }), dueAtMs: undefined });
    assert.equal((await fake.server.app.inject('/api/v1/incidents/41')).statusCode, 200);
  });

  test('passes a person’s word on with the name that belongs to the token, never one from the body', async () => {
    await using fake = await filled({ access: ACCESS });
    for (const [url, payload] of ORDERS) {
      const answer = await fake.server.app.inject({
        method: 'POST',
        url,
        payload,
        headers: { authorization: 'Bearer o' },
      });
      assert.equal(answer.statusCode, 200, `${url}: ${answer.body}`);
    }
    assert.deepEqual(
      fake.commands.map(({ command, by }) => [command.kind, by]),
      ['approve', 'reject', 'retry', 'close', 'take'].map((kind) => [kind, 'anna']),
    );
    assert.deepEqual(fake.commands[2]?.command, { kind: 'retry', incident: 41, rung: 1 });
    assert.deepEqual(fake.commands[4]?.command, {
      kind: 'take',
      incident: 41,
      because: 'mine',
      untilMs: Date.UTC(2026, 10, 3, 7),
    });
    assert.equal(fake.store.paused[0]?.by, 'anna');
    const forged = { because: 'x', by: 'root' };
    const answer = await fake.server.app.inject({
      method: 'POST',
      url: '/api/v1/incidents/41/close',
      payload: forged,
      headers: { authorization: 'Bearer o' },
    });
    assert.equal(answer.statusCode, 400);
  });

  test('says 409 and why when a word does not apply, 404 when there is no such incident', async () => {
    await using refusing = await filled({
      outcome: { kind: 'refused', why: 'it healed by itself meanwhile' },
    });
    const url = '/api/v1/incidents/41/approve';
    const refused = await refusing.server.app.inject({ method: 'POST', url, payload: { digest: 'x' } });
    assert.equal(refused.statusCode, 409);
    assert.match(refused.body, /healed by itself/);
    await using empty = await fakeServer({ outcome: { kind: 'unknown-incident' } });
    assert.equal(
      (await empty.server.app.inject({ method: 'POST', url, payload: { digest: 'x' } })).statusCode,
      404,
    );
    assert.equal((await empty.server.app.inject('/api/v1/incidents/7')).statusCode, 404);
  });

  test('resumes what was paused, by its name', async () => {
    await using fake = await filled();
    const scope = { kind: 'namespace', name: 'shop' };
    await fake.server.app.inject({ method: 'POST', url: '/api/v1/pauses', payload: { scope, because: 'x' } });
    const resume = async (query: string): Promise<unknown> =>
      (await fake.server.app.inject({ method: 'DELETE', url: `/api/v1/pauses?${query}` })).json();
    assert.deepEqual(await resume('kind=namespace&name=other'), { resumed: false });
    assert.deepEqual(await resume('kind=namespace&name=shop'), { resumed: true });
  });

  test('describes itself in OpenAPI 3.1 with every address and named schemas', async () => {
    await using fake = await filled();
    const api = (await fake.server.app.inject('/api/v1/openapi.json')).json<{
      openapi: string;
      paths: Record<string, Record<string, { responses: object }>>;
      components: { schemas: Record<string, object> };
    }>();
    assert.match(api.openapi, /^3\.1\./);
    for (const [url] of ORDERS) assert.ok(url.replace('/41', '/{id}') in api.paths, url);
    assert.ok(api.paths['/webhooks/alertmanager']?.['post']?.responses);
    for (const name of ['Incident', 'Problem', 'Status', 'Trace'])
      assert.ok(name in api.components.schemas, name);
    const refs = [...JSON.stringify(api).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name ?? '',
    );
    for (const name of refs) assert.ok(name in api.components.schemas, `dangling reference ${name}`);
  });
});

describe('who may do what', () => {
  test('each role may do exactly what it is for', async () => {
    await using fake = await filled({ access: ACCESS });
    const ask = async (
      method: 'GET' | 'POST',
      url: string,
      token: string,
      payload?: object,
    ): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      const body = payload === undefined ? {} : { payload };
      return (await fake.server.app.inject({ method, url, headers, ...body })).statusCode;
    };
    const expected = { w: [403, 403], v: [200, 403], o: [200, 200], r: [403, 403] } as const;
    for (const [token, [read, order]] of Object.entries(expected)) {
      for (const url of READS) assert.equal(await ask('GET', url, token), read, `${token} GET ${url}`);
      for (const [url, body] of ORDERS)
        assert.equal(await ask('POST', url, token, body), order, `${token} POST ${url}`);
    }
    for (const url of READS) assert.equal((await fake.server.app.inject(url)).statusCode, 401, url);
    for (const url of ['/healthz', '/readyz'])
      assert.equal((await fake.server.app.inject(url)).statusCode, 200, url);
  });

  test('looking never changes anything, and an approval cannot be had by following a link', async () => {
    await using fake = await filled();
    for (const [url] of ORDERS.slice(0, 5)) {
      assert.equal((await fake.server.app.inject(url)).statusCode, 404, url);
    }
    assert.deepEqual(fake.commands, []);
  });

  test('a page of another site cannot post: not as a form, not with its Origin, not under another name', async () => {
    await using fake = await filled();
    const url = '/api/v1/pauses';
    const payload = JSON.stringify({ scope: { kind: 'everywhere' }, because: 'x' });
    const send = async (headers: Record<string, string>): Promise<number> =>
      (await fake.server.app.inject({ method: 'POST', url, payload, headers })).statusCode;
    const json = { 'content-type': 'application/json', host: 'localhost:8080' };
    assert.equal(await send({ ...json, 'content-type': 'text/plain' }), 415);
    assert.equal(await send({ ...json, 'content-type': 'application/x-www-form-urlencoded' }), 415);
    assert.equal(await send({ ...json, origin: 'https://evil.example' }), 403);
    assert.equal(await send({ ...json, origin: 'null' }), 403);
    assert.equal(await send({ ...json, host: 'evil.example' }), 403);
    assert.equal(fake.store.paused.length, 0);
    assert.equal(await send({ ...json, origin: 'http://localhost:8080' }), 200);
  });

  test('without access it listens on this computer only, whatever is configured', async () => {
    await using fake = await fakeServer({ listen: { host: '0.0.0.0', port: 0 } });
    assert.match(await fake.server.start(), /^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test('two clients with unreadable token files do not open the door', async () => {
    const broken = { name: 'x', role: 'operator', tokens: () => Promise.reject(new Error('gone')) } as const;
    await using fake = await filled({ access: [broken, person('empty', 'operator', '\n')] });
    for (const authorization of ['Bearer ', 'Bearer undefined', 'Basic Og==']) {
      const answer = await fake.server.app.inject({ url: '/api/v1/status', headers: { authorization } });
      assert.equal(answer.statusCode, 401);
    }
  });
});

describe('every answer', () => {
  test('carries the request id, and headers that forbid guessing, framing and fetching', async () => {
    await using fake = await filled();
    for (const url of ['/', '/healthz', '/api/v1/incidents/999', '/nowhere']) {
      const { headers } = await fake.server.app.inject({ url, headers: { 'x-request-id': 'abc-1' } });
      assert.equal(headers['x-request-id'], 'abc-1');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    }
    const odd = await fake.server.app.inject({ url: '/healthz', headers: { 'x-request-id': 'a b\tc' } });
    assert.match(String(odd.headers['x-request-id']), /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  test('is ready only when nothing is in the way, and alive regardless', async () => {
    await using fake = await fakeServer({ notReady: () => ['the store is away'] });
    assert.equal((await fake.server.app.inject('/healthz')).statusCode, 200);
    const ready = await fake.server.app.inject('/readyz');
    assert.deepEqual([ready.statusCode, ready.json()], [503, { ready: false, why: ['the store is away'] }]);
  });

  test('without its store it is alive, not ready, measured, and says 503 to everything else', async () => {
    await using fake = await filled();
    const away = (): Promise<never> =>
      Promise.reject(
        new OpsError({ code: 'store/unavailable', retry: 'later', message: 'The disk is full.' }),
      );
    Object.assign(fake.store, { pauses: away, counts: away, now: away, incidents: away });
    const status = async (url: string): Promise<number> => (await fake.server.app.inject(url)).statusCode;
    assert.equal(await status('/healthz'), 200);
    assert.equal(await status('/metrics'), 200);
    for (const url of ['/', '/api/v1/status', '/api/v1/incidents']) assert.equal(await status(url), 503, url);
    const ready = await fake.server.app.inject('/readyz');
    assert.deepEqual([ready.statusCode, ready.json()], [503, { ready: false, why: ['The disk is full.'] }]);
  });

  test('shows names of others as text on the front page, never as markup', async () => {
    await using fake = await fakeServer({ notReady: () => ['<script>alert(1)</script> & "more"'] });
    const page = (await fake.server.app.inject('/')).body;
    assert.ok(!page.includes('<script'));
    assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt; &amp; &quot;more&quot;/);
  });

  test('a mistake of ours is a plain 500 that gives nothing away', async () => {
    await using fake = await filled({ decide: () => Promise.reject(new Error('secret inside')) });
    const answer = await fake.server.app.inject({
      method: 'POST',
      url: '/api/v1/incidents/41/reject',
      payload: {},
    });
    assert.equal(answer.statusCode, 500);
    assert.ok(!answer.body.includes('secret inside'));
  });
});
