/** Finds a node for each pod, by requests, taints and selectors. Source: kubernetes pkg/scheduler, default plugins. */

import type { StoreChange } from '../object-store.ts';
import { isActive } from '../objects.ts';
import type { Node, Pod, Taint, Toleration } from '../objects.ts';
import { quantity } from '../quantity.ts';
import { ControlClient, withCondition } from './control-client.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

export class Scheduler implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #queue: WorkQueue;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = new ControlClient(parts.api, 'kube-scheduler');
    this.#queue = new WorkQueue(parts.api.clock, parts.timing.controllerMs, (key) => this.#place(key));
  }

  /** A new pod is placed; those without a place are tried again when a node changes or a pod goes. */
  changed({ type, storage, object, previous }: StoreChange): void {
    if (storage === 'pods' && type !== 'DELETED' && (object as Pod).spec.nodeName === undefined)
      this.#queue.add(keyOf(object));
    const isRoom =
      (storage === 'pods' && type === 'DELETED') ||
      (storage === 'nodes' && hasNewRoom(object as Node, previous as Node | undefined));
    if (!isRoom) return;
    for (const pod of this.#parts.api.store.list('pods'))
      if (pod.spec.nodeName === undefined) this.#queue.add(keyOf(pod));
  }

  stop(): void {
    this.#queue.stop();
  }

  #place(key: string): void {
    const pod = this.#parts.api.store.get('pods', ...splitKey(key));
    if (pod === undefined || pod.spec.nodeName !== undefined || pod.metadata.deletionTimestamp !== undefined)
      return;
    const nodes = this.#parts.api.store.list('nodes');
    const verdicts = nodes.map((node) => ({ node, why: this.#obstacle(pod, node) }));
    const fitting = verdicts.filter((verdict) => verdict.why === undefined).map((verdict) => verdict.node);
    const best = fitting.toSorted((left, right) => this.#load(left) - this.#load(right))[0];
    if (best === undefined)
      this.#refuse(
        pod,
        nodes.length,
        verdicts.map((verdict) => verdict.why ?? ''),
      );
    else this.#bind(pod, best);
  }

  #obstacle(pod: Pod, node: Node): string | undefined {
    if (node.spec.unschedulable === true && !tolerates(pod.spec.tolerations, UNSCHEDULABLE))
      return 'node(s) were unschedulable';
    const taint = (node.spec.taints ?? []).find(
      (candidate) => candidate.effect !== 'PreferNoSchedule' && !tolerates(pod.spec.tolerations, candidate),
    );
    if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
    const selector = Object.entries(pod.spec.nodeSelector ?? {});
    if (selector.some(([label, value]) => node.metadata.labels?.[label] !== value))
      return "node(s) didn't match Pod's node affinity/selector";
    const used = this.#used(node);
    if (used.pods + 1 > quantity(node.status.allocatable['pods'] ?? '110')) return 'Too many pods';
    const asked = requestsOf(pod);
    if (used.cpu + asked.cpu > quantity(node.status.allocatable['cpu'])) return 'Insufficient cpu';
    return used.memory + asked.memory > quantity(node.status.allocatable['memory'])
      ? 'Insufficient memory'
      : undefined;
  }

  #used(node: Node): { cpu: number; memory: number; pods: number } {
    const here = this.#parts.api.store
      .list('pods')
      .filter((pod) => pod.spec.nodeName === node.metadata.name && occupies(pod));
    const sums = { cpu: 0, memory: 0, pods: here.length };
    for (const asked of here.map(requestsOf)) {
      sums.cpu += asked.cpu;
      sums.memory += asked.memory;
    }
    return sums;
  }

  /** The fuller of cpu and memory, so that pods spread. */
  #load(node: Node): number {
    const used = this.#used(node);
    const { cpu, memory } = node.status.allocatable;
    return Math.max(used.cpu / quantity(cpu), used.memory / quantity(memory)) + used.pods / 10_000;
  }

  #bind(pod: Pod, node: Node): void {
    const { name, namespace } = pod.metadata;
    this.#client.update(
      'pods',
      pod,
      (live) => ({ ...live, spec: { ...live.spec, nodeName: node.metadata.name } }),
      'binding',
    );
    this.#condition(pod, { type: 'PodScheduled', status: 'True' });
    const message = `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`;
    this.#parts.events.record(pod, {
      type: 'Normal',
      reason: 'Scheduled',
      message,
      component: 'default-scheduler',
    });
  }

  #refuse(pod: Pod, nodes: number, obstacles: readonly string[]): void {
    const counted = [...new Set(obstacles)]
      .toSorted()
      .map((why) => `${obstacles.filter((other) => other === why).length} ${why}`);
    const message = `0/${nodes} nodes are available: ${counted.join(', ')}. preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;
    this.#condition(pod, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
    this.#parts.events.record(pod, {
      type: 'Warning',
      reason: 'FailedScheduling',
      message,
      component: 'default-scheduler',
    });
  }

  #condition(
    pod: Pod,
    condition: { type: string; status: 'True' | 'False'; reason?: string; message?: string },
  ): void {
    const nowMs = this.#parts.api.clock.now();
    this.#client.update(
      'pods',
      pod,
      (live) => {
        return {
          ...live,
          status: { ...live.status, conditions: withCondition(live.status.conditions, condition, nowMs) },
        };
      },
      'status',
    );
  }
}

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function occupies(pod: Pod): boolean {
  return isActive(pod) || pod.metadata.deletionTimestamp !== undefined;
}

function hasNewRoom(node: Node, before: Node | undefined): boolean {
  if (before === undefined) return true;
  return node.spec !== before.spec || node.status.allocatable !== before.status.allocatable;
}

/** What a pod asks of its node: cores and bytes. */
export function requestsOf(pod: Pod): { cpu: number; memory: number } {
  const sum = (resource: string): number =>
    pod.spec.containers.reduce(
      (total, container) => total + quantity(container.resources?.requests?.[resource]),
      0,
    );
  return { cpu: sum('cpu'), memory: sum('memory') };
}

/** True when one of the tolerations matches the taint. */
export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some((toleration) => {
    const isSameEffect =
      toleration.effect === undefined || toleration.effect === '' || toleration.effect === taint.effect;
    if (!isSameEffect) return false;
    if (toleration.operator === 'Exists')
      return toleration.key === undefined || toleration.key === '' || toleration.key === taint.key;
    return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
  });
}
