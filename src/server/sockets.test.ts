import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type FakeServer, fakeServer } from './fake-server.ts';

const GOOD = readFileSync(
  join(import.meta.dirname, '../../tests/fixtures/alertmanager/17-prometheus-firing.json'),
);
const QUICK = { headersMs: 60, requestMs: 120, checkEveryMs: 20 };

async function listening(
  change: Parameters<typeof fakeServer>[0] = {},
): Promise<{ fake: FakeServer; url: string; port: number }> {
  const fake = await fakeServer({ times: QUICK, ...change });
  const url = await fake.server.start();
  return { fake, url, port: Number(new URL(url).port) };
}

/** A socket and, once it has closed, everything that came from it. */
async function open(port: number): Promise<{ socket: Socket; ended: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk) => (heard += chunk.toString()));
  socket.on('error', () => {});
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(heard)));
  await once(socket, 'connect');
  return { socket, ended };
}

async function postGood(url: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${url}/webhooks/alertmanager`, { method: 'POST', headers, body: GOOD })).status;
}

function head(length: number | 'chunked'): string {
  const size = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  return `POST /webhooks/alertmanager HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${size}\r\n\r\n`;
}

describe('on real sockets', () => {
  test('who sends its headers a byte now and then is cut off, while others are served', async () => {
    const { fake, url, port } = await listening();
    await using _server = fake;
    const slow = await Promise.all(Array.from({ length: 50 }, () => open(port)));
    for (const { socket } of slow) socket.write('POST /webhooks/alertmanager HTTP/1.1\r\nHost: lo');
    assert.equal(await postGood(url), 202);
    for (const heard of await Promise.all(slow.map(({ ended }) => ended)))
      assert.match(heard, /^(HTTP\/1\.1 503 |$)/);
    assert.equal(await postGood(url), 202);
  });

  test('half a body is 503, since the whole one may be good, and nothing of it is taken', async () => {
    const { fake, url, port } = await listening();
    await using _server = fake;
    const { socket, ended } = await open(port);
    socket.write(head(GOOD.length) + GOOD.subarray(0, 100).toString());
    assert.match(await ended, /^HTTP\/1\.1 503 Service Unavailable\r\n/);
    assert.equal(fake.received.length, 0);
    assert.equal(await postGood(url), 202);
  });

  test('who hangs up in the middle of a body leaves no place taken behind', async () => {
    const { fake, url, port } = await listening({ times: {} });
    await using _server = fake;
    for (let round = 0; round < 3; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => open(port)));
      for (const { socket } of sockets) socket.write(head(GOOD.length) + '{');
      // All of them have been let in when an answer on a later connection has come.
      assert.equal(await postGood(url), 202);
      for (const { socket } of sockets) socket.destroy();
      await Promise.all(sockets.map(({ ended }) => ended));
    }
    assert.equal(await postGood(url), 202);
  });

  test('a body without end is refused at 16 MiB', async () => {
    const { fake, url, port } = await listening({ times: {} });
    await using _server = fake;
    const { socket, ended } = await open(port);
    const chunk = Buffer.from(`${(256 * 1024).toString(16)}\r\n${' '.repeat(256 * 1024)}\r\n`);
    socket.write(head('chunked'));
    let sent = 0;
    const pump = (): void => {
      while (!socket.destroyed && sent < 64 * 1024 * 1024) {
        sent += chunk.length;
        if (!socket.write(chunk)) break;
      }
    };
    socket.on('drain', pump);
    pump();
    // The answer may be lost to the reset of a line that is still being written to; the refusal is not.
    assert.match(await ended, /^(HTTP\/1\.1 413 |$)/);
    assert.ok(sent < 32 * 1024 * 1024);
    assert.equal(fake.refused[0]?.kind, 'too-large');
    assert.equal(await postGood(url), 202);
  });

  test('what is not HTTP is refused without a failure', async () => {
    const { fake, url, port } = await listening();
    await using _server = fake;
    for (const noise of [
      '\0\0\0\0\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01',
      'GET\r\n\r\n',
      `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const { socket, ended } = await open(port);
      socket.write(noise);
      assert.match(await ended, /^HTTP\/1\.1 4\d\d /);
    }
    assert.equal(await postGood(url), 202);
  });

  test('never answers with a redirect, whatever the address looks like', async () => {
    const { fake, url } = await listening();
    await using _server = fake;
    for (const path of [
      '/webhooks/alertmanager/',
      '//webhooks/alertmanager',
      '/webhooks/./alertmanager',
      '/webhooks',
      '/webhooks/alertmanager?token=x',
    ]) {
      const headers = { 'content-type': 'application/json' };
      const { status } = await fetch(url + path, { method: 'POST', headers, body: GOOD, redirect: 'manual' });
      assert.ok(status === 202 || status === 404, `${path}: ${status}`);
    }
  });

  test('stops at once with an idle connection and an open event stream', async () => {
    const { fake, url } = await listening({ times: {} });
    assert.equal(await postGood(url), 202);
    const stream = await fetch(`${url}/api/v1/events`);
    await fake.listened;
    await fake.server.stop();
    assert.match(await stream.text(), /^retry: 2000\n\n/);
    await assert.rejects(fetch(url));
  });
});
