import { Connection } from './connection.ts';
import { corpusOf, Traffic } from './corpus.ts';
import type { CorpusShape } from './corpus.ts';

const PATH = '/webhooks/alertmanager';

export interface LoadOrder {
  readonly url: string;
  readonly token: string;
  readonly corpus: CorpusShape;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Bodies per second at a constant rate, whatever the server does; absent: as fast as answers come. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly bodiesPerSecond: number;
  readonly alertsPerSecond: number;
  /** From when a body was due to be sent until its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly refused: number;
}

/** Sends webhooks over kept connections. Everything but 202 counts as refused. */
export async function putLoad(order: LoadOrder): Promise<LoadResult> {
  const traffic = new Traffic(corpusOf(order.corpus), Date.now() - 3_600_000);
  const auth = `Authorization: Bearer ${order.token}\r\n`;
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => Connection.open(order.url, auth)),
  );
  const run = order.rate === undefined ? closedLoop : openLoop;
  await run(connections, traffic, { ...order, measureMs: order.warmUpMs });
  const startedMs = performance.now();
  const seen = await run(connections, traffic, order);
  const seconds = (performance.now() - startedMs) / 1_000;
  for (const connection of connections) connection.close();
  const accepted = seen.latenciesMs.length;
  return {
    bodiesPerSecond: accepted / seconds,
    alertsPerSecond: (accepted * order.corpus.alertsPerBody) / seconds,
    p50Ms: quantile(seen.latenciesMs, 0.5),
    p99Ms: quantile(seen.latenciesMs, 0.99),
    refused: seen.refused,
  };
}

interface Seen {
  readonly latenciesMs: number[];
  refused: number;
}

async function sendOne(connection: Connection, traffic: Traffic, dueMs: number, seen: Seen): Promise<void> {
  const { status } = await connection.post(PATH, traffic.next().body);
  if (status === 202) seen.latenciesMs.push(performance.now() - dueMs);
  else seen.refused += 1;
}

async function closedLoop(
  connections: readonly Connection[],
  traffic: Traffic,
  order: LoadOrder,
): Promise<Seen> {
  const seen: Seen = { latenciesMs: [], refused: 0 };
  const endMs = performance.now() + order.measureMs;
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < endMs) await sendOne(connection, traffic, performance.now(), seen);
    }),
  );
  return seen;
}

/**
 * A constant rate: a body that finds no free connection waits, and its latency counts from when it was due, so that
 * a slow server cannot slow its own questioner down.
 */
async function openLoop(
  connections: readonly Connection[],
  traffic: Traffic,
  order: LoadOrder,
): Promise<Seen> {
  const seen: Seen = { latenciesMs: [], refused: 0 };
  const gapMs = 1_000 / (order.rate ?? 1);
  const count = Math.floor(order.measureMs / gapMs);
  const firstMs = performance.now();
  const due: number[] = [];
  const idle = [...connections];
  const sending = new Set<Promise<void>>();
  const pump = (): void => {
    while (due.length > 0 && idle.length > 0) {
      const connection = idle.pop() as Connection;
      const sent = sendOne(connection, traffic, due.shift() as number, seen).then(() => {
        sending.delete(sent);
        idle.push(connection);
        pump();
      });
      sending.add(sent);
    }
  };
  for (let made = 0; made < count;) {
    const nowMs = performance.now();
    while (made < count && firstMs + made * gapMs <= nowMs) {
      due.push(firstMs + made * gapMs);
      made += 1;
    }
    pump();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  while (sending.size > 0) await Promise.race(sending);
  return seen;
}

export interface PagesOrder {
  readonly url: string;
  readonly token: string;
  readonly pages: number;
  /** Pages begin anywhere below this id. */
  readonly newest: number;
}

export type PagesResult = Pick<LoadResult, 'p50Ms' | 'p99Ms'>;

/** Looks at pages of the list of incidents, one after another, all over it. */
export async function lookAtPages({ url, token, pages, newest }: PagesOrder): Promise<PagesResult> {
  const connection = await Connection.open(url, `Authorization: Bearer ${token}\r\n`);
  const latenciesMs: number[] = [];
  for (let page = 0; page < pages; page += 1) {
    const before = Math.max(1, Math.round(newest * (1 - page / pages)));
    const states = page % 2 === 0 ? '' : '&state=open,waiting';
    const startedMs = performance.now();
    const { status } = await connection.get(`/api/v1/incidents?limit=100&before=${before}${states}`);
    if (status !== 200) throw new Error(`a page was answered ${status}`);
    latenciesMs.push(performance.now() - startedMs);
  }
  connection.close();
  return { p50Ms: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) };
}

/** The value that this share of all values does not exceed; 0 without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
