import { Program } from '../src/flow/program.ts';
import { createJsonLog } from '../src/platform/json-log.ts';
import { Meters } from '../src/platform/meters.ts';
import { sha256 } from '../src/platform/sha256.ts';
import { SystemChance } from '../src/platform/system-chance.ts';
import { WallClock } from '../src/platform/wall-clock.ts';
import type { Store } from '../src/ports/store.ts';
import { createServer } from '../src/server/server.ts';
import type { Server } from '../src/server/server.ts';
import { openSqliteStore } from '../src/stores/sqlite/open-sqlite-store.ts';
import { FakeAlerts } from '../tests/fakes/fake-alerts.ts';
import { FakeCluster } from '../tests/fakes/fake-cluster.ts';
import { FakeMetrics } from '../tests/fakes/fake-metrics.ts';
import { answerOrders } from './child.ts';
import { crowd } from './crowd.ts';
import { wideSettings } from './wide-settings.ts';

/**
 * The real server, program and file store in a process of their own. The workers are not started: what is measured
 * here is what it costs to take alerts.
 */

export interface ServerOrder {
  readonly path: string;
  readonly token: string;
}

let running: { readonly server: Server; readonly store: Store } | undefined;

async function start({ path, token }: ServerOrder): Promise<string> {
  const clock = new WallClock();
  const chance = new SystemChance();
  const log = createJsonLog('error');
  const settings = wideSettings();
  const store = openSqliteStore({ path, clock, log });
  const cluster = new FakeCluster({ clock });
  const ports = {
    store,
    cluster,
    clock,
    chance,
    log,
    metrics: new FakeMetrics(clock),
    alerts: new FakeAlerts(clock),
  };
  const program = new Program(settings, { ...ports, playbooks: () => [], digest: sha256 });
  const server = await createServer({
    store,
    clock,
    chance,
    log,
    meters: new Meters(),
    access: [
      { name: 'alertmanager', role: 'webhook', tokens: () => Promise.resolve(token) },
      { name: 'viewer', role: 'viewer', tokens: () => Promise.resolve(`${token}-viewer`) },
    ],
    listen: { host: '127.0.0.1', port: 0 },
    receive: (notices) => program.receive(notices),
    decide: (command, by) => program.decide(command, by),
    refused: (kind, detail) => log.error('a webhook was refused', { kind, detail }),
    facts: () => ({
      version: '0',
      cluster: 'bench',
      mode: 'auto',
      executors: ['direct'],
      timings: settings.timings,
      connections: [],
      playbooks: [],
    }),
    notReady: () => [],
  });
  running = { server, store };
  return await server.start();
}

answerOrders(
  {
    start,
    rss: () => process.memoryUsage.rss(),
    counts: () => running?.store.counts(),
    crowd: (incidents: number) => (running === undefined ? undefined : crowd(running.store, incidents)),
  },
  async () => {
    await running?.server.stop();
    await running?.store.close();
  },
);
