import { startApiServer } from '../src/sandbox/kubernetes/api-server.ts';
import type { ApiRequest, ApiResponse } from '../src/sandbox/kubernetes/request.ts';
import { QUICK_TIMING } from '../src/sandbox/kubernetes/timing.ts';
import { createPlatform } from '../src/sandbox/platform.ts';
import type { Platform } from '../src/sandbox/platform.ts';
import { SystemClock } from '../src/sandbox/system-clock.ts';
import { buildScratchWorld, isSettled } from '../src/sandbox/world.ts';
import { benchAlert } from './bench-alert.ts';
import { answerOrders } from './child.ts';
import { Connection } from './connection.ts';
import { FiringBoard } from './firing-board.ts';
import { quantile } from './load.ts';
import { startSource } from './source-stand-in.ts';
import type { SourceStandIn } from './source-stand-in.ts';

/**
 * Everything that Runova reaches over HTTP, and who sends it webhooks: the sandbox's Kubernetes API, a small source,
 * and the moment of every request. One process, so that one clock sees both ends.
 */

export interface WorldOrder {
  readonly deployments: number;
  readonly namespaces: number;
}

export interface WorldUrls {
  readonly kubernetesUrl: string;
  readonly kubernetesToken: string;
  readonly metricsUrl: string;
  readonly alertsUrl: string;
}

export interface SendOrder {
  readonly url: string;
  readonly token: string;
}

export interface FirstCallResult {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly sent: number;
}

/** Answers of the source are shared for 200 ms: an alert is sent when it has been firing for longer than that. */
const FIRING_BEFORE_MS = 250;
const SETTLE_LOOK_MS = 20;

interface Deployment {
  readonly namespace: string;
  readonly name: string;
}

const board = new FiringBoard();
const clock = new SystemClock();
let platform: Platform;
let source: SourceStandIn;
let deployments: readonly Deployment[] = [];
/** Called at the first request that names a deployment. */
const awaited = new Map<string, () => void>();
const endings = new Map<string, () => void>();
let closers: (() => Promise<void>)[] = [];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function start({ deployments: count, namespaces }: WorldOrder): Promise<WorldUrls> {
  platform = createPlatform({ clock, timing: QUICK_TIMING });
  deployments = Array.from({ length: count }, (_, index) => ({ namespace: `team-${index % namespaces}`, name: `service-${index}` }));
  const nodes = Math.ceil((count * 2) / 40) + 1;
  buildScratchWorld(platform, deployments.map((one) => ({ ...one, replicas: 1, cpuRequest: '10m', memoryLimit: '64Mi' })), nodes);
  const { api } = platform;
  const handle = api.handle.bind(api);
  api.handle = (request) => heard(request, handle);
  const kubernetes = await startApiServer(api, platform.wire);
  source = await startSource(() => board.rules(clock.now()));
  while (!isSettled(platform)) await pause(SETTLE_LOOK_MS);
  closers = [kubernetes, source.metrics, source.alerts].map((server) => () => server.close());
  return {
    kubernetesUrl: kubernetes.url,
    kubernetesToken: api.access.named('runova')?.token ?? '',
    metricsUrl: source.metrics.url,
    alertsUrl: source.alerts.url,
  };
}

/** Notes the first request about a deployment; a real change of its replicas ends its trouble. */
function heard(request: ApiRequest, handle: (request: ApiRequest) => ApiResponse): ApiResponse {
  const named = /\/namespaces\/([^/]+)\/deployments\/([^/]+)/.exec(request.path);
  const key = `${named?.[1] ?? ''}/${named?.[2] ?? ''}`;
  awaited.get(key)?.();
  awaited.delete(key);
  const response = handle(request);
  const changes = request.method === 'PATCH' && request.query?.['dryRun'] === undefined && response.status === 200;
  if (changes) board.clear(named?.[1] ?? '', named?.[2] ?? '');
  return response;
}

function bodyOf(deployment: Deployment, number: number): Buffer {
  const { alert } = benchAlert(deployment, number, clock.now());
  const startsAt = new Date(alert.startsAtMs).toISOString();
  board.fire(alert.labels, alert.startsAtMs);
  const { labels, annotations, fingerprint } = alert;
  const one = { status: 'firing', labels, annotations, startsAt, endsAt: '0001-01-01T00:00:00Z', fingerprint };
  return Buffer.from(JSON.stringify({ version: '4', status: 'firing', receiver: 'runova', alerts: [one], truncatedAlerts: 0 }));
}

async function post(connection: Connection, body: Buffer): Promise<void> {
  const { status } = await connection.post('/webhooks/alertmanager', body);
  if (status !== 202) throw new Error(`a webhook was answered ${status}`);
}

/** One alert after another at a constant rate, each of its own deployment. */
async function firstCalls({ url, token, count, gapMs }: SendOrder & { readonly count: number; readonly gapMs: number }): Promise<FirstCallResult> {
  const latenciesMs: number[] = [];
  const running: Promise<void>[] = [];
  for (const [number, deployment] of deployments.slice(0, count).entries()) {
    running.push(oneFirstCall(deployment, number));
    await pause(gapMs);
  }
  await Promise.all(running);
  return { p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99), sent: latenciesMs.length };

  async function oneFirstCall(deployment: Deployment, number: number): Promise<void> {
    const body = bodyOf(deployment, number);
    await pause(FIRING_BEFORE_MS);
    const connection = await Connection.open(url, `Authorization: Bearer ${token}\r\n`);
    const called = Promise.withResolvers<void>();
    const sentMs = performance.now();
    awaited.set(`${deployment.namespace}/${deployment.name}`, () => {
      latenciesMs.push(performance.now() - sentMs);
      called.resolve();
    });
    await post(connection, body);
    await called.promise;
    connection.close();
  }
}

/** Every deployment again and again: fires, is repaired and proved by Runova, is set back, and fires anew. */
async function loops({ url, token, warmUpMs, measureMs }: SendOrder & { readonly warmUpMs: number; readonly measureMs: number }): Promise<{ readonly perSecond: number; readonly requestsPerLoop: number }> {
  let done = 0;
  let requests = 0;
  const counted = platform.api.handle.bind(platform.api);
  platform.api.handle = (request) => {
    requests += 1;
    return counted(request);
  };
  const endMs = performance.now() + warmUpMs + measureMs;
  const running = deployments.map(async (deployment, number) => {
    const connection = await Connection.open(url, `Authorization: Bearer ${token}\r\n`);
    await pause((number / deployments.length) * Math.min(1_000, warmUpMs));
    while (performance.now() < endMs) {
      await oneLoop(deployment, number, connection);
      done += 1;
    }
    connection.close();
  });
  await pause(warmUpMs);
  const before = { done, requests };
  const startedMs = performance.now();
  await pause(measureMs);
  const seconds = (performance.now() - startedMs) / 1_000;
  const measured = { loops: done - before.done, requests: requests - before.requests };
  await Promise.all(running);
  return { perSecond: measured.loops / seconds, requestsPerLoop: measured.requests / Math.max(1, measured.loops) };
}

async function oneLoop(deployment: Deployment, number: number, connection: Connection): Promise<void> {
  const body = bodyOf(deployment, number);
  await pause(FIRING_BEFORE_MS);
  const ended = Promise.withResolvers<void>();
  endings.set(`${deployment.namespace}/${deployment.name}`, ended.resolve);
  await post(connection, body);
  await ended.promise;
  await setBack(deployment);
}

async function setBack({ namespace, name }: Deployment): Promise<void> {
  const { api } = platform;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`;
  const headers = { authorization: `Bearer ${api.access.named('admin')?.token ?? ''}`, 'content-type': 'application/merge-patch+json' };
  api.handle({ method: 'PATCH', path, query: { fieldManager: 'bench' }, headers, body: { spec: { replicas: 1 } } });
  for (;;) {
    const live = api.store.get('deployments.apps', namespace, name) ?? api.store.get('deployments', namespace, name);
    const status = (live?.['status'] ?? {}) as Record<string, number>;
    if (status['observedGeneration'] === live?.metadata.generation && status['replicas'] === 1 && status['availableReplicas'] === 1) return;
    await pause(SETTLE_LOOK_MS);
  }
}

answerOrders(
  {
    start,
    firstCalls,
    loops,
    ended: (key: string) => void endings.get(key)?.(),
    asked: () => source.asked,
  },
  async () => {
    platform.stop();
    await Promise.all(closers.map((close) => close()));
  },
);
