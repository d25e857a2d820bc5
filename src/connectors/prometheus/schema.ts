import { z } from 'zod';

/** Prometheus HTTP API v1, only the fields that we use. */

const labels = z.record(z.string(), z.string());

export const envelopeSchema = z.object({
  status: z.literal('success'),
  data: z.unknown(),
  /** Something is missing or doubtful in the data (`infos` are only remarks and not read). */
  warnings: z.array(z.string()).nullish(),
});

const point = z.tuple([z.number(), z.string()]);

export const vectorSchema = z.array(
  z.object({
    metric: labels,
    value: point.optional(),
    histogram: z.tuple([z.number(), z.unknown()]).optional(),
  }),
);

export const resultSchema = z.object({ resultType: z.string(), result: z.unknown() });

export const scalarSchema = point;

const alertSchema = z.object({
  labels,
  state: z.enum(['pending', 'firing']),
  activeAt: z.string(),
  value: z.string(),
});

export const ruleSchema = z.object({
  type: z.literal('alerting'),
  name: z.string(),
  query: z.string(),
  duration: z.number().nullish(),
  labels: labels.nullish(),
  alerts: z.array(alertSchema).nullish(),
  health: z.string().nullish(),
  lastError: z.string().nullish(),
  lastEvaluation: z.string().nullish(),
});

export const rulesSchema = z.object({
  groups: z.array(
    z.object({
      interval: z.number().nullish(),
      rules: z.array(z.looseObject({ type: z.string() })),
    }),
  ),
});

export type RuleObject = z.infer<typeof ruleSchema>;
export type Vector = z.infer<typeof vectorSchema>;
