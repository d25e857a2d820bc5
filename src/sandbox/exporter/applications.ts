/** All applications of the platform: what their containers do, and the counters that they would export. */

import type { Clock } from '../../ports/clock.ts';
import { crashOfCommand } from '../kubernetes/container-behaviour.ts';
import type { ContainerBehaviour, Crash, Waiting } from '../kubernetes/container-behaviour.ts';
import type { ObjectStore } from '../kubernetes/object-store.ts';
import { controllerOf, isReady } from '../kubernetes/objects.ts';
import type { Container, Pod } from '../kubernetes/objects.ts';
import { hashOf } from '../kubernetes/random.ts';
import { Application, weightOf } from './application.ts';
import type { Ailment, ApplicationProfile } from './application.ts';
import { RequestCounters } from './request-counters.ts';

export interface ApplicationsParts {
  clock: Clock;
  store: ObjectStore;
  /** Time in which a working set covers most of the way to where it tends, in milliseconds. */
  memorySettlesMs: number;
  /** Whether a node's processes run. */
  isAlive: (node: string) => boolean;
}

interface Memory {
  bytes: number;
  atMs: number;
}

const MEBIBYTE = 1024 * 1024;

export class Applications implements ContainerBehaviour {
  readonly counters = new RequestCounters();
  readonly #parts: ApplicationsParts;
  readonly #applications = new Map<string, Application>();
  readonly #memory = new Map<string, Memory>();
  readonly #cpuSeconds = new Map<string, number>();
  #countedMs: number;

  constructor(parts: ApplicationsParts) {
    this.#parts = parts;
    this.#countedMs = parts.clock.now();
    parts.store.subscribe(({ storage }) => {
      if (storage === 'pods') this.advance();
    });
  }

  add(profile: ApplicationProfile): Application {
    const application = new Application(profile);
    this.#applications.set(`${profile.namespace}/${profile.name}`, application);
    return application;
  }

  get(namespace: string, name: string): Application | undefined {
    return this.#applications.get(`${namespace}/${name}`);
  }

  all(): Application[] {
    return [...this.#applications.values()];
  }

  /** Something goes wrong with an application, until the returned function is called. */
  afflict(application: Application, ailment: Omit<Ailment, 'sinceMs'>): () => void {
    this.advance();
    const begun: Ailment = { ...ailment, sinceMs: this.#parts.clock.now() };
    application.ailments.add(begun);
    return () => {
      this.advance();
      application.ailments.delete(begun);
    };
  }

  /** The application that a pod belongs to, through its owners. */
  of(pod: Pod): Application | undefined {
    const owner = controllerOf(pod);
    const namespace = pod.metadata.namespace ?? '';
    if (owner?.kind !== 'ReplicaSet') return this.get(namespace, owner?.name ?? '');
    const set = this.#parts.store.get('replicasets', namespace, owner.name);
    return this.get(namespace, (set === undefined ? undefined : controllerOf(set)?.name) ?? '');
  }

  /** The pods of an application that answer requests now. */
  serving(application: Application): Pod[] {
    const pods = this.#parts.store.list('pods', application.profile.namespace);
    return pods.filter((pod) => this.#serves(pod) && this.of(pod) === application);
  }

  #serves(pod: Pod): boolean {
    return (
      isReady(pod) &&
      pod.metadata.deletionTimestamp === undefined &&
      this.#parts.isAlive(pod.spec.nodeName ?? '')
    );
  }

  /** A pod's share of its application's traffic, in requests per second. */
  requestsPerSecond(pod: Pod): number {
    const application = this.of(pod);
    if (application === undefined || !this.#serves(pod)) return 0;
    const whole = this.serving(application).reduce((sum, other) => sum + weightOf(other), 0);
    return (application.traffic() * weightOf(pod)) / whole;
  }

  /** Brings counters and working sets up to now. */
  advance(): void {
    const nowMs = this.#parts.clock.now();
    const seconds = (nowMs - this.#countedMs) / 1000;
    if (seconds <= 0) return;
    this.#countedMs = nowMs;
    for (const application of this.#applications.values()) {
      const pods = this.serving(application);
      const whole = pods.reduce((sum, pod) => sum + weightOf(pod), 0);
      for (const pod of pods)
        this.#count(application, pod, (application.traffic() * weightOf(pod)) / whole, seconds);
    }
  }

  #count(application: Application, pod: Pod, rate: number, seconds: number): void {
    const requests = rate * seconds;
    const median = application.medianSeconds(pod, rate);
    this.counters.add(pod, application.profile.name, {
      requests,
      errorRatio: application.errorRatio(pod),
      medianSeconds: median,
    });
    const key = pod.metadata.uid;
    this.#cpuSeconds.set(
      key,
      (this.#cpuSeconds.get(key) ?? 0) + requests * application.profile.cpuSecondsPerRequest,
    );
    const [container] = pod.spec.containers;
    if (container !== undefined) this.#settleMemory(pod, container, rate);
  }

  /** CPU seconds that a pod's main container has used. */
  cpuSeconds(pod: Pod): number {
    const idle =
      (this.#parts.clock.now() - Date.parse(pod.status.startTime ?? pod.metadata.creationTimestamp)) / 1000;
    return Math.max(0, idle) * IDLE_CORES + (this.#cpuSeconds.get(pod.metadata.uid) ?? 0);
  }

  blocked(pod: Pod, container: Container): Waiting | undefined {
    return isMain(pod, container) ? this.of(pod)?.blocked(pod) : undefined;
  }

  crash(pod: Pod, container: Container): Crash | undefined {
    return (isMain(pod, container) ? this.of(pod)?.crash(pod) : undefined) ?? crashOfCommand(container);
  }

  ready(): boolean {
    return true;
  }

  firstWords(pod: Pod, container: Container): readonly string[] {
    return [
      `${container.name} ${container.image.split(':').at(-1) ?? ''} starting in ${pod.metadata.namespace ?? ''}`,
      'listening on :8080',
    ];
  }

  cpuCores(pod: Pod, container: Container): number {
    const application = isMain(pod, container) ? this.of(pod) : undefined;
    return (
      IDLE_CORES +
      (application === undefined ? 0 : this.requestsPerSecond(pod) * application.profile.cpuSecondsPerRequest)
    );
  }

  memoryBytes(pod: Pod, container: Container): number {
    const application = isMain(pod, container) ? this.of(pod) : undefined;
    if (application === undefined) return (24 + (hashOf(pod.metadata.uid + container.name) % 24)) * MEBIBYTE;
    const bytes = this.#settleMemory(pod, container, this.requestsPerSecond(pod));
    const startedMs = startOf(pod, container) ?? this.#parts.clock.now();
    return Math.round(bytes + application.leaked(pod, startedMs, this.#parts.clock.now()));
  }

  /** Moves a container's working set towards its goal; a new process begins with its base. */
  #settleMemory(pod: Pod, container: Container, rate: number): number {
    const application = this.of(pod);
    const nowMs = this.#parts.clock.now();
    if (application === undefined) return 0;
    const key =
      pod.status.containerStatuses?.find((status) => status.name === container.name)?.containerID ??
      pod.metadata.uid;
    const goal = application.memoryGoal(pod, rate);
    const before = this.#memory.get(key) ?? {
      bytes: Math.min(goal, application.profile.baseMemoryBytes),
      atMs: nowMs,
    };
    const part = 1 - Math.exp(-(nowMs - before.atMs) / this.#parts.memorySettlesMs);
    const bytes = before.bytes + (goal - before.bytes) * part;
    this.#memory.set(key, { bytes, atMs: nowMs });
    return bytes;
  }
}

const IDLE_CORES = 0.01;

function isMain(pod: Pod, container: Container): boolean {
  return pod.spec.containers[0]?.name === container.name;
}

function startOf(pod: Pod, container: Container): number | undefined {
  const status = pod.status.containerStatuses?.find((candidate) => candidate.name === container.name);
  return status?.state.running === undefined ? undefined : Date.parse(status.state.running.startedAt);
}
