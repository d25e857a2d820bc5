/**
 * The kubelets of all nodes: they start containers, watch them end, restart them with back-off, kill them for memory
 * and report. Source: kubernetes.io "Pod Lifecycle"; kubernetes pkg/kubelet.
 */

import type { Cancel } from '../../../ports/clock.ts';
import { sameJson } from '../json.ts';
import type { StoreChange } from '../object-store.ts';
import { isFields } from '../objects.ts';
import type { Condition, Container, ContainerStatus, Pod, PodStatus } from '../objects.ts';
import { microTimestamp, timestamp } from '../time.ts';
import { configObstacle } from './container-config.ts';
import { ContainerRun } from './container-run.ts';
import type { RunHost } from './container-run.ts';
import { ControlClient, withCondition } from './control-client.ts';
import type { Controller, ControllerParts } from './controller.ts';

interface RunningPod {
  pod: Pod;
  node: string;
  ip: string;
  startTime: string;
  runs: ContainerRun[];
  ending: Cancel | undefined;
}

export class Kubelet implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #pods = new Map<string, RunningPod>();
  readonly #dead = new Set<string>();
  #beats: Cancel[] = [];
  #addresses = 1;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = new ControlClient(parts.api, 'kubelet');
    this.#every(parts.timing.heartbeatMs, () => this.#beat());
    this.#every(parts.timing.memoryCheckMs, () => this.#checkMemory());
  }

  /** Switches a node off (it falls silent, its processes stop answering) or on again. */
  setAlive(node: string, isAlive: boolean): void {
    if (isAlive) this.#dead.delete(node);
    else this.#dead.add(node);
    if (!isAlive) return;
    this.#beat();
    for (const running of this.#pods.values()) {
      if (running.node !== node) continue;
      this.#report(running);
      if (running.pod.metadata.deletionTimestamp !== undefined) this.#end(running);
    }
  }

  isAlive(node: string): boolean {
    return !this.#dead.has(node);
  }

  /** Looks at readiness and start obstacles again: something that the processes depend on has changed. */
  recheck(): void {
    for (const { node, runs } of this.#pods.values())
      if (this.isAlive(node)) for (const run of runs) run.recheck();
  }

  changed({ type, storage, object }: StoreChange): void {
    if (storage === 'secrets' || storage === 'configmaps') this.recheck();
    if ((storage === 'leases' && type === 'DELETED') || (storage === 'nodes' && type === 'ADDED'))
      this.#beat();
    if (storage !== 'pods') return;
    const pod = object as Pod;
    const running = this.#pods.get(pod.metadata.uid);
    if (type === 'DELETED') return this.#drop(pod.metadata.uid);
    if (running !== undefined) this.#follow(running, pod);
    else if (pod.spec.nodeName !== undefined) this.#admit(pod, pod.spec.nodeName);
  }

  stop(): void {
    for (const cancel of this.#beats) cancel();
    for (const { runs, ending } of this.#pods.values()) {
      ending?.();
      for (const run of runs) run.stop();
    }
  }

  #every(periodMs: number, act: () => void): void {
    const index = this.#beats.length;
    const again = (): void => {
      this.#beats[index] = this.#parts.api.clock.after(periodMs, () => {
        act();
        again();
      });
    };
    again();
  }

  #admit(pod: Pod, node: string): void {
    const { clock } = this.#parts.api;
    const number = this.#addresses++;
    const ip = `10.42.${Math.floor(number / 250) % 250}.${(number % 250) + 2}`;
    const running: RunningPod = {
      pod,
      node,
      ip,
      startTime: timestamp(clock.now()),
      runs: [],
      ending: undefined,
    };
    this.#pods.set(pod.metadata.uid, running);
    running.runs = pod.spec.containers.map((container) => new ContainerRun(this.#host(running), container));
    for (const run of running.runs) run.begin();
    if (pod.metadata.deletionTimestamp !== undefined) this.#end(running);
  }

  #host(running: RunningPod): RunHost {
    const { api, timing, behaviour, events } = this.#parts;
    return {
      clock: api.clock,
      timing,
      random: api.random,
      pod: () => running.pod,
      isAlive: () => this.isAlive(running.node),
      blocked: (container: Container) =>
        configObstacle(api.store, running.pod, container) ?? behaviour.blocked(running.pod, container),
      behaviour,
      logs: api.logs,
      changed: () => this.#report(running),
      tell: (type, reason, message) =>
        events.record(running.pod, { type, reason, message, component: 'kubelet', host: running.node }),
    };
  }

  /** The pod object changed: it may be going, or have other resources. */
  #follow(running: RunningPod, pod: Pod): void {
    const wasResized = !sameJson(resourcesOf(running.pod), resourcesOf(pod));
    const isEnding = pod.metadata.deletionTimestamp !== undefined;
    running.pod = pod;
    if (wasResized && this.isAlive(running.node)) {
      for (const run of running.runs)
        run.resized(pod.spec.containers.find((container) => container.name === run.name));
    }
    if (isEnding && this.isAlive(running.node)) this.#end(running);
  }

  #end(running: RunningPod): void {
    const { clock } = this.#parts.api;
    const graceMs = (running.pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
    if (running.ending !== undefined && graceMs > 0) return;
    if (running.ending === undefined) this.#report(running);
    running.ending?.();
    running.ending = clock.after(Math.min(graceMs, this.#parts.timing.terminationMs), () => {
      if (!this.isAlive(running.node)) {
        running.ending = undefined;
        return;
      }
      this.#client.remove('pods', running.pod, { gracePeriodSeconds: 0 });
    });
  }

  #drop(uid: string): void {
    const running = this.#pods.get(uid);
    running?.ending?.();
    for (const run of running?.runs ?? []) run.stop();
    this.#pods.delete(uid);
    this.#parts.api.logs.forget(uid);
  }

  #report(running: RunningPod): void {
    if (!this.isAlive(running.node)) return;
    const statuses = running.runs.map((run) => run.status());
    this.#client.update(
      'pods',
      running.pod,
      (live) => ({ ...live, status: this.#statusOf(running, live, statuses) }),
      'status',
    );
  }

  #statusOf(running: RunningPod, live: Pod, containerStatuses: ContainerStatus[]): PodStatus {
    const nowMs = this.#parts.api.clock.now();
    const isReady =
      containerStatuses.every((status) => status.ready) && live.metadata.deletionTimestamp === undefined;
    const hasStarted = containerStatuses.some(
      ({ state, restartCount }) =>
        state.running !== undefined || state.terminated !== undefined || restartCount > 0,
    );
    const unready = containerStatuses.filter((status) => !status.ready).map((status) => status.name);
    const why = isReady
      ? {}
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
    let conditions: Condition[] = [...(live.status.conditions ?? [])];
    const given: Condition[] = [
      { type: 'PodReadyToStartContainers', status: 'True' },
      { type: 'Initialized', status: 'True' },
      { type: 'Ready', status: isReady ? 'True' : 'False', ...why },
      { type: 'ContainersReady', status: isReady ? 'True' : 'False', ...why },
    ];
    for (const condition of given) conditions = withCondition(conditions, condition, nowMs);
    const node = this.#parts.api.store.get('nodes', '', running.node);
    const hostIP = node?.status.addresses?.find((address) => address.type === 'InternalIP')?.address;
    return {
      phase: hasStarted ? 'Running' : 'Pending',
      qosClass: qosClassOf(live),
      podIP: running.ip,
      podIPs: [{ ip: running.ip }],
      ...(hostIP === undefined ? {} : { hostIP }),
      startTime: running.startTime,
      conditions,
      containerStatuses,
    };
  }

  #checkMemory(): void {
    for (const { node, runs } of this.#pods.values())
      if (this.isAlive(node)) for (const run of runs) run.checkMemory();
  }

  /** Renews the lease of every node that is alive. */
  #beat(): void {
    const { api } = this.#parts;
    for (const node of api.store.list('nodes')) {
      const { name, uid } = node.metadata;
      if (!this.isAlive(name)) continue;
      const renewTime = microTimestamp(api.clock.now());
      const lease = api.store.get('leases', 'kube-node-lease', name);
      if (lease !== undefined) {
        this.#client.update('leases', lease, (live) => ({ ...live, spec: { ...live.spec, renewTime } }));
      } else if (api.store.get('namespaces', '', 'kube-node-lease') !== undefined) {
        const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
        const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime };
        this.#client.create('leases', {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name, namespace: 'kube-node-lease', ownerReferences },
          spec,
        });
      }
    }
  }
}

function resourcesOf(pod: Pod): unknown {
  return pod.spec.containers.map((container) => container.resources);
}

/** Guaranteed, Burstable or BestEffort (kubernetes.io "Pod Quality of Service Classes"). */
export function qosClassOf(pod: Pod): string {
  const all = pod.spec.containers.map((container) => container.resources ?? {});
  if (all.every(({ limits, requests }) => isEmpty(limits) && isEmpty(requests))) return 'BestEffort';
  const isGuaranteed = all.every(({ limits = {}, requests = {} }) => {
    return ['cpu', 'memory'].every(
      (name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name],
    );
  });
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function isEmpty(amounts: unknown): boolean {
  return !isFields(amounts) || Object.keys(amounts).length === 0;
}
