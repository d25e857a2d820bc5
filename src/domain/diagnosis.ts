import { formatDuration } from './duration.ts';
import type { Pod, PodContainer, TargetView } from './workload.ts';
import { livePods } from './workload.ts';

/** The words that a condition `cause = …` knows. */
export type Cause = 'rollout' | 'config-newer' | 'bad-node' | 'image' | 'memory-kill' | 'unknown';

export interface Diagnosis {
  readonly cause: Cause;
  /** The evidence in one sentence, for the trace and the handover. */
  readonly because: string;
}

/** A crash this long after a change is put down to it (facts-k8s 4.1, HighErrorRate: deploy → errors within 30 min). */
const BLAME_MS = 30 * 60_000;
const IMAGE_WAITS: ReadonlySet<string> = new Set(['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName']);

/** One crash is a crash, two are a loop. */
const LOOP_RESTARTS = 2;
/** The kubelet forgets a container's crashes after it ran for ten minutes (kubernetes.io pod-lifecycle, back-off reset). */
const LOOP_MEMORY_MS = 10 * 60_000;

/** Between two crashes a container runs, and may even be ready: it is in its loop all the same. */
function isBetweenCrashes(container: PodContainer, nowMs: number): boolean {
  const { lastExit, restarts } = container;
  return (
    restarts >= LOOP_RESTARTS &&
    lastExit !== undefined &&
    lastExit.code !== 0 &&
    nowMs - lastExit.finishedAtMs < LOOP_MEMORY_MS
  );
}

/** Whether a container of it cannot start, or crashes again and again, at `nowMs`. */
export function isCrashing(pod: Pod, nowMs: number): boolean {
  return pod.containers.some(
    (container) =>
      isBetweenCrashes(container, nowMs) ||
      (container.waiting !== undefined &&
        container.waiting !== 'ContainerCreating' &&
        container.waiting !== 'PodInitializing'),
  );
}

/** When the running template came: the creation of its ReplicaSet. Undefined when there is none. */
export function rolledOutAtMs(view: TargetView): number | undefined {
  return view.revisions.find((revision) => revision.revision === view.workload.revision)?.createdAtMs;
}

function byRollout(view: TargetView, crashing: readonly Pod[], nowMs: number): Diagnosis | undefined {
  const atMs = rolledOutAtMs(view);
  const current = view.revisions.find((revision) => revision.revision === view.workload.revision);
  const older = view.revisions.some((revision) => revision.revision < view.workload.revision);
  if (atMs === undefined || current === undefined || !older || nowMs - atMs > BLAME_MS) return undefined;
  if (!crashing.every((pod) => pod.owner === current.name)) return undefined;
  return {
    cause: 'rollout',
    because: `revision ${view.workload.revision} was rolled out ${formatDuration(nowMs - atMs)} ago, and only its pods fail`,
  };
}

/**
 * An ExternalSecret's refresh time also moves where nothing changed, so only a recent one is believed; what follows is
 * one rolling restart, which harms nothing that crashes anyway.
 */
function byConfig(view: TargetView, crashing: readonly Pod[], nowMs: number): Diagnosis | undefined {
  const newestPodMs = Math.max(...crashing.map((pod) => pod.createdAtMs));
  const newer = view.configChanges.find(
    (change) => change.changedAtMs > newestPodMs && nowMs - change.changedAtMs <= BLAME_MS,
  );
  return newer === undefined
    ? undefined
    : { cause: 'config-newer', because: `${newer.kind} ${newer.name} is newer than the pods that use it` };
}

function byNode(view: TargetView, crashing: readonly Pod[]): Diagnosis | undefined {
  const nodes = new Set(crashing.map((pod) => pod.node));
  const healthyElsewhere = livePods(view).some((pod) => pod.ready && !nodes.has(pod.node));
  const node = view.nodes.find((one) => nodes.has(one.name));
  if (nodes.size !== 1 || !healthyElsewhere || node === undefined || node.ready) return undefined;
  return {
    cause: 'bad-node',
    because: `all failing pods are on node ${node.name}, which is not ready; pods elsewhere are fine`,
  };
}

function byContainer(crashing: readonly Pod[]): Diagnosis {
  const containers = crashing.flatMap((pod) => pod.containers);
  if (containers.some((one) => IMAGE_WAITS.has(one.waiting ?? '')))
    return { cause: 'image', because: 'its image cannot be pulled' };
  if (containers.some((one) => one.lastExit?.reason === 'OOMKilled'))
    return { cause: 'memory-kill', because: 'its container was killed for memory' };
  return { cause: 'unknown', because: 'no rollout, no newer configuration and no bad node explains it' };
}

/** The most likely cause of failing pods, only where a rule produces it (facts-k8s 4.1). */
export function diagnose(view: TargetView, nowMs: number): Diagnosis {
  const crashing = livePods(view).filter((pod) => isCrashing(pod, nowMs));
  if (crashing.length === 0) return { cause: 'unknown', because: 'no pod of it fails' };
  return (
    byRollout(view, crashing, nowMs) ??
    byConfig(view, crashing, nowMs) ??
    byNode(view, crashing) ??
    byContainer(crashing)
  );
}
