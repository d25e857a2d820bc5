import { join } from 'node:path';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import { NOTHING } from './metric.ts';
import type { Metric } from './metric.ts';
import type { RemediatorOrder } from './remediator-process.ts';
import type { Scale } from './scale.ts';
import type { HttpLoopsResult, LoopsOrder, WorldOrder, WorldUrls } from './world-process.ts';

const TOKEN = 'bench-token';
const LOOK_EVERY_MS = 100;

/** What the program's process says at the end of an incident. */
interface EndedNews {
  readonly key: string;
  readonly how: string;
  readonly why: string;
}

interface Started {
  readonly world: Child;
  readonly remediator: Child;
  readonly url: string;
}

/** The world and the program in processes of their own; `measure` gives orders to them. */
async function between<T>(
  folder: string,
  world: WorldOrder,
  order: Pick<RemediatorOrder, 'holdMs' | 'lookEveryMs' | 'budget'>,
  measure: (started: Started) => Promise<T>,
): Promise<T> {
  await using worldChild = startChild('world-process.ts');
  await using remediator = startChild('remediator-process.ts');
  const urls = await worldChild.ask<WorldUrls>('start', world);
  const url = await remediator.ask<string>('start', {
    ...urls,
    ...order,
    path: join(folder, `outside-${order.budget}-${order.holdMs}.db`),
    token: TOKEN,
  } satisfies RemediatorOrder);
  return await measure({ world: worldChild, remediator, url });
}

/** Loops through HTTP: every incident must end as resolved. */
async function runLoops(
  folder: string,
  world: WorldOrder,
  times: Pick<LoopsOrder, 'warmUpMs' | 'measureMs' | 'restMs'>,
): Promise<HttpLoopsResult> {
  const otherEnds: string[] = [];
  const shape = { holdMs: 0, lookEveryMs: LOOK_EVERY_MS, budget: 'open' } as const;
  const result = await between(folder, world, shape, async ({ world: worldChild, remediator, url }) => {
    remediator.onNews((news) => {
      const { key, how, why } = news as EndedNews;
      if (how !== 'resolved') otherEnds.push(`${key} ${how}: ${why}`);
      // The last incidents end when the world is gone already.
      worldChild.ask('ended', key).catch(() => undefined);
    });
    return await worldChild.ask<HttpLoopsResult>('loops', {
      url,
      token: TOKEN,
      ...times,
    } satisfies LoopsOrder);
  });
  if (otherEnds.length > 0)
    throw new Error(`${otherEnds.length} loops did not end as resolved, first: ${otherEnds[0] ?? ''}`);
  return result;
}

/** From the webhook to the first request that Kubernetes hears because of it, at some twenty alerts a second. */
export async function measureFirstCall({ smoke }: Scale, folder: string): Promise<readonly Metric[]> {
  const world = { deployments: smoke ? 6 : 40, namespaces: smoke ? 2 : 8 };
  const times = {
    warmUpMs: smoke ? 600 : 3_000,
    measureMs: smoke ? 900 : 8_000,
    restMs: smoke ? 100 : 1_000,
  };
  const { firstCallP50Ms, firstCallP99Ms } = await runLoops(folder, world, times);
  const floor = await relayFloor(world, smoke ? 10 : 150);
  return [
    {
      name: 'first-call.p50',
      value: firstCallP50Ms,
      unit: 'ms',
      floor: floor.firstCallP50Ms,
      expected: NOTHING,
    },
    {
      name: 'first-call.p99',
      value: firstCallP99Ms,
      unit: 'ms',
      floor: floor.firstCallP99Ms,
      expected: { of: 'value', atMost: 50 },
    },
  ];
}

async function relayFloor(
  world: WorldOrder,
  count: number,
): Promise<Pick<HttpLoopsResult, 'firstCallP50Ms' | 'firstCallP99Ms'>> {
  await using worldChild = startChild('world-process.ts');
  await using relay = startChild('relay-server.ts');
  const urls = await worldChild.ask<WorldUrls>('start', world);
  const url = await relay.ask<string>('start', urls);
  return await worldChild.ask('relayed', { url, count });
}

/** Whole loops with everything outside behind HTTP. */
export async function measureHttpLoops({ smoke }: Scale, folder: string): Promise<readonly Metric[]> {
  const world = smoke ? { deployments: 10, namespaces: 2 } : { deployments: 160, namespaces: 8 };
  const times = { warmUpMs: smoke ? 600 : 3_000, measureMs: smoke ? 600 : 6_000, restMs: 0 };
  const { perSecond, requestsPerLoop } = await runLoops(folder, world, times);
  return [
    { name: 'loops.http', value: perSecond, unit: 'loops/s', expected: { of: 'value', atLeast: 200 } },
    { name: 'loops.http.requests', value: requestsPerLoop, unit: 'requests/loop', expected: NOTHING },
  ];
}
