import { z } from 'zod';
import { pause } from './command.ts';
import { STATES } from './incident.ts';
import { moment } from './moment.ts';
import { owed } from './operation.ts';

/** The last thing known about one outside system. */
export const connection = z
  .object({
    name: z.string(),
    state: z.enum(['good', 'failing', 'unknown']),
    since: moment.optional(),
    why: z.string().optional(),
  })
  .meta({ id: 'Connection' });

export const status = z
  .object({
    version: z.string(),
    cluster: z.string(),
    now: moment,
    mode: z.enum(['observe', 'ask', 'auto']),
    ready: z.boolean(),
    notReady: z.array(z.string()),
    executors: z.array(z.string()),
    connections: z.array(connection),
    incidents: z.record(z.enum(STATES), z.int()),
    oldestDueAt: moment.optional(),
    noticesWaiting: z.int(),
    owed: z.array(owed),
    pauses: z.array(pause),
    takes: z.array(
      z.object({
        target: z.string(),
        by: z.string(),
        because: z.string(),
        at: moment,
        until: moment.optional(),
      }),
    ),
    shortened: z
      .array(z.object({ what: z.string(), isMs: z.int(), usuallyMs: z.int() }))
      .meta({ description: 'Waiting times that are shorter than the defaults' }),
  })
  .meta({ id: 'Status' });

export type StatusDocument = z.infer<typeof status>;
