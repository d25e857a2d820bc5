import { startChild } from './child.ts';
import type { LoopsOrder, LoopsResult } from './loops-process.ts';
import { NOTHING } from './metric.ts';
import type { Metric } from './metric.ts';
import type { Scale } from './scale.ts';

/** Whole loops: alert, plan, guards, reserve, execute, prove, resolved, with windows of no length. */
export async function measureLoops(scale: Scale, folder: string): Promise<readonly Metric[]> {
  await using child = startChild('loops-process.ts');
  const order: LoopsOrder = {
    folder,
    atOnce: scale.smoke ? 60 : 600,
    warmUpMs: scale.smoke ? 400 : 2_000,
    measureMs: scale.measureMs,
  };
  const result = await child.ask<LoopsResult>('loops', order);
  if (result.otherEnds > 0) throw new Error(`${result.otherEnds} loops did not end as resolved`);
  return [
    {
      name: 'loops.in-process',
      value: result.perSecond,
      unit: 'loops/s',
      floor: result.floorPerSecond,
      expected: { of: 'value', atLeast: 1_000 },
    },
    { name: 'loops.store-calls', value: result.callsPerLoop, unit: 'calls/loop', expected: NOTHING },
    { name: 'loops.store-writes', value: result.writesPerLoop, unit: 'writes/loop', expected: NOTHING },
    {
      name: 'loops.writes-per-commit',
      value: result.writesPerCommit,
      unit: 'writes/commit',
      expected: NOTHING,
    },
    { name: 'loops.p50', value: result.p50Ms, unit: 'ms', expected: NOTHING },
  ];
}
