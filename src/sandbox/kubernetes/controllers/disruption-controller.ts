/** Disruption budgets: how many pods may be taken away now. Source: kubernetes pkg/controller/disruption/disruption.go. */

import type { StoreChange } from '../object-store.ts';
import { controllerOf, isActive, isReady } from '../objects.ts';
import type { Condition, Pod, PodDisruptionBudget } from '../objects.ts';
import { countOrShare } from '../quantity.ts';
import { selects } from '../selectors.ts';
import { withCondition } from './control-client.ts';
import type { ControlClient } from './control-client.ts';
import { managerClient } from './controller.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

/** An eviction that was allowed counts until the pod goes, for this long at most. */
const DISRUPTED_MOST_MS = 120_000;

export class DisruptionController implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #queue: WorkQueue;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = managerClient(parts.api);
    this.#queue = new WorkQueue(parts.api.clock, parts.timing.controllerMs, (key) => this.#sync(key));
  }

  changed({ storage, object }: StoreChange): void {
    if (storage === 'poddisruptionbudgets') this.#queue.add(keyOf(object));
    if (storage !== 'pods') return;
    for (const budget of this.#parts.api.store.list('poddisruptionbudgets', object.metadata.namespace)) {
      if (selects(budget.spec.selector, object.metadata.labels)) this.#queue.add(keyOf(budget));
    }
  }

  stop(): void {
    this.#queue.stop();
  }

  #sync(key: string): void {
    const { store, clock } = this.#parts.api;
    const budget = store.get('poddisruptionbudgets', ...splitKey(key));
    if (budget === undefined) return;
    const pods = store
      .list('pods', budget.metadata.namespace)
      .filter((pod) => selects(budget.spec.selector, pod.metadata.labels));
    const disruptedPods = this.#stillDisrupted(budget, pods);
    const counted = pods.filter((pod) => isActive(pod) && disruptedPods[pod.metadata.name] === undefined);
    const currentHealthy = counted.filter(isReady).length;
    const expectedPods = this.#expected(pods.filter(isActive));
    const desiredHealthy = desired(budget, expectedPods);
    const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
    const isAllowed = disruptionsAllowed > 0;
    const condition: Condition = {
      type: 'DisruptionAllowed',
      status: isAllowed ? 'True' : 'False',
      reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
      message: '',
    };
    this.#client.setStatus('poddisruptionbudgets', budget, {
      observedGeneration: budget.metadata.generation ?? 1,
      disruptionsAllowed,
      currentHealthy,
      desiredHealthy,
      expectedPods,
      ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
      conditions: withCondition(budget.status.conditions, condition, clock.now()),
    });
  }

  #stillDisrupted(budget: PodDisruptionBudget, pods: readonly Pod[]): Record<string, string> {
    const nowMs = this.#parts.api.clock.now();
    return Object.fromEntries(
      Object.entries(budget.status.disruptedPods ?? {}).filter(([name, since]) => {
        const pod = pods.find((candidate) => candidate.metadata.name === name);
        return (
          pod !== undefined &&
          pod.metadata.deletionTimestamp === undefined &&
          nowMs - Date.parse(since) < DISRUPTED_MOST_MS
        );
      }),
    );
  }

  /** The wanted size of all workloads that the pods belong to. */
  #expected(pods: readonly Pod[]): number {
    const owners = new Map(pods.map((pod) => [controllerOf(pod)?.uid ?? pod.metadata.uid, pod]));
    return [...owners.values()].reduce((sum, pod) => sum + this.#sizeOfOwner(pod), 0);
  }

  #sizeOfOwner(pod: Pod): number {
    const owner = controllerOf(pod);
    const namespace = pod.metadata.namespace ?? '';
    const { store } = this.#parts.api;
    if (owner?.kind === 'StatefulSet')
      return store.get('statefulsets', namespace, owner.name)?.spec.replicas ?? 0;
    if (owner?.kind !== 'ReplicaSet') return 1;
    return store.get('replicasets', namespace, owner.name)?.spec.replicas ?? 0;
  }
}

function desired({ spec }: PodDisruptionBudget, expected: number): number {
  if (spec.maxUnavailable !== undefined)
    return Math.max(0, expected - countOrShare(spec.maxUnavailable, expected, 'up'));
  return countOrShare(spec.minAvailable ?? 1, expected, 'up');
}
