import { join } from 'node:path';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { NOTHING } from './metric.ts';
import type { Metric } from './metric.ts';
import type { Scale } from './scale.ts';

/** Alerts a body. Five is the size that the floor was first measured with. */
const SIZES = [1, 5, 10, 50] as const;
const LATENCY_SIZE = 5;
const FINGERPRINTS = 2_000;
const TOKEN = 'bench-token';

/** How many webhooks and alerts a second are on disk and acknowledged, and how long an acknowledgement takes. */
export async function measureReceiving(scale: Scale, folder: string): Promise<readonly Metric[]> {
  await using load = startChild('load-process.ts');
  const metrics: Metric[] = [];
  for (const size of scale.smoke ? [LATENCY_SIZE] : SIZES) {
    await using bare = startChild('floor-server.ts');
    await using server = startChild('runova-server.ts');
    const urls: Urls = {
      floor: await bare.ask<string>('start', { path: join(folder, `floor-${size}`) }),
      server: await server.ask<string>('start', { path: join(folder, `receive-${size}.db`), token: TOKEN }),
    };
    const order = {
      token: TOKEN,
      corpus: { fingerprints: FINGERPRINTS, alertsPerBody: size },
      connections: 64,
      warmUpMs: scale.warmUpMs,
      measureMs: scale.measureMs,
    };
    const [fast, floor] = await both(load, urls, order);
    metrics.push(...rates(size, fast, floor));
    if (size !== LATENCY_SIZE) continue;
    const [half, bareHalf] = await both(load, urls, { ...order, rate: fast.bodiesPerSecond / 2 });
    metrics.push(...latency(half, bareHalf));
  }
  return metrics;
}

interface Urls {
  readonly server: string;
  readonly floor: string;
}

/** One after the other, within seconds of each other: the machine is rarely as fast a minute later. */
async function both(
  load: Child,
  urls: Urls,
  order: Omit<LoadOrder, 'url'>,
): Promise<readonly [LoadResult, LoadResult]> {
  const floor = await load.ask<LoadResult>('load', { ...order, url: urls.floor } satisfies LoadOrder);
  const server = await load.ask<LoadResult>('load', { ...order, url: urls.server } satisfies LoadOrder);
  return [server, floor];
}

function rates(size: number, fast: LoadResult, floor: LoadResult): readonly Metric[] {
  if (fast.refused > 0) throw new Error(`${fast.refused} webhooks were refused at ${size} alerts a body`);
  return [
    {
      name: `receive.webhooks.${size}`,
      value: fast.bodiesPerSecond,
      unit: 'webhooks/s',
      floor: floor.bodiesPerSecond,
      expected: { of: 'ratio', atLeast: 0.4 },
    },
    {
      name: `receive.alerts.${size}`,
      value: fast.alertsPerSecond,
      unit: 'alerts/s',
      floor: floor.alertsPerSecond,
      expected: NOTHING,
    },
  ];
}

function latency(half: LoadResult, floor: LoadResult): readonly Metric[] {
  if (half.refused > 0) throw new Error(`${half.refused} webhooks were refused at half the maximum`);
  return [
    { name: 'ack.p50', value: half.p50Ms, unit: 'ms', floor: floor.p50Ms, expected: NOTHING },
    {
      name: 'ack.p99',
      value: half.p99Ms,
      unit: 'ms',
      floor: floor.p99Ms,
      expected: { of: 'value', atMost: 50 },
    },
  ];
}
