import { join } from 'node:path';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import { NOTHING } from './metric.ts';
import type { Metric } from './metric.ts';
import type { RemediatorOrder } from './remediator-process.ts';
import type { Scale } from './scale.ts';
import type { FirstCallResult, WorldOrder, WorldUrls } from './world-process.ts';

const TOKEN = 'bench-token';

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
  const { url } = await remediator.ask<{ readonly url: string }>('start', { ...urls, ...order, path: join(folder, `outside-${order.budget}-${order.holdMs}.db`), token: TOKEN } satisfies RemediatorOrder);
  return await measure({ world: worldChild, remediator, url });
}

/** From the first byte of a webhook to the first request that Kubernetes hears because of it. */
export async function measureFirstCall(scale: Scale, folder: string): Promise<readonly Metric[]> {
  const count = scale.smoke ? 20 : 200;
  const shape = { holdMs: 600_000, lookEveryMs: 15_000, budget: 'open' } as const;
  const result = await between(folder, { deployments: count, namespaces: 10 }, shape, ({ world, url }) =>
    world.ask<FirstCallResult>('firstCalls', { url, token: TOKEN, count, gapMs: 50 }),
  );
  return [
    { name: 'first-call.p50', value: result.p50Ms, unit: 'ms', expected: NOTHING },
    { name: 'first-call.p99', value: result.p99Ms, unit: 'ms', expected: { of: 'value', atMost: 50 } },
  ];
}

/** Whole loops with everything outside behind HTTP. */
export async function measureHttpLoops(scale: Scale, folder: string): Promise<readonly Metric[]> {
  const world = scale.smoke ? { deployments: 40, namespaces: 8 } : { deployments: 400, namespaces: 80 };
  const otherEnds: string[] = [];
  const shape = { holdMs: 0, lookEveryMs: 100, budget: 'open' } as const;
  const result = await between(folder, world, shape, async (started) => {
    started.remediator.onNews((news) => {
      const { key, how, why } = news as { readonly key: string; readonly how: string; readonly why: string };
      if (how !== 'resolved') otherEnds.push(`${key} ${how}: ${why}`);
      void started.world.ask('ended', key);
    });
    const { warmUpMs, measureMs } = scale.smoke ? { warmUpMs: 1_000, measureMs: 1_500 } : { warmUpMs: 3_000, measureMs: 6_000 };
    return await started.world.ask<{ readonly perSecond: number; readonly requestsPerLoop: number }>('loops', { url: started.url, token: TOKEN, warmUpMs, measureMs });
  });
  if (otherEnds.length > 0) throw new Error(`${otherEnds.length} loops did not end as resolved, first: ${otherEnds[0] ?? ''}`);
  return [
    { name: 'loops.http', value: result.perSecond, unit: 'loops/s', expected: { of: 'value', atLeast: 200 } },
    { name: 'loops.http.requests', value: result.requestsPerLoop, unit: 'requests/loop', expected: NOTHING },
  ];
}
