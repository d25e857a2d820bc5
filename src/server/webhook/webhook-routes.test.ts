import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { OpsError } from '../../ports/ops-error.ts';
import { type FakeServer, fakeServer, person } from '../fake-server.ts';

const FIXTURES = join(import.meta.dirname, '../../../tests/fixtures/alertmanager');
const BODIES = readdirSync(FIXTURES).map((name) => ({ name, body: readFileSync(join(FIXTURES, name)) }));
const GOOD = BODIES[0]?.body ?? Buffer.alloc(0);
const ACCESS = [
  person('alertmanager', 'webhook', 'first-token\nsecond-token\n'),
  person('anna', 'operator', 'annas-token'),
];

async function post(
  { server }: FakeServer,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<{ status: number; json: Record<string, unknown>; headers: Record<string, unknown> }> {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/webhooks/alertmanager',
    headers: { 'content-type': 'application/json', ...headers },
    payload: body,
  });
  return { status: answer.statusCode, json: answer.json(), headers: answer.headers };
}

describe("Alertmanager's webhook", () => {
  test('accepts every body that a real Alertmanager was seen to send', async () => {
    await using fake = await fakeServer();
    for (const { name, body } of BODIES) {
      const answer = await post(fake, body);
      assert.equal(answer.status, 202, `${name}: ${JSON.stringify(answer.json)}`);
    }
    assert.ok(fake.received.length > BODIES.length);
    assert.ok(BODIES.length >= 25);
  });

  test('answers with what the alerts were to us', async () => {
    await using fake = await fakeServer();
    assert.deepEqual((await post(fake, GOOD)).json, { opened: 2, news: 0, duplicates: 0 });
  });

  test('lets in who has the token, as Bearer, as a type of one’s own, or as the password of Basic', async () => {
    await using fake = await fakeServer({ access: ACCESS });
    const basic = `Basic ${Buffer.from('whoever:second-token').toString('base64')}`;
    for (const authorization of ['Bearer first-token', 'bearer second-token', 'token first-token', basic]) {
      assert.equal((await post(fake, GOOD, { authorization })).status, 202, authorization);
    }
  });

  test('refuses no token, a wrong one and the token of another role, and takes nothing', async () => {
    await using fake = await fakeServer({ access: ACCESS });
    const cases: [Record<string, string>, number][] = [
      [{}, 401],
      [{ authorization: 'Bearer wrong' }, 401],
      [{ authorization: 'Bearer' }, 401],
      [{ authorization: 'first-token' }, 401],
      [{ authorization: 'Basic Zm9v' }, 401],
      [{ authorization: 'Bearer annas-token' }, 403],
    ];
    for (const [headers, status] of cases)
      assert.equal((await post(fake, 'not even json', headers)).status, status);
    assert.equal(fake.received.length, 0);
    assert.deepEqual(fake.refused, []);
  });

  test('says of a body that can never be right where, why and what to do, and tells Runova', async () => {
    await using fake = await fakeServer();
    const cases: [string | Buffer, number, RegExp][] = [
      ['', 400, /JSON/],
      ['{', 400, /JSON/],
      [Buffer.from([0x22, 0xff, 0x22]), 400, /UTF-8/],
      ['[]', 400, /\$ is not an object/],
      ['{"version":4,"alerts":[]}', 400, /\$\.version is 4, not "4"/],
      ['{"version":"3","alerts":[]}', 400, /version/],
      ['{"version":"4"}', 400, /\$\.alerts is not a list/],
      ['{"version":"4","alerts":[{"status":"burning"}]}', 400, /\$\.alerts\[0\]\.status is "burning"/],
      [`${'['.repeat(33)}${']'.repeat(33)}`, 413, /32 levels/],
      [
        JSON.stringify({ version: '4', alerts: Array.from({ length: 10_001 }, () => 0) }),
        413,
        /limit is 10000/,
      ],
    ];
    for (const [body, status, why] of cases) {
      const answer = await post(fake, body);
      assert.equal(answer.status, status, String(body).slice(0, 50));
      assert.match(String(answer.json['detail']), why);
      assert.equal(typeof answer.json['remedy'], 'string');
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    }
    assert.equal(fake.refused.length, cases.length);
  });

  test('refuses other kinds of body before reading them', async () => {
    await using fake = await fakeServer();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
      assert.equal((await post(fake, GOOD, { 'content-type': type })).status, 415, type);
    }
    assert.equal((await post(fake, GOOD, { 'content-encoding': 'gzip' })).status, 415);
  });

  test('refuses what says that it is larger than 16 MiB', async () => {
    await using fake = await fakeServer();
    const answer = await post(fake, Buffer.alloc(16 * 1024 * 1024 + 1, 0x20));
    assert.equal(answer.status, 413);
    assert.match(String(answer.json['detail']), /16 MiB/);
    assert.equal(fake.refused[0]?.kind, 'too-large');
  });

  test('answers 503 with Retry-After when the store is away, so that Alertmanager sends it again', async () => {
    await using fake = await fakeServer({
      receive: () =>
        Promise.reject(
          new OpsError({ code: 'store/unavailable', retry: 'later', message: 'The disk is full.' }),
        ),
    });
    const answer = await post(fake, GOOD);
    assert.equal(answer.status, 503);
    assert.equal(answer.headers['retry-after'], '2');
    assert.match(String(answer.json['detail']), /disk is full/);
  });

  test('answers 503 when the store does not answer in time', async () => {
    await using fake = await fakeServer({ receive: () => new Promise(() => {}), times: { receiveMs: 20 } });
    assert.equal((await post(fake, GOOD)).status, 503);
  });

  test('answers 503 to what comes on top of what it can hold, before reading it, and recovers', async () => {
    const held = Promise.withResolvers<void>();
    await using fake = await fakeServer({
      receive: async () => {
        await held.promise;
        return { opened: 0, news: 0, duplicates: 1 };
      },
    });
    const under = Array.from({ length: 256 }, () => post(fake, GOOD));
    const onTop = await post(fake, GOOD);
    assert.equal(onTop.status, 503);
    assert.equal(onTop.headers['retry-after'], '2');
    held.resolve();
    for (const answer of await Promise.all(under)) assert.equal(answer.status, 202);
    assert.equal((await post(fake, GOOD)).status, 202);
  });

  test('reads a body of more than 1 MiB in a thread of its own, with the same result', async () => {
    await using fake = await fakeServer();
    const [alert] = (JSON.parse(GOOD.toString()) as { alerts: Record<string, unknown>[] }).alerts;
    const alerts = Array.from({ length: 3_000 }, (_, at) => ({
      ...alert,
      labels: JSON.parse(`{"alertname":"Big","n":"${at}","__proto__":"label"}`) as unknown,
      fingerprint: at.toString(16).padStart(16, '0'),
    }));
    const body = JSON.stringify({ version: '4', alerts, padding: 'x'.repeat(1024 * 1024) });
    assert.deepEqual((await post(fake, body)).json, { opened: 3_000, news: 0, duplicates: 0 });
    const labels = fake.received[2_999]?.alert.labels ?? {};
    assert.equal(labels['n'], '2999');
    assert.equal(Object.getPrototypeOf(labels), null);
    assert.equal(labels['__proto__'], 'label');
    const refused = await post(fake, JSON.stringify({ version: '5', padding: 'x'.repeat(1024 * 1024) }));
    assert.equal(refused.status, 400);
  });

  test('counts what it took and refused', async () => {
    await using fake = await fakeServer();
    await post(fake, GOOD);
    await post(fake, '{');
    const text = await fake.meters.text(undefined);
    assert.match(text, /runova_webhooks_total\{outcome="accepted"\} 1/);
    assert.match(text, /runova_webhooks_refused_total\{reason="malformed"\} 1/);
    assert.match(text, /runova_alerts_total\{news="opened"\} 2/);
  });
});
