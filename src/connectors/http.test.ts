import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { EVEN_CHANCE } from '../../tests/fakes/even-chance.ts';
import { QuickClock } from '../../tests/fakes/quick-clock.ts';
import { scriptedServer, text } from '../../tests/fakes/scripted-server.ts';
import type { Script } from '../../tests/fakes/scripted-server.ts';
import { OpsError } from '../ports/ops-error.ts';
import { HttpClient } from './http.ts';
import type { HttpOptions } from './http.ts';

const { signal } = new AbortController();

async function open(script: Script, options: Partial<HttpOptions> = {}) {
  const server = await scriptedServer(script);
  const clock = new QuickClock();
  const baseUrl = `${server.url.replace('//', '//user:hunter2@')}/prefix/?token=hunter3`;
  const client = new HttpClient({
    area: 'kubernetes',
    baseUrl,
    clock,
    chance: EVEN_CHANCE,
    version: '1.2.3',
    ...options,
  });
  return {
    server,
    clock,
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function failure(attempt: Promise<unknown>): Promise<OpsError> {
  const error: unknown = await attempt.then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OpsError, String(error));
  return error;
}

const READ = { method: 'GET', path: '/things?limit=5', signal } as const;
const WRITE = { method: 'PATCH', path: '/things/one', body: '{"a":"ä"}', signal } as const;

describe('a read', () => {
  test('goes below the prefix, says who asks, and carries its query', async () => {
    await using at = await open((_, response) => text(response, 200, 'yes'));
    const answer = await at.client.read(READ);
    assert.equal(answer.body, 'yes');
    assert.equal(at.server.seen[0]?.path, '/prefix/things');
    assert.equal(at.server.seen[0]?.query.get('limit'), '5');
    assert.equal(at.server.seen[0]?.query.get('token'), null);
    assert.equal(at.server.seen[0]?.headers['user-agent'], 'runova/1.2.3');
    assert.equal(at.server.seen[0]?.headers.authorization, undefined);
  });

  test('leaves nothing behind on a connection that is used again', async () => {
    await using at = await open((_, response) => text(response, 200, 'yes'));
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): unknown => warnings.push(name);
    process.on('warning', onWarning);
    // One listener more than an emitter takes without a word.
    for (let read = 0; read < 12; read += 1) await at.client.read(READ);
    // A warning is told in a turn of its own.
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
  });

  test('is tried three times at most, with growing waits, and then the last answer stands', async () => {
    await using at = await open((_, response) => text(response, 503, 'busy'));
    const answer = await at.client.read(READ);
    assert.equal(answer.status, 503);
    assert.equal(at.server.seen.length, 3);
    assert.deepEqual(at.clock.waits, [200, 400]);
  });

  test('succeeds after a connection that broke', async () => {
    await using at = await open((_, response) => {
      if (at.server.seen.length === 1) response.destroy();
      else text(response, 200, 'yes');
    });
    assert.equal((await at.client.read(READ)).body, 'yes');
  });

  test('waits as long as Retry-After asks, in seconds', async () => {
    await using at = await open((_, response) => {
      if (at.server.seen.length === 1) text(response, 429, 'slow down', { 'retry-after': '3' });
      else text(response, 200, 'yes');
    });
    await at.client.read(READ);
    assert.deepEqual(at.clock.waits, [3_000]);
  });

  test('waits until the date of a Retry-After', async () => {
    await using at = await open((_, response) => {
      const until = new Date(at.clock.now() + 4_000).toUTCString();
      if (at.server.seen.length === 1) text(response, 503, 'later', { 'retry-after': until });
      else text(response, 200, 'yes');
    });
    await at.client.read(READ);
    assert.deepEqual(at.clock.waits, [4_000]);
  });

  test('does not sit out a long Retry-After but hands it on', async () => {
    await using at = await open((_, response) => text(response, 429, 'much later', { 'retry-after': '120' }));
    const answer = await at.client.read(READ);
    assert.equal(answer.retryAfterMs, 120_000);
    assert.equal(at.server.seen.length, 1);
  });

  test('does not follow a redirect', async () => {
    await using at = await open((_, response) =>
      text(response, 302, '', { location: 'http://127.0.0.1:9/elsewhere' }),
    );
    const error = await failure(at.client.read(READ));
    assert.equal(error.code, 'kubernetes/invalid-answer');
    assert.match(error.message, /redirect/i);
    assert.equal(at.server.seen.length, 1);
  });

  test('ends when its time is up, without another try', async () => {
    await using at = await open(() => at.clock.expire());
    const error = await failure(at.client.read(READ));
    assert.equal(error.code, 'kubernetes/unreachable');
    assert.match(error.message, /did not answer in time/);
    assert.equal(at.server.seen.length, 1);
  });

  test('ends when its time is up in the middle of a slow answer', async () => {
    await using at = await open((_, response) => {
      response.writeHead(200);
      response.write('a', () => at.clock.expire());
    });
    assert.match((await failure(at.client.read(READ))).message, /did not answer in time/);
  });

  test('ends when nobody wants it any more', async () => {
    const leave = new AbortController();
    await using at = await open(() => leave.abort());
    const error = await failure(at.client.read({ ...READ, signal: leave.signal }));
    assert.equal(error.code, 'kubernetes/unreachable');
    assert.equal(at.server.seen.length, 1);
  });

  test('ends while it waits to try again when nobody wants it any more', async () => {
    const leave = new AbortController();
    await using at = await open((_, response) => {
      text(response, 503, 'busy');
      at.clock.after = () => {
        setImmediate(() => leave.abort());
        return () => undefined;
      };
    });
    assert.match(
      (await failure(at.client.read({ ...READ, signal: leave.signal }))).message,
      /not waited for/,
    );
  });

  test('stops reading an answer that is too large', async () => {
    await using at = await open((_, response) => text(response, 200, 'x'.repeat(5_000)), {
      answerBytesMax: 4_096,
    });
    const error = await failure(at.client.read(READ));
    assert.equal(error.code, 'kubernetes/invalid-answer');
    assert.equal(at.server.seen.length, 1);
  });

  test('does not take a cut off answer for a whole one', async () => {
    await using at = await open((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    assert.equal((await failure(at.client.read(READ))).code, 'kubernetes/unreachable');
    assert.equal(at.server.seen.length, 3);
  });

  test('waits for the budget and is served in order', async () => {
    await using at = await open((request, response) => text(response, 200, request.query.get('n') ?? ''), {
      budget: { perSecond: 10, burst: 2 },
    });
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => at.client.read({ ...READ, path: `/x?n=${n}` })),
    );
    assert.deepEqual(
      answers.map(({ body }) => body),
      ['1', '2', '3', '4'],
    );
    assert.deepEqual(at.clock.waits, [100, 100]);
  });
});

describe('a write', () => {
  test('is sent once, whatever the answer', async () => {
    await using at = await open((_, response) => text(response, 503, 'busy'));
    assert.equal((await at.client.write(WRITE)).status, 503);
    assert.equal(at.server.seen.length, 1);
    assert.equal(at.server.seen[0]?.body, WRITE.body);
  });

  test('that found no connection certainly had no effect', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await using at = await open(() => undefined, { baseUrl: `http://127.0.0.1:${port}` });
    const error = await failure(at.client.write(WRITE));
    assert.equal(error.effect, 'none');
    assert.match(error.message, /ECONNREFUSED/);
  });

  test('whose connection broke after it was sent may have had an effect', async () => {
    await using at = await open((_, response) => response.destroy());
    assert.equal((await failure(at.client.write(WRITE))).effect, 'unknown');
    assert.equal(at.server.seen.length, 1);
  });

  test('that was not answered in time may have had an effect', async () => {
    await using at = await open(() => at.clock.expire());
    assert.equal((await failure(at.client.write(WRITE))).effect, 'unknown');
  });

  test('that nobody wanted any more before it was sent had none, and is not sent', async () => {
    await using at = await open((_, response) => text(response, 200, 'yes'));
    const error = await failure(at.client.write({ ...WRITE, signal: AbortSignal.abort() }));
    assert.equal(error.effect, 'none');
    assert.equal(at.server.seen.length, 0);
  });

  test('does not wait behind reads', async () => {
    await using at = await open((_, response) => text(response, 200, 'yes'), {
      budget: { perSecond: 10, burst: 1 },
    });
    at.clock.after = () => () => undefined;
    await at.client.read(READ);
    const waiting = at.client.read(READ).catch(() => undefined);
    assert.equal((await at.client.write(WRITE)).body, 'yes');
    void waiting;
  });

  test('uses a connection of its own, so that one that dies while idle cannot make it doubtful', async () => {
    await using at = await open((_, response) => text(response, 200, 'yes'));
    await at.client.read(READ);
    await at.client.write(WRITE);
    assert.equal(at.server.seen[0]?.headers.connection, 'keep-alive');
    assert.equal(at.server.seen[1]?.headers.connection, 'close');
  });
});

describe('credentials', () => {
  test('are asked for anew after 401, once', async () => {
    let token = 'old';
    const credentials = {
      current: () => Promise.resolve({ headers: { authorization: `Bearer ${token}` } }),
      forget: () => (token = 'new'),
    };
    await using at = await open(
      (request, response) => {
        if (request.headers.authorization === 'Bearer new') text(response, 200, 'yes');
        else text(response, 401, 'who?');
      },
      { credentials },
    );
    assert.equal((await at.client.write(WRITE)).body, 'yes');
    assert.equal(at.server.seen.length, 2);
  });

  test('never appear in a message, nor do the userinfo and the query of an address', async () => {
    const credentials = {
      current: () => Promise.resolve({ headers: { authorization: 'Bearer hunter4' } }),
      forget: () => undefined,
    };
    await using at = await open((_, response) => response.destroy(), { credentials });
    const error = await failure(at.client.write({ ...WRITE, path: '/things?secret=hunter5' }));
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error)} ${error.stack}`, /hunter/);
    assert.match(error.message, /PATCH http:\/\/127\.0\.0\.1:\d+\/prefix\/things$/);
  });
});
