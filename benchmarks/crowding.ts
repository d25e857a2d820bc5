import { join } from 'node:path';
import { startChild } from './child.ts';
import type { CrowdResult } from './crowd.ts';
import type { LoadOrder, LoadResult, PagesResult } from './load.ts';
import { NOTHING } from './metric.ts';
import type { Metric } from './metric.ts';
import type { Scale } from './scale.ts';

const TOKEN = 'bench-token';
const PAGES = 200;
const MEBIBYTE = 1024 * 1024;

/** Lists, claims and webhooks beside very many open incidents. */
export async function measureCrowd(scale: Scale, folder: string): Promise<readonly Metric[]> {
  await using load = startChild('load-process.ts');
  await using server = startChild('runova-server.ts');
  const url = await server.ask<string>('start', { path: join(folder, 'crowd.db'), token: TOKEN });
  const order = {
    url,
    token: TOKEN,
    corpus: { fingerprints: 2_000, alertsPerBody: 5 },
    connections: 64,
    warmUpMs: scale.warmUpMs,
    measureMs: scale.measureMs,
  };
  const alone = await load.ask<LoadResult>('load', order satisfies LoadOrder);
  const opened = await server.ask<CrowdResult>('crowd', scale.crowd);
  const pages = await load.ask<PagesResult>('pages', {
    url,
    token: `${TOKEN}-viewer`,
    pages: PAGES,
    newest: scale.crowd,
  });
  const beside = await load.ask<LoadResult>('load', order satisfies LoadOrder);
  const rss = await server.ask<number>('rss');
  return [
    { name: 'crowd.list.p99', value: pages.p99Ms, unit: 'ms', expected: { of: 'value', atMost: 100 } },
    { name: 'crowd.list.p50', value: pages.p50Ms, unit: 'ms', expected: NOTHING },
    { name: 'crowd.claim.p99', value: opened.claimP99Ms, unit: 'ms', expected: NOTHING },
    { name: 'crowd.opened', value: opened.openedPerSecond, unit: 'incidents/s', expected: NOTHING },
    {
      name: 'crowd.webhooks.5',
      value: beside.bodiesPerSecond,
      unit: 'webhooks/s',
      floor: alone.bodiesPerSecond,
      expected: { of: 'ratio', atLeast: 0.5 },
    },
    { name: 'crowd.rss', value: rss / MEBIBYTE, unit: 'MiB', expected: { of: 'value', atMost: 250 } },
  ];
}
