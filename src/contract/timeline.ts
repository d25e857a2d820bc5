import { z } from 'zod';
import { moment } from './moment.ts';

/** One line of what happened. `sequence` rises over all incidents and is the id of a server-sent event. */
export const timelineRow = z
  .object({
    sequence: z.int(),
    incident: z.int(),
    at: moment,
    kind: z.string().meta({ examples: ['alert', 'decided', 'changed', 'resolved'] }),
    text: z.string(),
    fields: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'TimelineRow' });

export const timeline = z
  .object({
    items: z.array(timelineRow),
    next: z.int().optional().meta({ description: 'Give this as `after` to read on' }),
  })
  .meta({ id: 'Timeline' });

export type TimelineRowDocument = z.infer<typeof timelineRow>;
export type TimelineDocument = z.infer<typeof timeline>;
