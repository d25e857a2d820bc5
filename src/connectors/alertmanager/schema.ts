import { z } from 'zod';

const labels = z.record(z.string(), z.string());

/** `GET /api/v2/alerts` (Alertmanager 0.25 and newer), only the fields that we use. */
export const alertsSchema = z.array(
  z.object({
    fingerprint: z.string(),
    labels,
    startsAt: z.string(),
    endsAt: z.string(),
    status: z.object({
      state: z.enum(['active', 'suppressed', 'unprocessed']),
      silencedBy: z.array(z.string()).nullish(),
      inhibitedBy: z.array(z.string()).nullish(),
    }),
  }),
);

export type AlertObject = z.infer<typeof alertsSchema>[number];
