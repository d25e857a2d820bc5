/** The eviction subresource: a pod is deleted only if its disruption budget allows. Source: kubernetes pkg/registry/core/pod/storage/eviction.go. */

import type { Clock } from '../../ports/clock.ts';
import type { ObjectStore } from './object-store.ts';
import type { Actor, ObjectWrites } from './object-writes.ts';
import { conditionOf, isReady } from './objects.ts';
import type { Condition, Pod, PodDisruptionBudget } from './objects.ts';
import type { Resources } from './resources.ts';
import { selects } from './selectors.ts';
import { forbidden, notFound, StatusError } from './status-error.ts';
import { timestamp } from './time.ts';
import type { Removal } from './write-rules.ts';

const SERVER: Actor = { user: 'system:apiserver', manager: 'kube-apiserver', subresource: 'status' };
const RETRY_AFTER_SECONDS = 10;

export interface EvictionParts {
  store: ObjectStore;
  writes: ObjectWrites;
  resources: Resources;
  clock: Clock;
}

/** Evicts a pod. Throws 429 when its budget does not allow it, 500 when several budgets match, 409 on another uid. */
export function evict(
  parts: EvictionParts,
  namespace: string,
  name: string,
  how: Removal,
  actor: Actor,
): void {
  const { store, writes, resources } = parts;
  const pods = resources.named('pods');
  const pod = store.get('pods', namespace, name);
  if (pod === undefined) throw notFound(pods, name);
  const budget = isBeyondBudgets(pod) ? undefined : budgetOf(store, pod);
  if (budget !== undefined && !isSpared(budget, pod)) spend(parts, budget, pod, actor.dryRun === true);
  const asked = how.preconditions ?? {};
  const isThisPod =
    (asked.uid ?? pod.metadata.uid) === pod.metadata.uid && asked.resourceVersion === undefined;
  if (actor.dryRun !== true && isThisPod && !isBeyondBudgets(pod)) markDisrupted(parts, pod);
  writes.remove(pods, namespace, name, how, actor);
}

/** A pod that has ended, has not started, or is being deleted disrupts nobody. */
function isBeyondBudgets(pod: Pod): boolean {
  return pod.status.phase !== 'Running' || pod.metadata.deletionTimestamp !== undefined;
}

function budgetOf(store: ObjectStore, pod: Pod): PodDisruptionBudget | undefined {
  const all = store.list('poddisruptionbudgets', pod.metadata.namespace);
  const matching = all.filter((budget) => selects(budget.spec.selector, pod.metadata.labels));
  if (matching.length > 1) {
    const text =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError(500, '', text);
  }
  return matching[0];
}

/** A pod that is not ready is let go where the budget's policy says so. */
function isSpared({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  if (isReady(pod)) return false;
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

function spend(parts: EvictionParts, budget: PodDisruptionBudget, pod: Pod, dryRun: boolean): void {
  const { name, generation = 0, namespace = '' } = budget.metadata;
  const { observedGeneration = 0, disruptionsAllowed, desiredHealthy, currentHealthy } = budget.status;
  const type = parts.resources.named('poddisruptionbudgets');
  if (observedGeneration < generation) {
    throw tooMany(
      `The disruption budget ${name} is still being processed by the server.`,
      RETRY_AFTER_SECONDS,
    );
  }
  if (disruptionsAllowed < 0) throw forbidden(type, name, 'pdb disruptions allowed is negative');
  if (disruptionsAllowed === 0) {
    throw tooMany(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
      0,
    );
  }
  const spent = { [pod.metadata.name]: timestamp(parts.clock.now()) };
  const status = {
    ...budget.status,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...budget.status.disruptedPods, ...spent },
  };
  parts.writes.update(type, namespace, name, (live) => ({ object: { ...live, status } }), {
    ...SERVER,
    dryRun,
  });
}

function tooMany(message: string, retryAfterSeconds: number): StatusError {
  const text = "Cannot evict pod as it would violate the pod's disruption budget.";
  const causes = [{ reason: 'DisruptionBudget', message }];
  return new StatusError(
    429,
    'TooManyRequests',
    text,
    retryAfterSeconds === 0 ? { causes } : { causes, retryAfterSeconds },
  );
}

function markDisrupted({ writes, resources, clock }: EvictionParts, pod: Pod): void {
  if (conditionOf(pod.status.conditions, 'DisruptionTarget')?.status === 'True') return;
  const condition: Condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: timestamp(clock.now()),
  };
  const { namespace = '', name } = pod.metadata;
  const status = { ...pod.status, conditions: [...(pod.status.conditions ?? []), condition] };
  writes.update(
    resources.named('pods'),
    namespace,
    name,
    (live) => ({ object: { ...live, status } }),
    SERVER,
  );
}
