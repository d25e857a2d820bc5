/** What the processes inside containers do: the kubelet asks, the application model and the faults answer. */

import type { Container, Pod } from './objects.ts';

export interface Crash {
  /** How long the process runs before it ends, in milliseconds. */
  afterMs: number;
  exitCode: number;
  /** Its last words, one line each. */
  lines: readonly string[];
}

export interface Waiting {
  reason: 'ErrImagePull' | 'ImagePullBackOff' | 'CreateContainerConfigError' | 'CreateContainerError';
  message: string;
}

export interface ContainerBehaviour {
  /** Why the container cannot be started now, or undefined. */
  blocked(pod: Pod, container: Container): Waiting | undefined;
  /** How the process will end by itself when started now, or undefined when it keeps running. */
  crash(pod: Pod, container: Container): Crash | undefined;
  /** Whether the readiness probe would pass now. */
  ready(pod: Pod, container: Container): boolean;
  /** Working set in bytes; above the container's limit it is killed. */
  memoryBytes(pod: Pod, container: Container): number;
  /** CPU in use, in cores. */
  cpuCores(pod: Pod, container: Container): number;
  /** What the process says when it starts. */
  firstWords(pod: Pod, container: Container): readonly string[];
}

/** Containers that start, run and use next to nothing. */
export const QUIET_CONTAINERS: ContainerBehaviour = {
  blocked: () => undefined,
  crash: () => undefined,
  ready: () => true,
  memoryBytes: () => 32 * 1024 * 1024,
  cpuCores: () => 0.01,
  firstWords: (_pod, container) => [`${container.name} started`],
};
