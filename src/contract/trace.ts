import { z } from 'zod';
import { moment } from './moment.ts';

/** One guard's line: what it read, its limit, its verdict. */
export const guardLine = z
  .object({
    guard: z.string(),
    question: z.string(),
    verdict: z.enum(['allow', 'wait', 'ask', 'refuse']),
    read: z.string(),
    limit: z.string().optional(),
    remedy: z.string().optional(),
  })
  .meta({ id: 'GuardLine' });

/** Why it acted, or did not: every guard in its order. */
export const trace = z
  .object({
    at: moment,
    rung: z.int(),
    action: z.string(),
    summary: z.string(),
    lines: z.array(guardLine),
  })
  .meta({ id: 'Trace' });

export type GuardLineDocument = z.infer<typeof guardLine>;
export type TraceDocument = z.infer<typeof trace>;
