import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { startChild } from './child.ts';
import { Connection } from './connection.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { quantile } from './load.ts';
import { NOTHING } from './metric.ts';
import type { Metric } from './metric.ts';
import type { Scale } from './scale.ts';
import type { WorldUrls } from './world-process.ts';

const ROOT = join(import.meta.dirname, '..');
const TOKEN = 'bench-token';
const MEBIBYTE = 1024 * 1024;
const READY_LOOK_MS = 5;
const READY_LIMIT_MS = 15_000;

/** What `npm run build` ships: how soon it is ready, and how much memory it holds at rest and under load. */
export async function measureBundle(scale: Scale, folder: string): Promise<readonly Metric[]> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'tools', 'build.ts')], { cwd: ROOT });
  await using world = startChild('world-process.ts');
  await using load = startChild('load-process.ts');
  const urls = await world.ask<WorldUrls>('start', { deployments: 5, namespaces: 1 });
  const starts = scale.smoke ? 1 : 5;
  const readyMs: number[] = [];
  const bareMs: number[] = [];
  for (let round = 0; round < starts; round += 1) {
    const place = await placeOf(folder, `start-${round}`, urls);
    const started = await startBundle(place);
    readyMs.push(started.readyMs);
    await ended(started.process);
    bareMs.push(await bareStartMs());
  }
  const place = await placeOf(folder, 'rest', urls);
  const { process: running, url } = await startBundle(place);
  try {
    const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await pause(scale.smoke ? 200 : 10_000);
    const rest = await residentBytes(running);
    const floor = await residentBytes(bare);
    await ended(bare);
    const order = {
      url,
      token: TOKEN,
      corpus: { fingerprints: 2_000, alertsPerBody: 5 },
      connections: 32,
      warmUpMs: scale.warmUpMs,
      measureMs: scale.smoke ? scale.measureMs : 2 * scale.measureMs,
    };
    await load.ask<LoadResult>('load', order satisfies LoadOrder);
    const loaded = await residentBytes(running);
    return [
      {
        name: 'bundle.ready',
        value: quantile(readyMs, 0.5),
        unit: 'ms',
        floor: quantile(bareMs, 0.5),
        expected: { of: 'value', atMost: 1_000 },
      },
      {
        name: 'bundle.ready.worst',
        value: Math.max(...readyMs),
        unit: 'ms',
        floor: Math.max(...bareMs),
        expected: NOTHING,
      },
      {
        name: 'bundle.rss.rest',
        value: rest / MEBIBYTE,
        unit: 'MiB',
        floor: floor / MEBIBYTE,
        expected: { of: 'value', atMost: 100 },
      },
      {
        name: 'bundle.rss.loaded',
        value: loaded / MEBIBYTE,
        unit: 'MiB',
        floor: floor / MEBIBYTE,
        expected: { of: 'value', atMost: 250 },
      },
    ];
  } finally {
    await ended(running);
  }
}

interface Place {
  readonly config: string;
  readonly port: number;
}

async function placeOf(folder: string, name: string, urls: WorldUrls): Promise<Place> {
  const port = await freePort();
  const at = (file: string): string => join(folder, `${name}-${file}`);
  await writeFile(at('token'), TOKEN);
  await writeFile(
    at('kubeconfig'),
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'bench', cluster: { server: urls.kubernetesUrl } }],
      users: [{ name: 'runova', user: { token: urls.kubernetesToken } }],
      contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'runova' } }],
      'current-context': 'bench',
    }),
  );
  await writeFile(
    at('runova.yaml'),
    stringify({
      mode: 'observe',
      cluster: {
        name: 'bench',
        kubernetes: { kubeconfig: at('kubeconfig') },
        alerts: { url: urls.alertsUrl },
        metrics: { url: urls.metricsUrl },
      },
      executors: ['direct'],
      server: { listen: `127.0.0.1:${port}` },
      access: [{ name: 'alertmanager', role: 'webhook', tokenFile: at('token') }],
      store: `sqlite:${at('runova.db')}`,
    }),
  );
  return { config: at('runova.yaml'), port };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** From the start of the process until `/readyz` says 200. */
async function startBundle({
  config,
  port,
}: Place): Promise<{ readonly process: ChildProcess; readonly url: string; readonly readyMs: number }> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'runova.mjs'), 'serve', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words = `${words}${text}`.slice(-2_000)));
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`the bundle ended with ${child.exitCode}: ${words}`);
    if (performance.now() - startedMs > READY_LIMIT_MS) {
      await ended(child);
      throw new Error(`the bundle was not ready after ${READY_LIMIT_MS} ms: ${words}`);
    }
    await pause(READY_LOOK_MS);
  }
  return { process: child, url, readyMs: performance.now() - startedMs };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const connection = await Connection.open(url);
    const { status } = await connection.get('/readyz');
    connection.close();
    return status === 200;
  } catch {
    return false;
  }
}

async function bareStartMs(): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  await once(child, 'exit');
  return performance.now() - startedMs;
}

/** As the kernel counts it (`VmRSS`, in KiB). */
async function residentBytes(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0') * 1_024;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
