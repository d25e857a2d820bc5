/** How one application behaves: traffic, memory, errors and latency, and what has gone wrong with it. */

import type { Crash, Waiting } from '../kubernetes/container-behaviour.ts';
import type { Pod } from '../kubernetes/objects.ts';
import { hashOf } from '../kubernetes/random.ts';

export interface ApplicationProfile {
  namespace: string;
  /** Name of its Deployment or StatefulSet; also the value of the `service` label. */
  name: string;
  /** Requests that reach all of its pods together, in requests per second. */
  requestsPerSecond: number;
  baseMemoryBytes: number;
  /** Working set that one request per second keeps in a pod. */
  memoryPerRequestBytes: number;
  cpuSecondsPerRequest: number;
  /** Share of requests that fail when all is well, 0 to 1. */
  errorRatio: number;
  /** Half of the requests take less than this when the pod has room, in seconds. */
  medianSeconds: number;
  /** Requests per second at which one pod is full. */
  capacityPerPod: number;
}

/** What may be wrong with an application. Each fault adds one and takes the same one away. */
export interface Ailment {
  /** Factor on the traffic. */
  growth?: number;
  /** Memory that each pod loses, from the time the ailment began or the pod started. */
  leakBytesPerSecond?: number;
  /** Memory that each pod uses beyond its profile. */
  extraMemoryBytes?: number;
  /** Factor on how many requests a pod can answer. */
  capacity?: number;
  /** Factor on the time that a request takes. */
  slowdown?: number;
  /** Share of requests that fail, for the pods that it concerns. */
  errorRatio?: number;
  crash?: Crash;
  blocked?: Waiting;
  /** The pods that it concerns; all without it. */
  concerns?: (pod: Pod) => boolean;
  /** When it began, in milliseconds since the epoch. */
  sinceMs: number;
}

export class Application {
  readonly profile: ApplicationProfile;
  readonly ailments = new Set<Ailment>();

  constructor(profile: ApplicationProfile) {
    this.profile = profile;
  }

  /** Requests per second that reach the application now. */
  traffic(): number {
    return [...this.ailments].reduce(
      (rate, ailment) => rate * (ailment.growth ?? 1),
      this.profile.requestsPerSecond,
    );
  }

  /** What a pod is part of, given its requests per second. */
  errorRatio(pod: Pod): number {
    return Math.min(
      1,
      Math.max(this.profile.errorRatio, ...this.#of(pod).map((ailment) => ailment.errorRatio ?? 0)),
    );
  }

  crash(pod: Pod): Crash | undefined {
    return this.#of(pod).find((ailment) => ailment.crash !== undefined)?.crash;
  }

  blocked(pod: Pod): Waiting | undefined {
    return this.#of(pod).find((ailment) => ailment.blocked !== undefined)?.blocked;
  }

  /** The working set that a pod tends to, in bytes, without what it leaks. */
  memoryGoal(pod: Pod, requestsPerSecond: number): number {
    const extra = this.#of(pod).reduce((sum, ailment) => sum + (ailment.extraMemoryBytes ?? 0), 0);
    return this.profile.baseMemoryBytes + extra + requestsPerSecond * this.profile.memoryPerRequestBytes;
  }

  /** What a pod has leaked by now, in bytes. */
  leaked(pod: Pod, startedMs: number, nowMs: number): number {
    return this.#of(pod).reduce((sum, ailment) => {
      const seconds = Math.max(0, nowMs - Math.max(startedMs, ailment.sinceMs)) / 1000;
      return sum + seconds * (ailment.leakBytesPerSecond ?? 0);
    }, 0);
  }

  /** Half of a pod's requests take less than this, in seconds: more as it fills up. */
  medianSeconds(pod: Pod, requestsPerSecond: number): number {
    const slowdown = this.#of(pod).reduce((factor, ailment) => factor * (ailment.slowdown ?? 1), 1);
    const capacity = this.#of(pod).reduce(
      (rate, ailment) => rate * (ailment.capacity ?? 1),
      this.profile.capacityPerPod,
    );
    const fill = requestsPerSecond / capacity;
    const queueing = fill <= COMFORTABLE ? 1 : 1 + QUEUEING * ((fill - COMFORTABLE) / (1 - COMFORTABLE)) ** 2;
    return this.profile.medianSeconds * slowdown * Math.min(MOST_QUEUEING, queueing);
  }

  #of(pod: Pod): Ailment[] {
    return [...this.ailments].filter((ailment) => ailment.concerns?.(pod) ?? true);
  }
}

/** Below this share of its capacity a pod answers without queueing. */
const COMFORTABLE = 0.7;
const QUEUEING = 8;
const MOST_QUEUEING = 60;

/** Load balancers are not exact: each pod gets up to this much less than the fullest. */
const UNEVENNESS = 0.08;

/** A pod's weight when traffic is split. */
export function weightOf(pod: Pod): number {
  return 1 - UNEVENNESS * ((hashOf(pod.metadata.uid) % 1000) / 1000);
}
