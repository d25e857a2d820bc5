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
import { measuredFor } from './measured-for.ts';
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

export interface LoopsOrder extends SendOrder {
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** How long a deployment is left alone between two loops. */
  readonly restMs: number;
}

export interface HttpLoopsResult {
  readonly perSecond: number;
  readonly requestsPerLoop: number;
  /** From the webhook to the first request that names its deployment. */
  readonly firstCallP50Ms: number;
  readonly firstCallP99Ms: number;
}

/** Answers of the source are shared for 200 ms: an alert is sent when it has been firing for longer than that. */
const FIRING_BEFORE_MS = 250;
const SETTLE_LOOK_MS = 20;
const CONTROLLER_MS = 5;
const RELAY_GAP_MS = 20;
const AT_ONCE = { ...QUICK_TIMING, controllerMs: 1, containerStartMs: 1, readinessMs: 1 };

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
let requests = 0;
let closers: (() => Promise<void>)[] = [];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function start({ deployments: count, namespaces }: WorldOrder): Promise<WorldUrls> {
  platform = createPlatform({ clock, timing: AT_ONCE });
  deployments = Array.from({ length: count }, (_, index) => ({
    namespace: `team-${index % namespaces}`,
    name: `service-${index}`,
  }));
  const nodes = Math.ceil((count * 2) / 40) + 1;
  buildScratchWorld(
    platform,
    deployments.map((one) => ({ ...one, replicas: 1, cpuRequest: '10m', memoryLimit: '64Mi' })),
    nodes,
  );
  const { api } = platform;
  const handle = api.handle.bind(api);
  api.handle = (request) => heard(request, handle);
  const kubernetes = await startApiServer(api, platform.wire);
  source = await startSource(() => board.rules(clock.now()));
  while (!isSettled(platform)) await pause(SETTLE_LOOK_MS);
  platform.controlPlane.stop();
  followAtOnce(api);
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
  requests += 1;
  const named = /\/namespaces\/([^/]+)\/deployments\/([^/]+)/.exec(request.path);
  const key = `${named?.[1] ?? ''}/${named?.[2] ?? ''}`;
  awaited.get(key)?.();
  awaited.delete(key);
  const response = handle(request);
  const changes =
    request.method === 'PATCH' && request.query?.['dryRun'] === undefined && response.status === 200;
  if (changes) board.clear(named?.[1] ?? '', named?.[2] ?? '');
  return response;
}

function bodyOf(deployment: Deployment, number: number): Buffer {
  const { alert } = benchAlert(deployment, number, clock.now());
  const startsAt = new Date(alert.startsAtMs).toISOString();
  board.fire(alert.labels, alert.startsAtMs);
  const { labels, annotations, fingerprint } = alert;
  const one = {
    status: 'firing',
    labels,
    annotations,
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint,
  };
  return Buffer.from(
    JSON.stringify({ version: '4', status: 'firing', receiver: 'runova', alerts: [one], truncatedAlerts: 0 }),
  );
}

/** Every deployment again and again: fires, gets one replica more, is proved by Runova, and fires anew. */
async function loops(order: LoopsOrder): Promise<HttpLoopsResult> {
  const firstCallsMs: number[] = [];
  let done = 0;
  requests = 0;
  const over = { yes: false };
  const running = deployments.map(async (deployment, number) => {
    const connection = await Connection.open(order.url, `Authorization: Bearer ${order.token}\r\n`);
    await pause((number / deployments.length) * Math.max(order.restMs, 500));
    while (!over.yes) {
      firstCallsMs.push(await oneLoop(deployment, number, connection));
      done += 1;
      await pause(order.restMs);
    }
    connection.close();
  });
  await pause(order.warmUpMs);
  const before = { done, requests };
  const startedMs = performance.now();
  await measuredFor(order.measureMs, () => done - before.done);
  const seconds = (performance.now() - startedMs) / 1_000;
  const measured = { loops: done - before.done, requests: requests - before.requests };
  const calls = firstCallsMs.slice(before.done, done);
  over.yes = true;
  await Promise.all(running);
  return {
    perSecond: measured.loops / seconds,
    requestsPerLoop: measured.requests / Math.max(1, measured.loops),
    firstCallP50Ms: quantile(calls, 0.5),
    firstCallP99Ms: quantile(calls, 0.99),
  };
}

/** @returns how long the first call took, in milliseconds. */
async function oneLoop(deployment: Deployment, number: number, connection: Connection): Promise<number> {
  const body = bodyOf(deployment, number);
  await pause(FIRING_BEFORE_MS);
  const key = `${deployment.namespace}/${deployment.name}`;
  const ended = Promise.withResolvers<void>();
  endings.set(key, ended.resolve);
  let calledMs = Number.NaN;
  const sentMs = performance.now();
  awaited.set(key, () => (calledMs = performance.now() - sentMs));
  const { status } = await connection.post('/webhooks/alertmanager', body);
  if (status !== 202) throw new Error(`a webhook was answered ${status}`);
  await ended.promise;
  return calledMs;
}

/** The first call of something that only relays, one alert at a time. */
async function relayed({
  url,
  count,
}: {
  readonly url: string;
  readonly count: number;
}): Promise<Pick<HttpLoopsResult, 'firstCallP50Ms' | 'firstCallP99Ms'>> {
  const connection = await Connection.open(url);
  const callsMs: number[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const number = sent % deployments.length;
    const deployment = deployments[number];
    if (deployment === undefined) break;
    const body = bodyOf(deployment, number);
    const called = Promise.withResolvers<void>();
    awaited.set(`${deployment.namespace}/${deployment.name}`, called.resolve);
    const sentMs = performance.now();
    const answered = connection.post('/webhooks/alertmanager', body);
    await called.promise;
    callsMs.push(performance.now() - sentMs);
    await answered;
    board.clear(deployment.namespace, deployment.name);
    await pause(RELAY_GAP_MS);
  }
  connection.close();
  return { firstCallP50Ms: quantile(callsMs, 0.5), firstCallP99Ms: quantile(callsMs, 0.99) };
}

/** In the place of all controllers, which would cost this machine more than what is measured. */
function followAtOnce({ store }: Platform['api']): void {
  store.subscribe(({ storage, object }) => {
    const { generation = 0, namespace = '', name } = object.metadata;
    const status = object['status'] as Record<string, unknown> | undefined;
    if (storage !== 'deployments' || status?.['observedGeneration'] === generation) return;
    setTimeout(() => {
      const live = store.get('deployments', namespace, name);
      if (live === undefined) return;
      const { replicas } = live.spec;
      const counts = {
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
      };
      store.put('deployments', {
        ...live,
        status: { ...live.status, ...counts, observedGeneration: live.metadata.generation ?? 0 },
      });
    }, CONTROLLER_MS);
  });
}

answerOrders(
  {
    start,
    loops,
    relayed,
    ended: (key: string) => {
      endings.get(key)?.();
    },
    asked: () => source.asked,
  },
  async () => {
    platform.stop();
    await Promise.all(closers.map((close) => close()));
  },
);
