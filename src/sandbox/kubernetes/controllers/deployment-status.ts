/** What a Deployment reports about itself. Source: kubernetes pkg/controller/deployment/{sync,progress}.go. */

import { conditionOf } from '../objects.ts';
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from '../objects.ts';
import { timestamp } from '../time.ts';
import { withCondition } from './control-client.ts';
import { fenceposts } from './revision.ts';

/** The status that follows from the ReplicaSets. */
export function deploymentStatus(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  nowMs: number,
): DeploymentStatus {
  const sum = (count: (set: ReplicaSet) => number): number =>
    all.reduce((total, set) => total + count(set), 0);
  const replicas = sum((set) => set.status.replicas);
  const available = sum((set) => set.status.availableReplicas ?? 0);
  const counts = {
    replicas,
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: sum((set) => set.status.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum((set) => set.spec.replicas) - available),
  };
  const { generation } = deployment.metadata;
  const status: DeploymentStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...nonZero(counts),
  };
  const conditions = [
    availability(deployment, available),
    progressing(deployment, current, counts, nowMs),
    failure(all),
  ];
  let list = (deployment.status.conditions ?? []).filter((condition) => condition.type !== 'ReplicaFailure');
  for (const condition of conditions)
    if (condition !== undefined) list = withCondition(list, condition, nowMs);
  return { ...status, conditions: list.map((condition) => stamped(condition, deployment, nowMs)) };
}

/** Counts that are zero are left out, as Go's omitempty does. */
function nonZero(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

function availability(deployment: Deployment, available: number): Condition {
  const least = deployment.spec.replicas - fenceposts(deployment).unavailable;
  return available >= least
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

interface Counts {
  replicas: number;
  updatedReplicas: number;
  readyReplicas: number;
  availableReplicas: number;
}

function progressing(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  counts: Counts,
  nowMs: number,
): Condition | undefined {
  const before = conditionOf(deployment.status.conditions, 'Progressing');
  const name = current?.metadata.name ?? '';
  const { replicas } = deployment.spec;
  const isComplete =
    counts.updatedReplicas === replicas &&
    counts.replicas === replicas &&
    counts.availableReplicas === replicas;
  if (isComplete && current !== undefined) {
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${name}" has successfully progressed.`,
    };
  }
  const isSettled =
    before?.reason === 'NewReplicaSetAvailable' && before.message?.includes(`"${name}"`) === true;
  if (isSettled) return before;
  const isNew = before === undefined || before.reason === 'NewReplicaSetAvailable';
  if (isNew || hasProgressed(deployment.status, counts)) {
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'ReplicaSetUpdated',
      message: `ReplicaSet "${name}" is progressing.`,
      lastUpdateTime: timestamp(nowMs),
    };
  }
  const idleMs = nowMs - Date.parse(before.lastUpdateTime ?? timestamp(nowMs));
  if (idleMs <= deployment.spec.progressDeadlineSeconds * 1000) return before;
  return {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: `ReplicaSet "${name}" has timed out progressing.`,
  };
}

function hasProgressed(
  before: DeploymentStatus,
  { replicas, updatedReplicas, readyReplicas, availableReplicas }: Counts,
): boolean {
  const oldBefore = (before.replicas ?? 0) - (before.updatedReplicas ?? 0);
  return (
    updatedReplicas > (before.updatedReplicas ?? 0) ||
    replicas - updatedReplicas < oldBefore ||
    readyReplicas > (before.readyReplicas ?? 0) ||
    availableReplicas > (before.availableReplicas ?? 0)
  );
}

function failure(all: readonly ReplicaSet[]): Condition | undefined {
  for (const set of all) {
    const found = conditionOf(set.status.conditions, 'ReplicaFailure');
    if (found?.status === 'True') return found;
  }
  return undefined;
}

/** The update time moves with what the condition says. */
function stamped(condition: Condition, deployment: Deployment, nowMs: number): Condition {
  const before = conditionOf(deployment.status.conditions, condition.type);
  const isSame =
    before?.reason === condition.reason &&
    before?.status === condition.status &&
    before?.message === condition.message;
  const lastUpdateTime =
    condition.lastUpdateTime ?? (isSame ? before?.lastUpdateTime : undefined) ?? timestamp(nowMs);
  return { ...condition, lastUpdateTime };
}
