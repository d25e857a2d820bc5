/** The counters that applications export. They begin at zero with every process, as real ones do. */

import type { Pod } from '../kubernetes/objects.ts';

export interface Served {
  requests: number;
  /** 0 to 1. */
  errorRatio: number;
  medianSeconds: number;
}

export interface PodCounters {
  namespace: string;
  pod: string;
  service: string;
  byStatus: Map<string, number>;
  /** Requests per upper bound in seconds, cumulative. */
  buckets: Map<number, number>;
  count: number;
  sumSeconds: number;
}

/** Upper bounds of the latency histogram, in seconds; Infinity is added by the exporter. */
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How quickly the tail of the latencies falls off (log-logistic): p95 is 3.2 times the median. */
const TAIL = 2.5;

export class RequestCounters {
  readonly #counters = new Map<string, PodCounters>();

  /** Adds requests that a pod has answered. */
  add(pod: Pod, service: string, { requests, errorRatio, medianSeconds }: Served): void {
    const counters = this.#of(pod, service);
    const raise = <Key>(map: Map<Key, number>, key: Key, by: number): void =>
      void map.set(key, (map.get(key) ?? 0) + by);
    raise(counters.byStatus, '200', requests * (1 - errorRatio));
    raise(counters.byStatus, '500', requests * errorRatio);
    for (const bound of BUCKETS) raise(counters.buckets, bound, requests * shareWithin(bound, medianSeconds));
    counters.count += requests;
    counters.sumSeconds += requests * medianSeconds * 1.3;
  }

  /** The counters of a pod's present process, or undefined before its first request. */
  read(pod: Pod): PodCounters | undefined {
    return this.#counters.get(processOf(pod));
  }

  #of(pod: Pod, service: string): PodCounters {
    const key = processOf(pod);
    const known = this.#counters.get(key);
    if (known !== undefined) return known;
    const fresh: PodCounters = {
      namespace: pod.metadata.namespace ?? '',
      pod: pod.metadata.name,
      service,
      byStatus: new Map(),
      buckets: new Map(),
      count: 0,
      sumSeconds: 0,
    };
    this.#counters.set(key, fresh);
    return fresh;
  }
}

function processOf(pod: Pod): string {
  return pod.status.containerStatuses?.[0]?.containerID ?? pod.metadata.uid;
}

function shareWithin(bound: number, medianSeconds: number): number {
  return 1 / (1 + (medianSeconds / bound) ** TAIL);
}
