import { HttpClient } from '../src/connectors/http.ts';
import { PrometheusMetrics } from '../src/connectors/prometheus/metrics.ts';
import { Program } from '../src/flow/program.ts';
import { createJsonLog } from '../src/platform/json-log.ts';
import { sha256 } from '../src/platform/sha256.ts';
import { SystemChance } from '../src/platform/system-chance.ts';
import { WallClock } from '../src/platform/wall-clock.ts';
import { openSqliteStore } from '../src/stores/sqlite/open-sqlite-store.ts';
import { FakeAlerts } from '../tests/fakes/fake-alerts.ts';
import { benchAlert } from './bench-alert.ts';
import { benchPlaybook } from './bench-playbook.ts';
import { answerOrders } from './child.ts';
import { FiringBoard } from './firing-board.ts';
import { QuickCluster } from './quick-cluster.ts';
import { startSource } from './source-stand-in.ts';
import { wideSettings } from './wide-settings.ts';

/** Many incidents in their quiet windows at once, asked about over HTTP. */

export interface ProvingOrder {
  readonly path: string;
  readonly incidents: number;
  readonly lookEveryMs: number;
  readonly ticks: number;
}

export interface ProvingResult {
  readonly queriesPerTick: number;
  readonly questionsPerTick: number;
  readonly rulesPerTick: number;
}

const FIRING_BEFORE_MS = 250;
/** Longer than any run: nothing is proved before the count is over. */
const HOLD_MS = 600_000;
/** Every incident has been looked at a few times before it is counted. */
const SETTLING_TICKS = 3;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function proving(order: ProvingOrder): Promise<ProvingResult> {
  const clock = new WallClock();
  const chance = new SystemChance();
  const log = createJsonLog('error');
  const board = new FiringBoard();
  const source = await startSource(() => board.rules(clock.now()));
  const http = new HttpClient({
    clock,
    chance,
    version: '0',
    area: 'metrics',
    baseUrl: source.metrics.url,
    budget: { perSecond: 1_000_000, burst: 1_000_000 },
  });
  const store = openSqliteStore({ path: order.path, clock, log });
  const cluster = new QuickCluster(clock, board);
  const settings = wideSettings({ lookEveryMs: order.lookEveryMs });
  const playbooks = [benchPlaybook(HOLD_MS)];
  const ports = {
    store,
    cluster,
    metrics: new PrometheusMetrics(http, clock),
    alerts: new FakeAlerts(clock),
    clock,
    chance,
    log,
  };
  const program = new Program(settings, { ...ports, playbooks: () => playbooks, digest: sha256 });
  await program.start();
  const notices = Array.from({ length: order.incidents }, (_, number) => {
    const deployment = { namespace: `team-${number % 10}`, name: `service-${number}` };
    cluster.add({ ...deployment, replicas: 2 });
    const notice = benchAlert(deployment, number, clock.now());
    board.fire(notice.alert.labels, clock.now());
    return notice;
  });
  await pause(FIRING_BEFORE_MS);
  await Promise.all(notices.map((notice) => program.receive([notice])));
  while ((await store.incidents({ states: ['verifying'], limit: order.incidents })).length < order.incidents)
    await pause(order.lookEveryMs);
  await pause(SETTLING_TICKS * order.lookEveryMs);
  const before = { ...source.asked };
  await pause(order.ticks * order.lookEveryMs);
  const { queries, questions, rules } = source.asked;
  await program.stop();
  await store.close();
  await Promise.all([source.metrics.close(), source.alerts.close()]);
  return {
    queriesPerTick: (queries - before.queries) / order.ticks,
    questionsPerTick: (questions - before.questions) / order.ticks,
    rulesPerTick: (rules - before.rules) / order.ticks,
  };
}

answerOrders({ proving });
