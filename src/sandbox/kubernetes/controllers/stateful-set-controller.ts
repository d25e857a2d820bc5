/** StatefulSets: numbered pods, one after the other. Source: kubernetes pkg/controller/statefulset. */

import { canonicalJson } from '../json.ts';
import type { StoreChange } from '../object-store.ts';
import { controllerOf, isReady } from '../objects.ts';
import type { Pod, PodTemplate, StatefulSet } from '../objects.ts';
import { safeHash } from '../random.ts';
import { StatusError } from '../status-error.ts';
import type { ControlClient } from './control-client.ts';
import { managerClient } from './controller.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { podDraft } from './replica-set-controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

const REVISION_LABEL = 'controller-revision-hash';
const RETRY_MS = 1000;

export class StatefulSetController implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #queue: WorkQueue;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = managerClient(parts.api);
    this.#queue = new WorkQueue(parts.api.clock, parts.timing.controllerMs, (key) => this.#sync(key));
  }

  changed({ storage, object }: StoreChange): void {
    if (storage === 'statefulsets') this.#queue.add(keyOf(object));
    if (storage !== 'pods') return;
    const owner = controllerOf(object);
    if (owner?.kind === 'StatefulSet') this.#queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
  }

  stop(): void {
    this.#queue.stop();
  }

  #sync(key: string): void {
    const set = this.#parts.api.store.get('statefulsets', ...splitKey(key));
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    const revision = `${set.metadata.name}-${safeHash(canonicalJson(set.spec.template)).slice(0, 10)}`;
    try {
      this.#step(set, revision);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#parts.events.record(set, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: error.message,
        component: 'statefulset-controller',
      });
      this.#queue.add(key, RETRY_MS);
    }
    this.#report(set, revision);
  }

  /** One step at a time: create the first missing pod, else remove the last surplus one, else renew the last old one. */
  #step(set: StatefulSet, revision: string): void {
    const pods = this.#podsOf(set);
    for (let ordinal = 0; ordinal < set.spec.replicas; ordinal++) {
      const pod = pods.get(ordinal);
      if (pod === undefined) return this.#createPod(set, ordinal, revision);
      if (!isReady(pod) && pod.metadata.labels?.[REVISION_LABEL] === revision) return;
    }
    const surplus = Math.max(-1, ...pods.keys());
    const doomed = surplus >= set.spec.replicas ? pods.get(surplus) : lastOld(pods, revision);
    if (doomed !== undefined && doomed.metadata.deletionTimestamp === undefined)
      this.#client.remove('pods', doomed);
  }

  #createPod(set: StatefulSet, ordinal: number, revision: string): void {
    const name = `${set.metadata.name}-${ordinal}`;
    const { metadata = {}, spec } = set.spec.template;
    const labels = {
      ...metadata.labels,
      [REVISION_LABEL]: revision,
      'statefulset.kubernetes.io/pod-name': name,
    };
    const template: PodTemplate = { metadata: { ...metadata, labels }, spec };
    this.#client.create('pods', podDraft(set, 'apps/v1', template, name));
    this.#parts.events.record(set, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      component: 'statefulset-controller',
      message: `create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
    });
  }

  #podsOf(set: StatefulSet): Map<number, Pod> {
    const pods = this.#parts.api.store.list('pods', set.metadata.namespace);
    const owned = pods.filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
    return new Map(owned.map((pod) => [Number(pod.metadata.name.slice(set.metadata.name.length + 1)), pod]));
  }

  #report(set: StatefulSet, revision: string): void {
    const pods = [...this.#podsOf(set).values()];
    const ready = pods.filter(isReady).length;
    const updated = pods.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision).length;
    this.#client.setStatus('statefulsets', set, {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: updated,
      updatedReplicas: updated,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount: 0,
    });
  }
}

function lastOld(pods: ReadonlyMap<number, Pod>, revision: string): Pod | undefined {
  const old = [...pods].filter(([, pod]) => pod.metadata.labels?.[REVISION_LABEL] !== revision);
  return old.toSorted(([left], [right]) => right - left)[0]?.[1];
}
