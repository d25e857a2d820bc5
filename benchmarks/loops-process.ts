import type { Incident } from '../src/domain/incident.ts';
import { targetKey } from '../src/domain/target.ts';
import { Program } from '../src/flow/program.ts';
import { createJsonLog } from '../src/platform/json-log.ts';
import { sha256 } from '../src/platform/sha256.ts';
import { SystemChance } from '../src/platform/system-chance.ts';
import { WallClock } from '../src/platform/wall-clock.ts';
import { openSqliteStore } from '../src/stores/sqlite/open-sqlite-store.ts';
import { FakeAlerts } from '../tests/fakes/fake-alerts.ts';
import { FakeMetrics } from '../tests/fakes/fake-metrics.ts';
import { benchAlert } from './bench-alert.ts';
import { benchPlaybook } from './bench-playbook.ts';
import { answerOrders } from './child.ts';
import { FiringBoard } from './firing-board.ts';
import { quantile } from './load.ts';
import { measuredFor } from './measured-for.ts';
import { QuickCluster } from './quick-cluster.ts';
import { storeFloor } from './store-floor.ts';
import { countingTurns, watchedStore } from './watched-store.ts';
import { wideSettings } from './wide-settings.ts';

/** Whole loops in one process: the real program and file store, the world beyond the ports in memory. */

export interface LoopsOrder {
  readonly folder: string;
  readonly atOnce: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface LoopsResult {
  readonly perSecond: number;
  readonly floorPerSecond: number;
  readonly writesPerLoop: number;
  readonly callsPerLoop: number;
  readonly writesPerCommit: number;
  readonly p50Ms: number;
  readonly otherEnds: number;
}

/** Answers of the source are shared for 200 ms: an alert is sent when it has been firing for longer than that. */
const FIRING_BEFORE_MS = 250;
const NAMESPACES = 50;

function worldMetrics(clock: WallClock, board: FiringBoard): FakeMetrics {
  const metrics = new FakeMetrics(clock);
  metrics.rulesAt = (nowMs) => board.rules(nowMs);
  metrics.answerAt = ({ id }, nowMs) => [{ labels: {}, value: id.includes('/fresh/') ? nowMs / 1_000 : 50 }];
  return metrics;
}

async function loops(order: LoopsOrder): Promise<LoopsResult> {
  const clock = new WallClock();
  const log = createJsonLog('error');
  const board = new FiringBoard();
  const cluster = new QuickCluster(clock, board);
  const turns = countingTurns(clock);
  const tally = { calls: 0, writes: 0 };
  const waiting = new Map<string, (incident: Incident) => void>();
  const opened = openSqliteStore({ path: `${order.folder}/loops.db`, clock: turns, log, reopenWithinMs: 0 });
  const store = watchedStore(opened, tally, (incident) => {
    if (incident.target !== undefined) waiting.get(targetKey(incident.target))?.(incident);
  });
  const settings = wideSettings({ lookEveryMs: 50, waitLookEveryMs: 50, recurrenceMs: 0, reopenWithinMs: 0 });
  const chance = new SystemChance();
  const ports = {
    store,
    cluster,
    metrics: worldMetrics(clock, board),
    alerts: new FakeAlerts(clock),
    clock,
    chance,
    log,
  };
  const playbooks = [benchPlaybook(0)];
  const program = new Program(settings, { ...ports, playbooks: () => playbooks, digest: sha256 });
  await program.start();

  const latenciesMs: number[] = [];
  let otherEnds = 0;
  let number = 0;
  const over = { yes: false };
  const oneLoop = async (): Promise<void> => {
    number += 1;
    const deployment = { namespace: `team-${number % NAMESPACES}`, name: `service-${number}` };
    const ref = cluster.add({ ...deployment, replicas: 2 });
    const notice = benchAlert(deployment, number, clock.now());
    board.fire(notice.alert.labels, clock.now());
    await new Promise((resolve) => setTimeout(resolve, FIRING_BEFORE_MS));
    const ended = Promise.withResolvers<Incident>();
    waiting.set(targetKey(ref), ended.resolve);
    const sentMs = performance.now();
    await program.receive([notice]);
    const incident = await ended.promise;
    latenciesMs.push(performance.now() - sentMs);
    if (incident.ended?.how !== 'resolved') otherEnds += 1;
    waiting.delete(targetKey(ref));
    cluster.remove(ref);
  };
  const running = Array.from({ length: order.atOnce }, async () => {
    while (!over.yes) await oneLoop();
  });
  await new Promise((resolve) => setTimeout(resolve, order.warmUpMs));
  const before = { loops: latenciesMs.length, turns: turns.turns, ...tally };
  const startedMs = performance.now();
  await measuredFor(order.measureMs, () => latenciesMs.length - before.loops);
  const seconds = (performance.now() - startedMs) / 1_000;
  const done = latenciesMs.length - before.loops;
  const writes = tally.writes - before.writes;
  const cost = { writesPerLoop: writes / done, writesPerCommit: writes / (turns.turns - before.turns) };
  const callsPerLoop = (tally.calls - before.calls) / done;
  const p50Ms = quantile(latenciesMs.slice(before.loops), 0.5);
  over.yes = true;
  await Promise.all(running);
  await program.stop();
  await store.close();
  const floorPerSecond = storeFloor(`${order.folder}/floor.db`, cost, Math.min(2_000, order.measureMs));
  return { perSecond: done / seconds, floorPerSecond, ...cost, callsPerLoop, p50Ms, otherEnds };
}

answerOrders({ loops });
