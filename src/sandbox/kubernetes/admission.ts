/** What may stop a valid write: quota, pod security and admission webhooks. Asked for dry runs too. */

import type { ObjectStore } from './object-store.ts';
import { isActive } from './objects.ts';
import type { KubeObject, Pod, ResourceQuota } from './objects.ts';
import { podSecurityFaults } from './pod-security.ts';
import { formatQuantity, quantity } from './quantity.ts';
import type { ResourceType } from './resources.ts';
import { forbidden } from './status-error.ts';

export interface AdmissionReview {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  type: ResourceType;
  subresource: string;
  object: KubeObject;
  before: KubeObject | undefined;
  user: string;
  dryRun: boolean;
}

/** An admission webhook in process: returns why it denies, or undefined. May throw, as an unreachable webhook does. */
export interface AdmissionHook {
  name: string;
  review(review: AdmissionReview): string | undefined;
}

/** The admission chain: webhooks first, then pod security, quota last, as the API server orders them. */
export class Admission {
  readonly hooks: AdmissionHook[] = [];
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Throws 403 (quota, pod security, a denying webhook) or 500 (a webhook that cannot be reached). */
  check(review: AdmissionReview): void {
    for (const hook of this.hooks) this.#ask(hook, review);
    if (review.operation !== 'CREATE') return;
    if (review.type.plural === 'pods') this.#checkPodSecurity(review);
    this.#checkQuota(review);
  }

  #ask(hook: AdmissionHook, review: AdmissionReview): void {
    const why = hook.review(review);
    if (why === undefined) return;
    const text = `admission webhook "${hook.name}" denied the request: ${why}`;
    throw forbidden(review.type, review.object.metadata.name, text);
  }

  #checkPodSecurity({ type, object }: AdmissionReview): void {
    const namespace = this.#store.get('namespaces', '', object.metadata.namespace ?? '');
    const level = namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'];
    const faults = podSecurityFaults(object as Pod, level);
    if (faults.length === 0) return;
    throw forbidden(
      type,
      object.metadata.name,
      `violates PodSecurity "${level}:latest": ${faults.join(', ')}`,
    );
  }

  #checkQuota({ type, object }: AdmissionReview): void {
    const namespace = object.metadata.namespace;
    if (namespace === undefined) return;
    for (const quota of this.#store.list('resourcequotas', namespace)) {
      const asked = type.plural === 'pods' ? podUsage(object as Pod) : { [countName(type)]: 1 };
      const why = overQuota(
        quota,
        asked,
        usageOf(this.#store, quota),
        type.plural === 'pods' ? (object as Pod) : undefined,
      );
      if (why !== undefined) throw forbidden(type, object.metadata.name, why);
    }
  }
}

function countName(type: ResourceType): string {
  return type.group === '' ? type.plural : `count/${type.plural}.${type.group}`;
}

function overQuota(
  quota: ResourceQuota,
  asked: Record<string, number>,
  used: Record<string, number>,
  pod: Pod | undefined,
): string | undefined {
  const hard = Object.entries(quota.spec.hard ?? {});
  const unset =
    pod === undefined
      ? []
      : hard.map(([name]) => name).filter((name) => isCompute(name) && !specifies(pod, name));
  if (unset.length > 0) {
    const names = pod?.spec.containers.map((container) => container.name).join(',');
    return `failed quota: ${quota.metadata.name}: ${unset.map((name) => `must specify ${name} for: ${names}`).join('; ')}`;
  }
  const over = hard.filter(
    ([name, limit]) => (asked[name] ?? 0) > 0 && (used[name] ?? 0) + (asked[name] ?? 0) > quantity(limit),
  );
  if (over.length === 0) return undefined;
  const write = (amounts: Record<string, number>): string =>
    over.map(([name]) => `${name}=${formatQuantity(amounts[name] ?? 0, name)}`).join(',');
  const limits = over.map(([name, limit]) => `${name}=${limit}`).join(',');
  return `exceeded quota: ${quota.metadata.name}, requested: ${write(asked)}, used: ${write(used)}, limited: ${limits}`;
}

function isCompute(name: string): boolean {
  return /^(requests|limits)\.(cpu|memory)$/.test(name);
}

function specifies(pod: Pod, name: string): boolean {
  return pod.spec.containers.every((container) => amountOf(container.resources, name) !== undefined);
}

function amountOf(
  resources: { limits?: Record<string, string>; requests?: Record<string, string> } | undefined,
  name: string,
): string | undefined {
  const [kind = '', resource = ''] = name.split('.');
  return kind === 'limits' ? resources?.limits?.[resource] : resources?.requests?.[resource];
}

/** What one pod counts for in quotas: pods, requests and limits of cpu and memory (base units). */
export function podUsage(pod: Pod): Record<string, number> {
  const sum = (name: string): number =>
    pod.spec.containers.reduce(
      (total, container) => total + quantity(amountOf(container.resources, name)),
      0,
    );
  const compute = ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'].map(
    (name) => [name, sum(name)] as const,
  );
  return { pods: 1, 'count/pods': 1, ...Object.fromEntries(compute) };
}

/** What a quota counts as used now. Ended pods count nothing; those being deleted still do. */
export function usageOf(store: ObjectStore, quota: ResourceQuota): Record<string, number> {
  const used: Record<string, number> = {};
  const namespace = quota.metadata.namespace ?? '';
  const pods = store
    .list('pods', namespace)
    .filter((pod) => isActive(pod) || pod.metadata.deletionTimestamp !== undefined);
  for (const pod of pods) {
    for (const [name, amount] of Object.entries(podUsage(pod))) used[name] = (used[name] ?? 0) + amount;
  }
  for (const name of Object.keys(quota.spec.hard ?? {})) {
    if (used[name] !== undefined) continue;
    const plural = /^(?:count\/)?([a-z]+)/.exec(name)?.[1] ?? '';
    used[name] = isCompute(name) || plural === 'pods' ? 0 : store.list(plural, namespace).length;
  }
  return used;
}
