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
    const order = { token: TOKEN, corpus: { fingerprints: FINGERPRINTS, alertsPerBody: size }, connections: 64, warmUpMs: scale.warmUpMs, measureMs: scale.measureMs };
    const floor = await alternately(load, 'floor-server.ts', { ...order, path: join(folder, `floor-${size}`) });
    await using server = startChild('runova-server.ts');
    const { url } = await server.ask<{ readonly url: string }>('start', { path: join(folder, `receive-${size}.db`), token: TOKEN });
    const fast = await load.ask<LoadResult>('load', { ...order, url } satisfies LoadOrder);
    metrics.push(...rates(size, fast, floor));
    if (size === LATENCY_SIZE) metrics.push(...(await latency(load, { ...order, url, connections: 64 }, { fast, floor })));
  }
  return metrics;
}

async function alternately(load: Child, file: string, order: Omit<LoadOrder, 'url'> & { readonly path: string }): Promise<LoadResult> {
  await using server = startChild(file);
  const { url } = await server.ask<{ readonly url: string }>('start', { path: order.path });
  return await load.ask<LoadResult>('load', { ...order, url } satisfies LoadOrder);
}

function rates(size: number, fast: LoadResult, floor: LoadResult): readonly Metric[] {
  if (fast.refused > 0) throw new Error(`${fast.refused} webhooks were refused at ${size} alerts a body`);
  return [
    { name: `receive.webhooks.${size}`, value: fast.bodiesPerSecond, unit: 'webhooks/s', floor: floor.bodiesPerSecond, expected: { of: 'ratio', atLeast: 0.4 } },
    { name: `receive.alerts.${size}`, value: fast.alertsPerSecond, unit: 'alerts/s', floor: floor.alertsPerSecond, expected: NOTHING },
  ];
}

async function latency(
  load: Child,
  order: LoadOrder,
  { fast, floor }: { readonly fast: LoadResult; readonly floor: LoadResult },
): Promise<readonly Metric[]> {
  const half = await load.ask<LoadResult>('load', { ...order, rate: fast.bodiesPerSecond / 2 } satisfies LoadOrder);
  if (half.refused > 0) throw new Error(`${half.refused} webhooks were refused at half the maximum`);
  return [
    { name: 'ack.p50', value: half.p50Ms, unit: 'ms', floor: floor.p50Ms, expected: NOTHING },
    { name: 'ack.p99', value: half.p99Ms, unit: 'ms', floor: floor.p99Ms, expected: { of: 'value', atMost: 50 } },
  ];
}
