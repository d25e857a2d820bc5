import { AlertmanagerAlerts, alertmanagerAlerts } from '../src/connectors/alertmanager/alerts.ts';
import { HttpClient } from '../src/connectors/http.ts';
import type { Credentials } from '../src/connectors/http.ts';
import { KubernetesClient } from '../src/connectors/kubernetes/client.ts';
import { KubernetesCluster } from '../src/connectors/kubernetes/cluster.ts';
import { PrometheusMetrics } from '../src/connectors/prometheus/metrics.ts';
import { prometheusMetrics } from '../src/connectors/prometheus/prometheus.ts';
import { Program } from '../src/flow/program.ts';
import { createJsonLog } from '../src/platform/json-log.ts';
import { Meters } from '../src/platform/meters.ts';
import { sha256 } from '../src/platform/sha256.ts';
import { SystemChance } from '../src/platform/system-chance.ts';
import { WallClock } from '../src/platform/wall-clock.ts';
import { createServer } from '../src/server/server.ts';
import { openSqliteStore } from '../src/stores/sqlite/open-sqlite-store.ts';
import { benchPlaybook } from './bench-playbook.ts';
import { answerOrders, tellParent } from './child.ts';
import { watchedStore } from './watched-store.ts';
import { wideSettings } from './wide-settings.ts';
import type { WorldUrls } from './world-process.ts';

/** The whole program with its real connectors, between the world's HTTP servers. */

export interface RemediatorOrder extends WorldUrls {
  readonly path: string;
  readonly token: string;
  readonly holdMs: number;
  readonly lookEveryMs: number;
  /** As shipped: 50 reads a second of Kubernetes, 20 of each source; open: as many as it takes. */
  readonly budget: 'shipped' | 'open';
}

/** More requests than this machine can send. */
const OPEN = { perSecond: 1_000_000, burst: 1_000_000 };
const VERSION = '0';

let stop: () => Promise<void> = () => Promise.resolve();

async function start(order: RemediatorOrder): Promise<string> {
  const clock = new WallClock();
  const chance = new SystemChance();
  const log = createJsonLog('error');
  const common = { clock, chance, version: VERSION };
  const budget = order.budget === 'open' ? { budget: OPEN } : {};
  const credentials: Credentials = {
    current: () => Promise.resolve({ headers: { authorization: `Bearer ${order.kubernetesToken}` } }),
    forget: () => undefined,
  };
  const kubernetes = new HttpClient({
    ...common,
    ...budget,
    area: 'kubernetes',
    baseUrl: order.kubernetesUrl,
    credentials,
  });
  const cluster = new KubernetesCluster({
    client: new KubernetesClient(kubernetes),
    clock,
    sharedMs: order.lookEveryMs / 2,
  });
  const client = (area: 'metrics' | 'alerts', baseUrl: string): HttpClient =>
    new HttpClient({ ...common, area, baseUrl, budget: OPEN });
  const isOpen = order.budget === 'open';
  const metrics = isOpen
    ? new PrometheusMetrics(client('metrics', order.metricsUrl), clock)
    : prometheusMetrics({ ...common, url: order.metricsUrl });
  const alerts = isOpen
    ? new AlertmanagerAlerts(client('alerts', order.alertsUrl))
    : alertmanagerAlerts({ ...common, url: order.alertsUrl });
  const settings = wideSettings({
    lookEveryMs: order.lookEveryMs,
    waitLookEveryMs: order.lookEveryMs,
    recurrenceMs: 0,
    reopenWithinMs: 0,
  });
  const opened = openSqliteStore({ path: order.path, clock, log, reopenWithinMs: 0 });
  const store = watchedStore(opened, { calls: 0, writes: 0 }, ({ target, ended, handover }) => {
    tellParent({
      key: `${target?.namespace ?? ''}/${target?.name ?? ''}`,
      how: ended?.how ?? handover?.reason,
      why: ended?.why ?? handover?.why,
    });
  });
  const playbooks = [benchPlaybook(order.holdMs)];
  const program = new Program(settings, {
    store,
    cluster,
    metrics,
    alerts,
    clock,
    chance,
    log,
    playbooks: () => playbooks,
    digest: sha256,
  });
  const server = await createServer({
    store,
    clock,
    chance,
    log,
    meters: new Meters(),
    access: [{ name: 'alertmanager', role: 'webhook', tokens: () => Promise.resolve(order.token) }],
    listen: { host: '127.0.0.1', port: 0 },
    receive: (notices) => program.receive(notices),
    decide: (command, by) => program.decide(command, by),
    refused: (kind, detail) => log.error('a webhook was refused', { kind, detail }),
    facts: () => ({
      version: VERSION,
      cluster: 'bench',
      mode: 'auto',
      executors: ['direct'],
      timings: settings.timings,
      connections: [],
      playbooks,
    }),
    notReady: () => [],
  });
  await program.start();
  stop = async () => {
    await server.stop();
    await program.stop();
    await opened.close();
  };
  return await server.start();
}

answerOrders({ start, rss: () => process.memoryUsage.rss() }, () => stop());
