/** What containers wrote: the current instance and one before it, as a kubelet keeps them. */

import type { Pod } from './objects.ts';
import { badRequest, StatusError } from './status-error.ts';
import { microTimestamp } from './time.ts';

export interface LogLine {
  atMs: number;
  text: string;
}

interface Instances {
  current: LogLine[];
  previous: LogLine[] | undefined;
}

const MOST_LINES = 2000;

/** The logs of all containers, by pod uid and container name. */
export class ContainerLogs {
  readonly #logs = new Map<string, Instances>();

  /** A container starts: its former log becomes the previous one. */
  start(uid: string, container: string): void {
    const before = this.#logs.get(`${uid}/${container}`);
    this.#logs.set(`${uid}/${container}`, { current: [], previous: before?.current });
  }

  write(uid: string, container: string, line: LogLine): void {
    const lines = this.#logs.get(`${uid}/${container}`)?.current;
    lines?.push(line);
    if (lines !== undefined && lines.length > MOST_LINES) lines.shift();
  }

  /** The pod is gone, and with it what it said. */
  forget(uid: string): void {
    for (const key of this.#logs.keys()) if (key.startsWith(`${uid}/`)) this.#logs.delete(key);
  }

  /**
   * The text of a `pods/log` request. Throws 400 for an unknown container, for a container not named where there are
   * several, for one that has not started and for a previous instance that does not exist.
   */
  read(pod: Pod, query: Readonly<Record<string, string>>, nowMs: number): string {
    const container = chosenContainer(pod, query['container']);
    const instances = this.#logs.get(`${pod.metadata.uid}/${container}`);
    const lines =
      query['previous'] === 'true'
        ? previousOf(instances, pod, container)
        : currentOf(instances, pod, container);
    const sinceMs =
      query['sinceSeconds'] === undefined
        ? 0
        : nowMs - positive(query['sinceSeconds'], 'sinceSeconds') * 1000;
    const recent = lines.filter((line) => line.atMs >= sinceMs);
    const tail = query['tailLines'] === undefined ? recent.length : positive(query['tailLines'], 'tailLines');
    const withTimes = query['timestamps'] === 'true';
    const text = (tail === 0 ? [] : recent.slice(-tail))
      .map((line) => `${withTimes ? `${microTimestamp(line.atMs)} ` : ''}${line.text}\n`)
      .join('');
    return query['limitBytes'] === undefined
      ? text
      : text.slice(0, positive(query['limitBytes'], 'limitBytes'));
  }
}

function positive(text: string, field: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new StatusError(
    422,
    'Invalid',
    `PodLogOptions.core "" is invalid: ${field}: Invalid value: "${text}": must be greater than 0`,
  );
}

function chosenContainer(pod: Pod, asked: string | undefined): string {
  const names = pod.spec.containers.map((container) => container.name);
  const { name } = pod.metadata;
  if (asked !== undefined && asked !== '') {
    if (names.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (names.length > 1)
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`,
    );
  return names[0] ?? '';
}

function currentOf(instances: Instances | undefined, pod: Pod, container: string): LogLine[] {
  if (instances !== undefined) return instances.current;
  const status = pod.status.containerStatuses?.find((candidate) => candidate.name === container);
  const reason = status?.state.waiting?.reason ?? 'ContainerCreating';
  throw badRequest(`container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${reason}`);
}

function previousOf(instances: Instances | undefined, pod: Pod, container: string): LogLine[] {
  if (instances?.previous !== undefined) return instances.previous;
  throw badRequest(`previous terminated container "${container}" in pod "${pod.metadata.name}" not found`);
}
