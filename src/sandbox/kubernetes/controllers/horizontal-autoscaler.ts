/** Horizontal autoscalers on the CPU utilization of their pods. Source: kubernetes pkg/controller/podautoscaler/horizontal.go. */

import type { StoreChange } from '../object-store.ts';
import { isActive, isReady } from '../objects.ts';
import type { Condition, Deployment, HorizontalPodAutoscaler, Pod } from '../objects.ts';
import { quantity } from '../quantity.ts';
import { selects } from '../selectors.ts';
import { timestamp } from '../time.ts';
import { ControlClient, withCondition } from './control-client.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

/** Within this distance of the goal nothing is changed (--horizontal-pod-autoscaler-tolerance). */
const TOLERANCE = 0.1;
const SCALE_DOWN_WINDOW_MS = 300_000;

interface Recommendation {
  atMs: number;
  replicas: number;
}

export class HorizontalAutoscaler implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #queue: WorkQueue;
  readonly #past = new Map<string, Recommendation[]>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = new ControlClient(parts.api, 'kube-controller-manager');
    this.#queue = new WorkQueue(parts.api.clock, parts.timing.autoscalerMs, (key) => this.#sync(key));
  }

  changed({ type, storage, object }: StoreChange): void {
    if (storage === 'horizontalpodautoscalers' && type !== 'DELETED') this.#queue.add(keyOf(object));
  }

  stop(): void {
    this.#queue.stop();
  }

  #sync(key: string): void {
    const { store } = this.#parts.api;
    const [namespace, name] = splitKey(key);
    const scaler = store.get('horizontalpodautoscalers', namespace, name);
    if (scaler === undefined) return;
    this.#queue.add(key);
    const target = store.get('deployments', namespace, scaler.spec.scaleTargetRef.name);
    if (target === undefined)
      return this.#report(scaler, undefined, [
        notAble(`deployments.apps "${scaler.spec.scaleTargetRef.name}" not found`),
      ]);
    const utilization = this.#utilization(target);
    const goal =
      scaler.spec.metrics?.find((metric) => metric.resource?.name === 'cpu')?.resource?.target
        .averageUtilization ?? 80;
    if (utilization === undefined) return this.#report(scaler, target, [ABLE, blind()]);
    const wanted = this.#stabilized(
      key,
      scaler,
      target.spec.replicas,
      recommended(target.spec.replicas, utilization, goal),
    );
    const bounded = Math.min(scaler.spec.maxReplicas, Math.max(scaler.spec.minReplicas, wanted));
    const isScaled = target.spec.replicas !== 0 && bounded !== target.spec.replicas;
    if (isScaled) this.#scale(scaler, target, bounded);
    this.#report(scaler, target, [ABLE, ACTIVE, limited(wanted, bounded)], {
      utilization,
      desired: bounded,
      isScaled,
    });
  }

  /** CPU in use as a share of what the ready pods request, in percent; undefined when that cannot be told. */
  #utilization(target: Deployment): number | undefined {
    const pods = this.#parts.api.store.list('pods', target.metadata.namespace);
    const own = pods.filter(
      (pod) => isActive(pod) && isReady(pod) && selects(target.spec.selector, pod.metadata.labels),
    );
    const requested = own.reduce((sum, pod) => sum + requestedCpu(pod), 0);
    if (own.length === 0 || requested === 0) return undefined;
    const { behaviour } = this.#parts;
    const used = own.reduce(
      (sum, pod) =>
        sum + pod.spec.containers.reduce((total, container) => total + behaviour.cpuCores(pod, container), 0),
      0,
    );
    return (100 * used) / requested;
  }

  /** Down only to the highest recommendation of the last minutes; up at once, unless that is switched off. */
  #stabilized(key: string, { spec }: HorizontalPodAutoscaler, current: number, wanted: number): number {
    const nowMs = this.#parts.api.clock.now();
    const windowMs =
      (spec.behavior?.scaleDown?.stabilizationWindowSeconds ?? SCALE_DOWN_WINDOW_MS / 1000) * 1000;
    const past = [...(this.#past.get(key) ?? []), { atMs: nowMs, replicas: wanted }].filter(
      ({ atMs }) => nowMs - atMs <= windowMs,
    );
    this.#past.set(key, past);
    if (wanted > current) return spec.behavior?.scaleUp?.selectPolicy === 'Disabled' ? current : wanted;
    return Math.min(current, Math.max(...past.map(({ replicas }) => replicas)));
  }

  #scale(scaler: HorizontalPodAutoscaler, target: Deployment, replicas: number): void {
    this.#client.update(
      'deployments',
      target,
      (live) => ({ ...live, spec: { ...live.spec, replicas } }),
      'scale',
    );
    const message = `New size: ${replicas}; reason: cpu resource utilization (percentage of request) ${replicas > target.spec.replicas ? 'above' : 'below'} target`;
    this.#parts.events.record(scaler, {
      type: 'Normal',
      reason: 'SuccessfulRescale',
      message,
      component: 'horizontal-pod-autoscaler',
    });
  }

  #report(
    scaler: HorizontalPodAutoscaler,
    target: Deployment | undefined,
    conditions: readonly Condition[],
    found?: { utilization: number; desired: number; isScaled: boolean },
  ): void {
    const nowMs = this.#parts.api.clock.now();
    let list = scaler.status['conditions'] as Condition[] | undefined;
    for (const condition of conditions) list = withCondition(list, condition, nowMs);
    const averageUtilization = Math.round(found?.utilization ?? 0);
    const { currentMetrics: _old, ...before } = scaler.status;
    this.#client.setStatus('horizontalpodautoscalers', scaler, {
      ...before,
      currentReplicas: target?.status.replicas ?? 0,
      desiredReplicas: found?.desired ?? target?.spec.replicas ?? 0,
      ...(found === undefined
        ? {}
        : {
            currentMetrics: [
              { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } },
            ],
          }),
      ...(found?.isScaled === true ? { lastScaleTime: timestamp(nowMs) } : {}),
      conditions: list,
    });
  }
}

function requestedCpu(pod: Pod): number {
  return pod.spec.containers.reduce(
    (sum, container) => sum + quantity(container.resources?.requests?.['cpu']),
    0,
  );
}

function recommended(current: number, utilization: number, goal: number): number {
  const ratio = utilization / goal;
  return Math.abs(ratio - 1) <= TOLERANCE ? current : Math.ceil(current * ratio);
}

const ABLE: Condition = {
  type: 'AbleToScale',
  status: 'True',
  reason: 'ReadyForNewScale',
  message: 'recommended size matches current size',
};
const ACTIVE: Condition = {
  type: 'ScalingActive',
  status: 'True',
  reason: 'ValidMetricFound',
  message:
    'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
};

function notAble(why: string): Condition {
  return {
    type: 'AbleToScale',
    status: 'False',
    reason: 'FailedGetScale',
    message: `the HPA controller was unable to get the target's current scale: ${why}`,
  };
}

function blind(): Condition {
  return {
    type: 'ScalingActive',
    status: 'False',
    reason: 'FailedGetResourceMetric',
    message: 'the HPA was unable to compute the replica count: failed to get cpu utilization',
  };
}

function limited(wanted: number, bounded: number): Condition {
  if (wanted > bounded)
    return {
      type: 'ScalingLimited',
      status: 'True',
      reason: 'TooManyReplicas',
      message: 'the desired replica count is more than the maximum replica count',
    };
  if (wanted < bounded)
    return {
      type: 'ScalingLimited',
      status: 'True',
      reason: 'TooFewReplicas',
      message: 'the desired replica count is less than the minimum replica count',
    };
  return {
    type: 'ScalingLimited',
    status: 'False',
    reason: 'DesiredWithinRange',
    message: 'the desired count is within the acceptable range',
  };
}
