import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { EVEN_CHANCE } from '../../../tests/fakes/even-chance.ts';
import { json, scriptedServer } from '../../../tests/fakes/scripted-server.ts';
import { VirtualClock } from '../../../tests/fakes/virtual-clock.ts';
import { SEND_WITHIN_MS } from '../send-limit.ts';
import { KubernetesCluster } from './cluster.ts';
import { kubeconfigAccess } from './kubeconfig.ts';
import { kubernetesClient } from './kubernetes.ts';

const { signal } = new AbortController();
const WRITE = {
  kind: 'scale',
  ref: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  uid: 'uid-web',
  resourceVersion: '7',
  replicas: 4,
  manager: 'runova-41',
} as const;
const ACCEPTED = { kind: 'accepted', resourceVersion: '8' };

/** Prints its credential only when the gate, which it calls, hangs up. */
const PLUGIN = `
import { connect } from 'node:net';
const credential = { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status: { token: 't' } };
connect(Number(process.argv[2]), '127.0.0.1').resume().on('close', () => console.log(JSON.stringify(credential)));
`;

/** A cluster whose credentials come from a plugin that is as slow as the test wants. */
async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'runova-late-'));
  const server = await scriptedServer((_, response) =>
    json(response, 200, { kind: 'Scale', metadata: { resourceVersion: '8' } }),
  );
  const gate = createServer().listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const script = join(folder, 'plugin.mjs');
  await writeFile(script, PLUGIN);
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: [script, String((gate.address() as AddressInfo).port)],
  };
  const path = join(folder, 'config');
  const config = {
    'current-context': 'one',
    clusters: [{ name: 'c', cluster: { server: server.url } }],
    users: [{ name: 'u', user: { exec } }],
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
  };
  await writeFile(path, JSON.stringify(config));
  const clock = new VirtualClock();
  const access = await kubeconfigAccess({ path, clock, env: { PATH: process.env['PATH'] } });
  const client = kubernetesClient(access, { clock, chance: EVEN_CHANCE, version: '1' });
  return {
    server,
    clock,
    cluster: new KubernetesCluster({ client, clock }),
    /** Resolves when the plugin runs, with what ends it. */
    running: async (): Promise<() => void> => {
      const [socket] = (await once(gate, 'connection')) as [Socket];
      return () => socket.end();
    },
    async [Symbol.asyncDispose]() {
      client.http.close();
      gate.close();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

describe('a slow credential plugin', () => {
  test('makes a write give up after a second, without effect, and the next one finds its credential', async () => {
    await using at = await open();
    const attempt = at.cluster.write(WRITE, 'real', signal);
    const finish = await at.running();
    at.clock.advance(SEND_WITHIN_MS);
    await assert.rejects(attempt, { code: 'kubernetes/unreachable', effect: 'none', retry: 'later' });
    assert.equal(at.server.seen.length, 0);
    // A look has no such limit: it waits for the credential, and the write after it has it.
    const owner = at.cluster.ownerOf('shop', 'web-1-a', signal).catch(() => undefined);
    finish();
    await owner;
    assert.deepEqual(await at.cluster.write(WRITE, 'real', signal), ACCEPTED);
    assert.deepEqual(
      at.server.seen.map(({ method }) => method),
      ['GET', 'PATCH'],
    );
  });

  test('does not hurry a dry run, which changes nothing', async () => {
    await using at = await open();
    const attempt = at.cluster.write(WRITE, 'dry-run', signal);
    const finish = await at.running();
    at.clock.advance(5 * SEND_WITHIN_MS);
    finish();
    assert.deepEqual(await attempt, ACCEPTED);
  });
});
