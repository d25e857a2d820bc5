/** What a write may and may not change, by the kind of write and of object. */

import { mutableCopy, sameJson } from './json.ts';
import type { Fields, KubeObject, ManagedFieldsEntry, ObjectMeta } from './objects.ts';
import { apiVersionOf } from './resources.ts';
import type { ResourceType } from './resources.ts';
import { badRequest, conflict, invalid, staleVersion } from './status-error.ts';

export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

export interface Removal {
  preconditions?: Preconditions;
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
}

/** Resources that refuse an update without a resourceVersion (their strategies' AllowUnconditionalUpdate is false). */
const VERSION_REQUIRED = new Set(['poddisruptionbudgets', 'leases']);
const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/**
 * Whether a change counts as one of the spec. A Deployment's annotations count too (kubernetes
 * pkg/registry/apps/deployment/strategy.go, PrepareForUpdate).
 */
export function isCounted(live: KubeObject, next: KubeObject): boolean {
  const { metadata: _before, status: _beforeStatus, ...before } = live;
  const { metadata: _after, status: _afterStatus, ...after } = next;
  if (!sameJson(before, after)) return true;
  return (
    live.kind === 'Deployment' && !sameJson(live.metadata.annotations ?? {}, next.metadata.annotations ?? {})
  );
}

/** A new object as it begins: its status is not for its creator to say. */
export function withoutStatus(type: ResourceType, object: KubeObject): KubeObject {
  if (!type.subresources.includes('status')) return object;
  const { status: _status, ...rest } = object;
  if (type.kind === 'Pod') return { ...rest, status: { phase: 'Pending', qosClass: 'Burstable' } };
  if (type.kind === 'Namespace') return { ...rest, status: { phase: 'Active' } };
  return type.custom ? rest : { ...rest, status: EMPTY_STATUS[type.kind] ?? {} };
}

const EMPTY_STATUS: Record<string, Fields> = {
  ReplicaSet: { replicas: 0 },
  StatefulSet: { replicas: 0, availableReplicas: 0 },
  PodDisruptionBudget: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
};

/** Throws 400 for another name, 409 for another uid or version, 422 where a version is required. */
export function checkPreconditions(type: ResourceType, live: KubeObject, wanted: KubeObject): void {
  const { name, uid, resourceVersion } = live.metadata;
  const asked = wanted.metadata;
  if (asked.name !== name) {
    throw badRequest(`the name of the object (${asked.name}) does not match the name on the URL (${name})`);
  }
  if (asked.uid !== undefined && asked.uid !== '' && asked.uid !== uid) {
    throw conflict(
      type,
      name,
      `Precondition failed: UID in precondition: ${asked.uid}, UID in object meta: ${uid}`,
    );
  }
  if (asked.resourceVersion === undefined || asked.resourceVersion === '') {
    if (!type.custom && !VERSION_REQUIRED.has(type.plural)) return;
    throw invalid(type, name, [
      {
        reason: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        message: 'Invalid value: 0x0: must be specified for an update',
      },
    ]);
  }
  if (asked.resourceVersion !== resourceVersion) throw staleVersion(type, name);
}

/** Throws 409 when the object is not the one that was meant. */
export function checkDeletePreconditions(
  type: ResourceType,
  live: KubeObject,
  asked: Preconditions | undefined,
): void {
  const { name, uid, resourceVersion } = live.metadata;
  if (asked?.uid !== undefined && asked.uid !== uid) {
    const why = `the UID in the precondition (${asked.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(type, name, why);
  }
  if (asked?.resourceVersion === undefined || asked.resourceVersion === resourceVersion) return;
  const why = `the ResourceVersion in the precondition (${asked.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
  throw conflict(type, name, why);
}

/** The wanted object with everything put back that this kind of write may not change. */
export function settled(
  type: ResourceType,
  live: KubeObject,
  wanted: KubeObject,
  subresource: string,
): KubeObject {
  const next = mutableCopy(wanted);
  const metadata: ObjectMeta = { ...next.metadata, ...serverMetadata(live) };
  for (const field of [
    'namespace',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
  ] as const) {
    if (live.metadata[field] === undefined) delete metadata[field];
  }
  const identity = { apiVersion: apiVersionOf(type), kind: type.kind };
  if (subresource === 'status') return withStatusOf(type, live, { ...next, ...identity, metadata });
  if (!type.subresources.includes('status')) return { ...next, ...identity, metadata };
  const { status: _status, ...rest } = next;
  const kept = live['status'] === undefined ? {} : { status: live['status'] };
  return { ...rest, ...identity, metadata, ...kept };
}

function serverMetadata(live: KubeObject): Partial<ObjectMeta> {
  const {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generateName,
    managedFields,
  } = live.metadata;
  const given = {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generateName,
    managedFields,
  };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Partial<ObjectMeta>;
}

/** A status write keeps the spec; of the metadata a built-in object takes annotations only, a custom one nothing. */
function withStatusOf(type: ResourceType, live: KubeObject, next: KubeObject): KubeObject {
  const { annotations } = next.metadata;
  const { annotations: _before, ...rest } = live.metadata;
  const metadata = type.custom
    ? { ...live.metadata }
    : { ...rest, ...(annotations === undefined ? {} : { annotations }) };
  return {
    ...mutableCopy(live),
    metadata,
    ...(next['status'] === undefined ? {} : { status: next['status'] }),
  };
}

/** Seconds that a pod has to end; nothing else has any. */
export function graceOf(live: KubeObject, how: Removal): number {
  if (live.kind !== 'Pod') return 0;
  const spec = live['spec'] as { nodeName?: string; terminationGracePeriodSeconds?: number };
  if (spec.nodeName === undefined) return 0;
  return (
    how.gracePeriodSeconds ??
    live.metadata.deletionGracePeriodSeconds ??
    spec.terminationGracePeriodSeconds ??
    30
  );
}

/** What must be done before the object may go. */
export function finalizersAfter(live: KubeObject, how: Removal): string[] {
  const present = live.metadata.finalizers ?? [];
  const own = live.kind === 'Namespace' ? ['kubernetes'] : [];
  const asked =
    how.propagationPolicy === 'Foreground'
      ? [FOREGROUND]
      : how.propagationPolicy === 'Orphan'
        ? [ORPHAN]
        : [];
  return [...new Set([...present, ...own, ...asked])];
}

/** An entry whose fields did not change keeps its time: a write without effect leaves no trace. */
export function keepTimes(entries: ManagedFieldsEntry[], live: KubeObject): ManagedFieldsEntry[] {
  const before = live.metadata.managedFields ?? [];
  return entries.map(
    (entry) => before.find((old) => sameJson({ ...old, time: '' }, { ...entry, time: '' })) ?? entry,
  );
}
