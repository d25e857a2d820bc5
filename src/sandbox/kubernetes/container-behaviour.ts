/** What the processes inside containers do: the kubelet asks, the application model and the faults answer. */

import type { Container, Pod } from './objects.ts';

export interface Crash {
  /** How long the process runs before it ends, in milliseconds. */
  afterMs: number;
  exitCode: number;
  /** Its last words, one line each. */
  lines: readonly string[];
}

/** How soon a shell is through with its command, in milliseconds. */
const SHELL_MS = 200;

/** A command that is a shell with `exit N` at its end does what it says. Other commands run for ever. */
export function crashOfCommand({ command = [] }: Container): Crash | undefined {
  const [shell, flag, script = ''] = command;
  const exit = shell === 'sh' && flag === '-c' ? /(?:^|[;\n ])exit (\d{1,3})$/.exec(script.trim()) : null;
  if (exit === null) return undefined;
  return { afterMs: SHELL_MS, exitCode: Number(exit[1]), lines: [`the command ended: ${script}`] };
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
