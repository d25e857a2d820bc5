import { z } from 'zod';
import { moment } from './moment.ts';

const labels = z.record(z.string(), z.string());

/** One episode of one alert, as it was last reported. Labels and annotations are other people's text. */
export const alert = z
  .object({
    key: z.string(),
    fingerprint: z.string(),
    name: z.string(),
    status: z.enum(['firing', 'resolved']),
    startsAt: moment,
    receivedAt: moment,
    labels,
    annotations: labels,
  })
  .meta({ id: 'Alert' });

export const alertRow = alert.extend({ incident: z.int() }).meta({ id: 'AlertRow' });
export const alertList = z.object({ items: z.array(alertRow) }).meta({ id: 'AlertList' });

export type AlertDocument = z.infer<typeof alert>;
export type AlertRowDocument = z.infer<typeof alertRow>;
