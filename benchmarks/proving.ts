import { join } from 'node:path';
import { startChild } from './child.ts';
import { NOTHING } from './metric.ts';
import type { Metric } from './metric.ts';
import type { ProvingOrder, ProvingResult } from './proving-process.ts';
import type { Scale } from './scale.ts';

/** Questions that fit into one request (src/connectors/prometheus/composed-query.ts). */
const QUESTIONS_A_REQUEST = 100;

/** How many requests the metrics source hears in a tick while many incidents are proved side by side. */
export async function measureProving({ smoke }: Scale, folder: string): Promise<readonly Metric[]> {
  await using child = startChild('proving-process.ts');
  const order: ProvingOrder = {
    path: join(folder, 'proving.db'),
    incidents: smoke ? 40 : 200,
    lookEveryMs: smoke ? 100 : 1_000,
    ticks: smoke ? 4 : 8,
  };
  const { queriesPerTick, questionsPerTick, rulesPerTick } = await child.ask<ProvingResult>('proving', order);
  const fewest = Math.ceil(questionsPerTick / QUESTIONS_A_REQUEST);
  return [
    {
      name: 'proving.queries',
      value: queriesPerTick,
      unit: 'requests/tick',
      floor: fewest,
      expected: { of: 'ratio', atMost: 1.5 },
    },
    { name: 'proving.questions', value: questionsPerTick, unit: 'questions/tick', expected: NOTHING },
    { name: 'proving.rules', value: rulesPerTick, unit: 'requests/tick', expected: NOTHING },
  ];
}
