import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createSecureServer } from 'node:https';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { EVEN_CHANCE } from '../../tests/fakes/even-chance.ts';
import { scriptedServer, text } from '../../tests/fakes/scripted-server.ts';
import { VirtualClock } from '../../tests/fakes/virtual-clock.ts';
import { selfSignedCertificate } from '../sandbox/kubernetes/self-signed-certificate.ts';
import { HttpClient } from './http.ts';
import type { Shown } from './http.ts';
import { SEND_WITHIN_MS } from './send-limit.ts';

const { signal } = new AbortController();
const WRITE = { method: 'PATCH', path: '/one', body: '{}', sendWithinMs: SEND_WITHIN_MS, signal } as const;
const GIVEN_UP = { code: 'kubernetes/unreachable', retry: 'later', effect: 'none', message: /soon enough/ };

function open(
  baseUrl: string,
  clock: VirtualClock,
  current: () => Promise<Shown> = () => Promise.resolve({ headers: {} }),
): HttpClient {
  return new HttpClient({
    area: 'kubernetes',
    baseUrl,
    clock,
    chance: EVEN_CHANCE,
    version: '1',
    credentials: { current, forget: () => undefined },
  });
}

const yes = () => scriptedServer((_, response) => text(response, 200, 'yes'));

describe('a write that must begin to be sent soon', () => {
  test('is sent as any other when all is quick, and leaves no timer behind', async () => {
    await using server = await yes();
    const clock = new VirtualClock();
    assert.equal((await open(server.url, clock).write(WRITE)).body, 'yes');
    assert.equal(server.seen[0]?.body, WRITE.body);
    assert.equal(clock.pending.length, 0);
  });

  test('may take its time to be answered once it was sent', async () => {
    const clock = new VirtualClock();
    await using server = await scriptedServer((_, response) => {
      clock.advance(5 * SEND_WITHIN_MS);
      text(response, 200, 'yes');
    });
    assert.equal((await open(server.url, clock).write(WRITE)).body, 'yes');
  });

  test('is given up while credentials are still awaited, and never sent when they come', async () => {
    await using server = await yes();
    const clock = new VirtualClock();
    const slow = Promise.withResolvers<Shown>();
    const client = open(server.url, clock, () => slow.promise);
    const attempt = client.write(WRITE);
    clock.advance(SEND_WITHIN_MS);
    await assert.rejects(attempt, GIVEN_UP);
    slow.resolve({ headers: {} });
    // What the credentials would have set off is over when a later request has been answered.
    await client.read({ method: 'GET', path: '/two', signal });
    assert.deepEqual(
      server.seen.map(({ method }) => method),
      ['GET'],
    );
  });

  test('is not sent when the process was held up and the timer has not woken yet', async () => {
    await using server = await yes();
    const clock = new VirtualClock();
    const client = open(server.url, clock, async () => {
      clock.monotonic = () => SEND_WITHIN_MS;
      return { headers: {} };
    });
    await assert.rejects(client.write(WRITE), GIVEN_UP);
    assert.equal(server.seen.length, 0);
  });

  test('is given up when the server accepts no connection', { timeout: 20_000 }, async () => {
    // It listens with the shortest queue and is busy for ever, so that two connections fill the queue.
    const busy = new Worker(
      `const { createServer } = require('node:net');
       const { parentPort } = require('node:worker_threads');
       const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
         parentPort.postMessage(server.address().port);
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
       });`,
      { eval: true },
    );
    const [port] = (await once(busy, 'message')) as [number];
    const queued = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    await Promise.all(queued.map((socket) => once(socket, 'connect')));
    const clock = new VirtualClock();
    const attempt = open(`http://127.0.0.1:${port}`, clock).write(WRITE);
    // The request has gone as far as it can: its time limits run.
    while (clock.pending.length < 2) await new Promise(setImmediate);
    clock.advance(SEND_WITHIN_MS);
    await assert.rejects(attempt, GIVEN_UP);
    for (const socket of queued) socket.destroy();
    await busy.terminate();
  });

  test('is given up while the TLS handshake is under way: the server saw the greeting and no more', async () => {
    const pieces: Buffer[] = [];
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const clock = new VirtualClock();
    const attempt = open(`https://127.0.0.1:${port}`, clock).write(WRITE);
    const [socket] = await once(server, 'connection');
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    await once(socket, 'data');
    clock.advance(SEND_WITHIN_MS);
    await assert.rejects(attempt, GIVEN_UP);
    if (!socket.closed) await once(socket, 'close');
    // 0x16: a handshake record (RFC 8446, 5.1), which the greeting is; a request would be in a 0x17 record.
    assert.equal(Buffer.concat(pieces)[0], 0x16);
    assert.doesNotMatch(Buffer.concat(pieces).toString('latin1'), /PATCH/);
    server.close();
  });

  test('is not sent over a TLS connection that came about too late', async () => {
    const pair = selfSignedCertificate(Date.now());
    const clock = new VirtualClock();
    let held = true;
    const SNICallback = (_: string, done: (error: null, context: SecureContext) => void): void => {
      if (held) clock.monotonic = () => SEND_WITHIN_MS;
      done(null, createSecureContext(pair));
    };
    await using server = await scriptedServer(
      (_, response) => text(response, 200, 'yes'),
      (listener) => createSecureServer({ ...pair, SNICallback }, listener),
    );
    const tls = { ca: pair.cert, servername: 'localhost' };
    const client = open(server.url.replace('http:', 'https:'), clock, async () => ({ headers: {}, tls }));
    await assert.rejects(client.write(WRITE), GIVEN_UP);
    assert.equal(server.seen.length, 0);
    held = false;
    assert.equal((await client.write(WRITE)).body, 'yes');
  });

  test('is repeated after 401 within the same time only', async () => {
    const clock = new VirtualClock();
    const fresh = Promise.withResolvers<Shown>();
    // Neither half is too long by itself.
    await using server = await scriptedServer((_, response) => {
      clock.advance(SEND_WITHIN_MS / 2);
      text(response, 401, 'who?');
    });
    let asked = 0;
    const client = open(server.url, clock, () => {
      asked += 1;
      if (asked === 1) return Promise.resolve({ headers: {} });
      clock.advance(SEND_WITHIN_MS / 2);
      return fresh.promise;
    });
    await assert.rejects(client.write(WRITE), GIVEN_UP);
    fresh.resolve({ headers: {} });
    await new Promise(setImmediate);
    assert.equal(server.seen.length, 1);
  });
});

test('a write without such a limit waits for credentials as long as any request', async () => {
  await using server = await yes();
  const clock = new VirtualClock();
  const slow = Promise.withResolvers<Shown>();
  const { sendWithinMs: _, ...write } = WRITE;
  const attempt = open(server.url, clock, () => slow.promise).write(write);
  clock.advance(5 * SEND_WITHIN_MS);
  slow.resolve({ headers: {} });
  assert.equal((await attempt).body, 'yes');
});
