/** The server-side tables that `kubectl get` prints. Source: kubernetes pkg/printers/internalversion/printers.go. */

import { conditionOf, textOf } from './objects.ts';
import type {
  Deployment,
  Fields,
  KubeEvent,
  KubeObject,
  Node,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
} from './objects.ts';
import type { ApiRequest } from './request.ts';
import type { ResourceType } from './resources.ts';

interface Column {
  name: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  priority: number;
  cell: (object: KubeObject, nowMs: number) => string | number;
}

/** True when the client asks for a table, as kubectl does. */
export function wantsTable(request: ApiRequest): boolean {
  return (request.headers?.['accept'] ?? '').includes('as=Table');
}

/** The objects as a `meta.k8s.io/v1` Table; each row carries the object's metadata. */
export function tableOf(
  type: ResourceType,
  objects: readonly KubeObject[],
  resourceVersion: string,
  nowMs: number,
): Fields {
  const columns = [column('Name', ({ metadata }) => metadata.name), ...(COLUMNS[type.plural] ?? [AGE])];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion },
    columnDefinitions: columns.map(({ name, priority }) => ({
      name,
      type: 'string',
      format: name === 'Name' ? 'name' : '',
      description: name,
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, nowMs)),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}

function column(name: string, cell: Column['cell'], priority = 0): Column {
  return { name, priority, cell };
}

const AGE = column('Age', ({ metadata }, nowMs) => age(metadata.creationTimestamp, nowMs));

const COLUMNS: Record<string, Column[]> = {
  pods: [
    column('Ready', (object) => {
      const statuses = (object as Pod).status.containerStatuses ?? [];
      return `${statuses.filter((status) => status.ready).length}/${(object as Pod).spec.containers.length}`;
    }),
    column('Status', (object) => podStatus(object as Pod)),
    column('Restarts', (object) =>
      ((object as Pod).status.containerStatuses ?? []).reduce((sum, status) => sum + status.restartCount, 0),
    ),
    AGE,
    column('IP', (object) => (object as Pod).status.podIP ?? '<none>', 1),
    column('Node', (object) => (object as Pod).spec.nodeName ?? '<none>', 1),
  ],
  deployments: [
    column(
      'Ready',
      (object) =>
        `${(object as Deployment).status.readyReplicas ?? 0}/${(object as Deployment).spec.replicas}`,
    ),
    column('Up-to-date', (object) => (object as Deployment).status.updatedReplicas ?? 0),
    column('Available', (object) => (object as Deployment).status.availableReplicas ?? 0),
    AGE,
  ],
  replicasets: [
    column('Desired', (object) => (object as ReplicaSet).spec.replicas),
    column('Current', (object) => (object as ReplicaSet).status.replicas),
    column('Ready', (object) => (object as ReplicaSet).status.readyReplicas ?? 0),
    AGE,
  ],
  nodes: [
    column('Status', (object) => nodeStatus(object as Node)),
    column('Roles', () => '<none>'),
    AGE,
    column('Version', (object) => textOf((object as Node).status.nodeInfo?.['kubeletVersion'])),
  ],
  namespaces: [
    column('Status', (object) => textOf((object['status'] as Fields | undefined)?.['phase'])),
    AGE,
  ],
  poddisruptionbudgets: [
    column('Min Available', (object) => (object as PodDisruptionBudget).spec.minAvailable ?? 'N/A'),
    column('Max Unavailable', (object) => (object as PodDisruptionBudget).spec.maxUnavailable ?? 'N/A'),
    column('Allowed Disruptions', (object) => (object as PodDisruptionBudget).status.disruptionsAllowed),
    AGE,
  ],
  events: [
    column('Last Seen', (object, nowMs) => age((object as KubeEvent).lastTimestamp, nowMs)),
    column('Type', (object) => (object as KubeEvent).type),
    column('Reason', (object) => (object as KubeEvent).reason),
    column('Object', ({ ...object }) => {
      const about = (object['involvedObject'] ?? object['regarding']) as
        | { kind?: string; name?: string }
        | undefined;
      return `${(about?.kind ?? '').toLowerCase()}/${about?.name ?? ''}`;
    }),
    column('Message', (object) => textOf(object['message'] ?? object['note'])),
  ],
};

function podStatus(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  for (const { state } of pod.status.containerStatuses ?? []) {
    if (state.waiting !== undefined) return state.waiting.reason;
    if (state.terminated !== undefined) return state.terminated.reason;
  }
  return pod.status.reason ?? pod.status.phase;
}

function nodeStatus(node: Node): string {
  const ready = conditionOf(node.status.conditions, 'Ready')?.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec.unschedulable === true ? `${ready},SchedulingDisabled` : ready;
}

function age(since: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
