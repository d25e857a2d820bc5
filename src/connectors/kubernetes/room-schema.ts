import { z } from 'zod';
import { metadataSchema } from './schema.ts';

/** What nodes have and pods ask for: only the fields that the scheduler's arithmetic needs. */

const amounts = z.record(z.string(), z.union([z.string(), z.number()])).nullish();
const resources = z.object({ requests: amounts, limits: amounts }).nullish();

const containers = z.array(z.object({ resources, restartPolicy: z.string().nullish() })).nullish();

const expressions = z
  .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
  .nullish();

const nodeAffinity = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .object({
      nodeSelectorTerms: z
        .array(z.object({ matchExpressions: expressions, matchFields: expressions }))
        .nullish(),
    })
    .nullish(),
});

export const podSpecSchema = z.object({
  nodeName: z.string().nullish(),
  containers,
  initContainers: containers,
  overhead: amounts,
  resources,
  nodeSelector: z.record(z.string(), z.string()).nullish(),
  affinity: z.object({ nodeAffinity: nodeAffinity.nullish() }).nullish(),
  tolerations: z
    .array(
      z.object({
        key: z.string().nullish(),
        operator: z.string().nullish(),
        value: z.string().nullish(),
        effect: z.string().nullish(),
      }),
    )
    .nullish(),
});

export const placedPodSchema = z.object({
  metadata: metadataSchema.pick({ name: true, namespace: true }),
  spec: podSpecSchema,
  status: z.object({ phase: z.string().nullish() }).nullish(),
});

export const roomyNodeSchema = z.object({
  metadata: metadataSchema,
  spec: z
    .object({
      unschedulable: z.boolean().nullish(),
      taints: z
        .array(z.object({ key: z.string(), value: z.string().nullish(), effect: z.string() }))
        .nullish(),
    })
    .nullish(),
  status: z.object({
    allocatable: z.record(z.string(), z.union([z.string(), z.number()])),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
  }),
});

export type PodSpecObject = z.infer<typeof podSpecSchema>;
export type PlacedPodObject = z.infer<typeof placedPodSchema>;
export type RoomyNodeObject = z.infer<typeof roomyNodeSchema>;
