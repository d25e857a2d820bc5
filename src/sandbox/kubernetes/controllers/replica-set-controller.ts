/** ReplicaSets: as many pods as wanted, no more, no less. Source: kubernetes pkg/controller/replicaset. */

import type { StoreChange } from '../object-store.ts';
import { controllerOf, isActive, isReady } from '../objects.ts';
import type { Condition, Draft, Pod, PodTemplate, ReplicaSet } from '../objects.ts';
import { StatusError } from '../status-error.ts';
import { withCondition } from './control-client.ts';
import type { ControlClient } from './control-client.ts';
import { managerClient } from './controller.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

/** Failed creations are tried again after this, doubled up to the most. */
const RETRY_MS = 1000;
const RETRY_MOST_MS = 60_000;

export class ReplicaSetController implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #queue: WorkQueue;
  readonly #failures = new Map<string, number>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = managerClient(parts.api);
    this.#queue = new WorkQueue(parts.api.clock, parts.timing.controllerMs, (key) => this.#sync(key));
  }

  changed({ storage, object }: StoreChange): void {
    if (storage === 'replicasets') this.#queue.add(keyOf(object));
    if (storage !== 'pods') return;
    const owner = controllerOf(object);
    if (owner?.kind === 'ReplicaSet') this.#queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
  }

  stop(): void {
    this.#queue.stop();
  }

  #sync(key: string): void {
    const set = this.#parts.api.store.get('replicasets', ...splitKey(key));
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    const pods = this.#podsOf(set).filter(isActive);
    const missing = set.spec.replicas - pods.length;
    const refusal = missing > 0 ? this.#createPods(set, missing) : undefined;
    if (missing < 0) this.#deletePods(set, pods, -missing);
    this.#retryLater(key, refusal);
    this.#report(set, refusal, missing < 0 ? 'FailedDelete' : 'FailedCreate');
  }

  #podsOf(set: ReplicaSet): Pod[] {
    const pods = this.#parts.api.store.list('pods', set.metadata.namespace);
    return pods.filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
  }

  /** Creates pods until one is refused; returns the refusal. */
  #createPods(set: ReplicaSet, count: number): string | undefined {
    for (let created = 0; created < count; created++) {
      try {
        const pod = this.#client.create('pods', podDraft(set, 'apps/v1', set.spec.template));
        this.#tell(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        this.#tell(
          set,
          'Warning',
          'FailedCreate',
          `Error creating: ${error.message.replace(/^pods "[^"]+"/, `pods "${set.metadata.name}-"`)}`,
        );
        return error.message;
      }
    }
    return undefined;
  }

  #deletePods(set: ReplicaSet, pods: readonly Pod[], count: number): void {
    for (const pod of pods.toSorted(dispensableFirst).slice(0, count)) {
      this.#client.remove('pods', pod);
      this.#tell(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
  }

  #tell(set: ReplicaSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#parts.events.record(set, { type, reason, message, component: 'replicaset-controller' });
  }

  #retryLater(key: string, refusal: string | undefined): void {
    if (refusal === undefined) {
      this.#failures.delete(key);
      return;
    }
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#queue.add(key, Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** failures));
  }

  #report(set: ReplicaSet, refusal: string | undefined, reason: string): void {
    const pods = this.#podsOf(set).filter(isActive);
    const nowMs = this.#parts.api.clock.now();
    const ready = pods.filter(isReady);
    const heldMs = (set.spec.minReadySeconds ?? 0) * 1000;
    const available = ready.filter((pod) => nowMs - readySinceMs(pod) >= heldMs);
    if (available.length < ready.length) this.#queue.add(keyOf(set), 1000);
    const others = (set.status.conditions ?? []).filter((condition) => condition.type !== 'ReplicaFailure');
    const failed: Condition | undefined =
      refusal === undefined
        ? undefined
        : { type: 'ReplicaFailure', status: 'True', reason, message: refusal };
    const conditions = failed === undefined ? others : withCondition(set.status.conditions, failed, nowMs);
    const { generation } = set.metadata;
    this.#client.setStatus('replicasets', set, {
      replicas: pods.length,
      ...(pods.length === 0 ? {} : { fullyLabeledReplicas: pods.length }),
      ...(ready.length === 0 ? {} : { readyReplicas: ready.length }),
      ...(available.length === 0 ? {} : { availableReplicas: available.length }),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(conditions.length === 0 ? {} : { conditions }),
    });
  }
}

function readySinceMs(pod: Pod): number {
  const ready = pod.status.conditions?.find((condition) => condition.type === 'Ready');
  return Date.parse(ready?.lastTransitionTime ?? '');
}

/** A pod of this template, owned by this workload. */
export function podDraft(
  owner: { kind: string; metadata: ReplicaSet['metadata'] },
  apiVersion: string,
  template: PodTemplate,
  name?: string,
): Draft {
  const { name: ownerName, namespace, uid } = owner.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(name === undefined ? { generateName: `${ownerName}-` } : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...template.metadata,
      ownerReferences: [
        { apiVersion, kind: owner.kind, name: ownerName, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: template.spec,
  };
}

/** Order of deletion: not scheduled, not running, not ready, most restarts, youngest (controller_utils.go, ActivePodsWithRanks). */
function dispensableFirst(left: Pod, right: Pod): number {
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName === undefined ? 0 : 1,
    pod.status.phase === 'Running' ? 1 : 0,
    isReady(pod) ? 1 : 0,
    isReady(pod) ? -readySinceMs(pod) : 0,
    -(pod.status.containerStatuses ?? []).reduce((sum, status) => sum + status.restartCount, 0),
    -Date.parse(pod.metadata.creationTimestamp),
  ];
  const [first, second] = [rank(left), rank(right)];
  for (const [index, value] of first.entries()) {
    const difference = value - (second[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.metadata.name < right.metadata.name ? -1 : 1;
}
