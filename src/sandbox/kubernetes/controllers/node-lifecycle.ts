/** Nodes that fall silent: Unknown, tainted, and in the end without pods. Source: kubernetes pkg/controller/nodelifecycle. */

import type { StoreChange } from '../object-store.ts';
import { conditionOf, isActive, isReady } from '../objects.ts';
import type { Condition, Node, Pod, Taint } from '../objects.ts';
import { timestamp } from '../time.ts';
import { withCondition } from './control-client.ts';
import type { ControlClient } from './control-client.ts';
import { managerClient } from './controller.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { tolerates } from './scheduler.ts';
import { WorkQueue } from './work-queue.ts';

const UNREACHABLE = 'node.kubernetes.io/unreachable';
const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

export class NodeLifecycle implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #queue: WorkQueue;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = managerClient(parts.api);
    this.#queue = new WorkQueue(parts.api.clock, parts.timing.controllerMs, (name) => this.#check(name));
  }

  changed({ type, storage, object }: StoreChange): void {
    const isNode =
      storage === 'nodes' || (storage === 'leases' && object.metadata.namespace === 'kube-node-lease');
    if (isNode && type !== 'DELETED') this.#queue.add(object.metadata.name);
  }

  stop(): void {
    this.#queue.stop();
  }

  #check(name: string): void {
    const { api, timing } = this.#parts;
    const node = api.store.get('nodes', '', name);
    if (node === undefined) return;
    const lease = api.store.get('leases', 'kube-node-lease', name);
    const heardMs = Date.parse(lease?.spec.renewTime ?? node.metadata.creationTimestamp);
    const silentMs = api.clock.now() - heardMs;
    const wasHeard = silentMs < timing.nodeGraceMs;
    this.#queue.add(name, wasHeard ? timing.nodeGraceMs - silentMs : timing.heartbeatMs);
    const isUnknown = conditionOf(node.status.conditions, 'Ready')?.status === 'Unknown';
    if (wasHeard === isUnknown) this.#turn(node, wasHeard);
    if (!wasHeard) this.#afterSilence(name, silentMs - timing.nodeGraceMs);
  }

  #turn(node: Node, wasHeard: boolean): void {
    const nowMs = this.#parts.api.clock.now();
    let { conditions } = node.status;
    for (const type of REPORTED)
      conditions = withCondition(conditions, wasHeard ? healthy(type) : unknown(type), nowMs);
    this.#client.setStatus('nodes', node, { ...node.status, conditions });
    const others = (node.spec.taints ?? []).filter((taint) => taint.key !== UNREACHABLE);
    const added: Taint[] = wasHeard
      ? []
      : (['NoSchedule', 'NoExecute'] as const).map((effect) => ({
          key: UNREACHABLE,
          effect,
          timeAdded: timestamp(nowMs),
        }));
    this.#client.update('nodes', node, (live) => ({
      ...live,
      spec: { ...live.spec, taints: [...others, ...added] },
    }));
    const [reason, status] = wasHeard ? ['NodeReady', 'NodeReady'] : ['NodeNotReady', 'NodeNotReady'];
    this.#parts.events.record(node, {
      type: 'Normal',
      reason,
      message: `Node ${node.metadata.name} status is now: ${status}`,
      component: 'node-controller',
    });
  }

  /** Nobody knows how the pods there are: they count as not ready, and after their toleration they are deleted. */
  #afterSilence(name: string, unknownMs: number): void {
    const nowMs = this.#parts.api.clock.now();
    for (const pod of this.#parts.api.store
      .list('pods')
      .filter((candidate) => candidate.spec.nodeName === name)) {
      if (isReady(pod)) {
        const condition: Condition = {
          type: 'Ready',
          status: 'False',
          reason: 'NodeNotReady',
          message: 'Node is not ready',
        };
        this.#client.setStatus('pods', pod, {
          ...pod.status,
          conditions: withCondition(pod.status.conditions, condition, nowMs),
        });
      }
      if (isActive(pod) && unknownMs >= this.#toleratedMs(pod)) this.#evict(pod);
    }
  }

  #toleratedMs(pod: Pod): number {
    const taint: Taint = { key: UNREACHABLE, effect: 'NoExecute' };
    const own = (pod.spec.tolerations ?? []).find((toleration) => tolerates([toleration], taint));
    if (own === undefined) return this.#parts.timing.evictAfterMs;
    return own.tolerationSeconds === undefined ? Infinity : own.tolerationSeconds * 1000;
  }

  #evict(pod: Pod): void {
    this.#client.remove('pods', pod);
    const message = `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`;
    this.#parts.events.record(pod, {
      type: 'Normal',
      reason: 'TaintManagerEviction',
      message,
      component: 'taint-eviction-controller',
    });
  }
}

function unknown(type: string): Condition {
  return {
    type,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  };
}

function healthy(type: string): Condition {
  return type === 'Ready'
    ? { type, status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
    : { type, status: 'False', reason: `KubeletHasNo${type}`, message: `kubelet has no ${type}` };
}
