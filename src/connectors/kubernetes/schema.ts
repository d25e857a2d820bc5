import { z } from 'zod';

/** Only the fields that we use, as the API server writes them (Go omits empty ones, and writes some as null). */

const texts = z.record(z.string(), z.string()).nullish();
const count = z.number().nullish();
const raw = z.record(z.string(), z.unknown());

const ownerSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().nullish(),
});

const managedFieldsSchema = z.object({
  manager: z.string().nullish(),
  operation: z.string().nullish(),
  subresource: z.string().nullish(),
  time: z.string().nullish(),
  fieldsV1: raw.nullish(),
});

export const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string().nullish(),
  uid: z.string(),
  resourceVersion: z.string().nullish(),
  generation: count,
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
  labels: texts,
  annotations: texts,
  ownerReferences: z.array(ownerSchema).nullish(),
  managedFields: z.array(managedFieldsSchema).nullish(),
});

export const objectSchema = z.object({ metadata: metadataSchema });

const conditionSchema = z.object({ type: z.string(), status: z.string(), reason: z.string().nullish() });

const selectorSchema = z.object({
  matchLabels: texts,
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
    .nullish(),
});

const intOrText = z.union([z.number(), z.string()]).nullish();

export const deploymentSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    replicas: count,
    paused: z.boolean().nullish(),
    template: raw,
    strategy: z
      .object({
        type: z.string().nullish(),
        rollingUpdate: z.object({ maxUnavailable: intOrText, maxSurge: intOrText }).nullish(),
      })
      .nullish(),
  }),
  status: z
    .object({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      readyReplicas: count,
      availableReplicas: count,
      conditions: z.array(conditionSchema).nullish(),
    })
    .nullish(),
});

export const replicaSetSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ replicas: count, template: raw }),
  status: z.object({ availableReplicas: count }).nullish(),
});

const terminatedSchema = z.object({
  reason: z.string().nullish(),
  exitCode: z.number().nullish(),
  finishedAt: z.string().nullish(),
});

const containerStatusSchema = z.object({
  name: z.string(),
  ready: z.boolean().nullish(),
  restartCount: count,
  state: z.object({ waiting: z.object({ reason: z.string().nullish() }).nullish() }).nullish(),
  lastState: z.object({ terminated: terminatedSchema.nullish() }).nullish(),
});

export const podSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ nodeName: z.string().nullish() }).nullish(),
  status: z
    .object({
      phase: z.string().nullish(),
      conditions: z.array(conditionSchema).nullish(),
      containerStatuses: z.array(containerStatusSchema).nullish(),
      initContainerStatuses: z.array(containerStatusSchema).nullish(),
    })
    .nullish(),
});

const scaleTargetSchema = z.object({ kind: z.string().nullish(), name: z.string() });

export const autoscalerSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ scaleTargetRef: scaleTargetSchema }),
});

export const verticalAutoscalerSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    targetRef: scaleTargetSchema.nullish(),
    updatePolicy: z.object({ updateMode: z.string().nullish() }).nullish(),
  }),
});

export const budgetSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ selector: selectorSchema.nullish() }),
  status: z.object({ disruptionsAllowed: count, observedGeneration: count }).nullish(),
});

export const externalSecretSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ target: z.object({ name: z.string().nullish() }).nullish() }).nullish(),
  status: z.object({ refreshTime: z.string().nullish() }).nullish(),
});

export const nodeSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ unschedulable: z.boolean().nullish() }).nullish(),
  status: z.object({ conditions: z.array(conditionSchema).nullish() }).nullish(),
});

export const eventSchema = z.object({
  metadata: metadataSchema,
  involvedObject: z.object({
    kind: z.string().nullish(),
    name: z.string().nullish(),
    uid: z.string().nullish(),
  }),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  count,
  eventTime: z.string().nullish(),
  firstTimestamp: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  series: z.object({ count, lastObservedTime: z.string().nullish() }).nullish(),
});

export const groupsSchema = z.object({
  kind: z.literal('APIGroupList'),
  groups: z.array(
    z.object({
      name: z.string(),
      versions: z.array(z.object({ version: z.string() })).nullish(),
      preferredVersion: z.object({ version: z.string() }).nullish(),
    }),
  ),
});

/** What is read back of a template: never all of it, `raw` carries the rest unread. */
const referenceSchema = z.object({ name: z.string().nullish() }).nullish();

const environmentSchema = z.object({
  env: z
    .array(
      z.object({
        valueFrom: z.object({ configMapKeyRef: referenceSchema, secretKeyRef: referenceSchema }).nullish(),
      }),
    )
    .nullish(),
  envFrom: z.array(z.object({ configMapRef: referenceSchema, secretRef: referenceSchema })).nullish(),
});

const containerSchema = environmentSchema.extend({
  name: z.string(),
  image: z.string().nullish(),
  resources: z
    .object({ limits: z.record(z.string(), z.union([z.string(), z.number()])).nullish() })
    .nullish(),
});

const secretVolumeSchema = z.object({ secretName: z.string().nullish() }).nullish();

export const templateSchema = z.object({
  metadata: z.object({ labels: texts, annotations: texts }).nullish(),
  spec: z.object({
    containers: z.array(containerSchema),
    initContainers: z.array(containerSchema).nullish(),
    volumes: z
      .array(
        z.object({
          configMap: referenceSchema,
          secret: secretVolumeSchema,
          projected: z
            .object({
              sources: z.array(z.object({ configMap: referenceSchema, secret: referenceSchema })).nullish(),
            })
            .nullish(),
        }),
      )
      .nullish(),
  }),
});

export type Metadata = z.infer<typeof metadataSchema>;
export type DeploymentObject = z.infer<typeof deploymentSchema>;
export type ReplicaSetObject = z.infer<typeof replicaSetSchema>;
export type PodObject = z.infer<typeof podSchema>;
export type AutoscalerObject = z.infer<typeof autoscalerSchema>;
export type VerticalAutoscalerObject = z.infer<typeof verticalAutoscalerSchema>;
export type BudgetObject = z.infer<typeof budgetSchema>;
export type ExternalSecretObject = z.infer<typeof externalSecretSchema>;
export type NodeObject = z.infer<typeof nodeSchema>;
export type EventObject = z.infer<typeof eventSchema>;
export type Selector = z.infer<typeof selectorSchema>;
export type MetadataObject = z.infer<typeof objectSchema>;
