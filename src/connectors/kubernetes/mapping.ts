import type { Labels } from '../../domain/alert.ts';
import type { TargetRef } from '../../domain/target.ts';
import type {
  FieldManager,
  NodeHealth,
  Pod,
  PodContainer,
  Revision,
  Workload,
} from '../../domain/workload.ts';
import { podTemplate } from './pod-template.ts';
import type { DeploymentObject, Metadata, NodeObject, PodObject, ReplicaSetObject } from './schema.ts';

/** The Deployment controller's annotation on Deployments and ReplicaSets. */
const REVISION = 'deployment.kubernetes.io/revision';
/** What the API server fills in where `maxUnavailable` and `maxSurge` are missing (apps/v1 defaults). */
const ROLLING_DEFAULT = '25%';

/** An RFC 3339 time as milliseconds since the epoch; 0 for a missing or unreadable one. */
export function timeMs(text: string | null | undefined): number {
  if (text === null || text === undefined) return 0;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

function recordAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** The managers of an object's fields; `fieldsV1` is read only where guards ask. */
export function managersOf(metadata: Metadata): readonly FieldManager[] {
  return (metadata.managedFields ?? []).map((entry) => {
    const spec = recordAt(entry.fieldsV1, 'f:spec');
    const subresource = entry.subresource ?? '';
    return {
      manager: entry.manager ?? '',
      operation: entry.operation ?? '',
      ...(subresource === '' ? {} : { subresource }),
      ownsReplicas: recordAt(spec, 'f:replicas') !== undefined,
      ownsTemplate: recordAt(spec, 'f:template') !== undefined,
    };
  });
}

/** A number, or a share such as `25%` of `total`; rounded as the Deployment controller does (`ResolveFenceposts`). */
function resolved(value: number | string, total: number, round: (share: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 0 : round((Number(percent) / 100) * total);
}

/** Pods that a rollout may take away at once. Never 0: a rollout that may neither add nor take could not move. */
export function maxUnavailableOf(object: DeploymentObject, replicas: number): number {
  const { strategy } = object.spec;
  if (strategy?.type === 'Recreate') return replicas;
  const rolling = strategy?.rollingUpdate;
  const unavailable = resolved(rolling?.maxUnavailable ?? ROLLING_DEFAULT, replicas, Math.floor);
  const surge = resolved(rolling?.maxSurge ?? ROLLING_DEFAULT, replicas, Math.ceil);
  return unavailable === 0 && surge === 0 ? 1 : Math.min(unavailable, replicas);
}

/** Pods that a rollout may start before it takes one away. */
export function maxSurgeOf(object: DeploymentObject, replicas: number): number {
  const { strategy } = object.spec;
  if (strategy?.type === 'Recreate') return 0;
  return resolved(strategy?.rollingUpdate?.maxSurge ?? ROLLING_DEFAULT, replicas, Math.ceil);
}

export function revisionNumber(annotations: Labels | null | undefined): number {
  const text = annotations?.[REVISION] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function statusOf(object: DeploymentObject): Workload['status'] {
  const { status } = object;
  return {
    replicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    ready: status?.readyReplicas ?? 0,
    available: status?.availableReplicas ?? 0,
  };
}

function stuck(object: DeploymentObject): boolean {
  return (object.status?.conditions ?? []).some(
    ({ type, status, reason }) =>
      type === 'Progressing' && status === 'False' && reason === 'ProgressDeadlineExceeded',
  );
}

export function workloadFrom(object: DeploymentObject): Workload {
  const { metadata, spec } = object;
  const ref: TargetRef = { kind: 'Deployment', namespace: metadata.namespace ?? '', name: metadata.name };
  const replicas = spec.replicas ?? 1;
  return {
    ref,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion ?? '',
    generation: metadata.generation ?? 0,
    observedGeneration: object.status?.observedGeneration ?? 0,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    deleting: typeof metadata.deletionTimestamp === 'string',
    pausedRollout: spec.paused === true,
    replicas,
    status: statusOf(object),
    rolloutStuck: stuck(object),
    strategy: spec.strategy?.type === 'Recreate' ? 'Recreate' : 'RollingUpdate',
    maxUnavailable: maxUnavailableOf(object, replicas),
    revision: revisionNumber(metadata.annotations),
    template: podTemplate(spec.template),
    managers: managersOf(metadata),
  };
}

/** The uid of the controller that owns an object; '' for none. */
export function controllerUid(metadata: Metadata): string {
  return metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? '';
}

/** The ReplicaSets of one Deployment, newest revision first. */
export function revisionsFrom(
  objects: readonly ReplicaSetObject[],
  deploymentUid: string,
): readonly Revision[] {
  return objects
    .filter((object) => controllerUid(object.metadata) === deploymentUid)
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      uid: metadata.uid,
      revision: revisionNumber(metadata.annotations),
      createdAtMs: timeMs(metadata.creationTimestamp),
      replicas: spec.replicas ?? 0,
      available: status?.availableReplicas ?? 0,
      template: podTemplate(spec.template),
    }))
    .toSorted((a, b) => b.revision - a.revision || b.createdAtMs - a.createdAtMs);
}

type ContainerStatus = NonNullable<NonNullable<PodObject['status']>['containerStatuses']>[number];

type Terminated = NonNullable<ContainerStatus['lastState']>['terminated'];

function lastExit(last: Terminated): Pick<PodContainer, 'lastExit'> {
  if (last === null || last === undefined) return {};
  const { reason, exitCode, finishedAt } = last;
  return { lastExit: { reason: reason ?? '', code: exitCode ?? 0, finishedAtMs: timeMs(finishedAt) } };
}

function containerFrom(status: ContainerStatus): PodContainer {
  const waiting = status.state?.waiting;
  return {
    name: status.name,
    ready: status.ready === true,
    restarts: status.restartCount ?? 0,
    ...(waiting === null || waiting === undefined ? {} : { waiting: waiting.reason ?? 'Waiting' }),
    ...lastExit(status.lastState?.terminated),
  };
}

/**
 * The containers that count. An init container is one only while it waits or has restarted: it is never "ready"
 * afterwards, and what is wrong with it (a crash loop, a missing image) is wrong with the pod.
 */
function containersOf(status: PodObject['status']): readonly ContainerStatus[] {
  const inits = (status?.initContainerStatuses ?? []).filter(
    (each) => (each.restartCount ?? 0) > 0 || (each.state?.waiting ?? null) !== null,
  );
  return [...(status?.containerStatuses ?? []), ...inits];
}

type Conditions = NonNullable<PodObject['status']>['conditions'];

function isReady(conditions: Conditions): boolean {
  return (conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

export function podFrom({ metadata, spec, status }: PodObject, owner: string): Pod {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    node: spec?.nodeName ?? '',
    createdAtMs: timeMs(metadata.creationTimestamp),
    phase: status?.phase ?? 'Unknown',
    ready: isReady(status?.conditions),
    terminating: typeof metadata.deletionTimestamp === 'string',
    owner,
    containers: containersOf(status).map(containerFrom),
  };
}

/** The pods that the given ReplicaSets own, by name. */
export function podsFrom(objects: readonly PodObject[], revisions: readonly Revision[]): readonly Pod[] {
  const owners = new Map(revisions.map(({ uid, name }) => [uid, name]));
  return objects
    .flatMap((object) => {
      const owner = owners.get(controllerUid(object.metadata));
      return owner === undefined ? [] : [podFrom(object, owner)];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Health of the nodes that carry `pods`. */
export function nodesFrom(objects: readonly NodeObject[], pods: readonly Pod[]): readonly NodeHealth[] {
  const used = new Set(pods.map(({ node }) => node));
  return objects
    .filter(({ metadata }) => used.has(metadata.name))
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      ready: isReady(status?.conditions),
      schedulable: spec?.unschedulable !== true,
    }));
}
