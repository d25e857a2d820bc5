import { z } from 'zod';

/** What one webhook may hold (DESIGN 8); more is refused as a whole with 413. */
export const WEBHOOK_LIMITS = {
  bodyBytes: 16 * 1024 * 1024,
  alerts: 10_000,
  labels: 64,
  /** Nested arrays and objects. */
  depth: 32,
  /** Characters. The systems that evaluate rules have 1,024 as their widest default. */
  nameLength: 1_024,
  labelValueLength: 8_192,
  annotationValueLength: 65_536,
} as const;

const { alerts, labels, nameLength, labelValueLength, annotationValueLength } = WEBHOOK_LIMITS;

/** RFC 3339 with a zone and any precision; years of more than four digits and signs are other people's data too. */
export const ALERT_TIME = /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
/** Alertmanager prints a fingerprint as `%016x`. */
export const FINGERPRINT = /^[0-9a-f]{16}$/;

const words = (valueLength: number): z.ZodType<Record<string, string>> =>
  z
    .record(z.string().max(nameLength), z.string().max(valueLength))
    .refine((record) => Object.keys(record).length <= labels, { message: `at most ${labels} entries` });

const webhookAlert = z
  .looseObject({
    status: z.enum(['firing', 'resolved']),
    labels: words(labelValueLength),
    annotations: words(annotationValueLength).nullish(),
    startsAt: z
      .string()
      .regex(ALERT_TIME)
      .refine((text) => !Number.isNaN(Date.parse(text)), { message: 'no such time' }),
    fingerprint: z.string().regex(FINGERPRINT),
  })
  .meta({ id: 'WebhookAlert' });

/**
 * Body of Alertmanager's webhook, version 4: only what is used. Unknown fields are accepted, since Alertmanager
 * adds some over time. The hot path reads it by hand (`server/webhook/read-webhook.ts`); a test holds both together.
 */
export const alertmanagerWebhook = z
  .looseObject({
    version: z.literal('4'),
    alerts: z.array(webhookAlert).max(alerts),
    truncatedAlerts: z.number().nullish(),
  })
  .meta({ id: 'AlertmanagerWebhook' });

/** 202: everything in it is on disk. */
export const webhookAnswer = z
  .object({ opened: z.int(), news: z.int(), duplicates: z.int() })
  .meta({ id: 'WebhookAnswer' });
