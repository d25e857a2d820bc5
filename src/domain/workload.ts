import type { Labels } from './alert.ts';
import type { TargetRef } from './target.ts';

/** One entry of `metadata.managedFields`, as far as we need it to find our own mark. */
export interface FieldManager {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  /** `f:spec.f:replicas`-like paths are kept only for what guards ask: does this manager own spec.replicas, the template? */
  readonly ownsReplicas: boolean;
  readonly ownsTemplate: boolean;
}

export interface ContainerShape {
  readonly name: string;
  readonly image: string;
  /** Bytes; absent when no limit is set. */
  readonly memoryLimitBytes?: number;
}

/** A pod template as Kubernetes wrote it: carried whole (roll back), compared by hash, never interpreted. */
export interface PodTemplate {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly annotations: Labels;
  readonly containers: readonly ContainerShape[];
  /** Names of ConfigMaps and Secrets that the template mentions. */
  readonly configs: readonly { readonly kind: 'ConfigMap' | 'Secret'; readonly name: string }[];
}

/** A Deployment (later also other workloads), as one read of it gave. */
export interface Workload {
  readonly ref: TargetRef;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly deleting: boolean;
  readonly pausedRollout: boolean;
  /** Wanted pods, `spec.replicas`. */
  readonly replicas: number;
  readonly status: {
    readonly replicas: number;
    readonly updated: number;
    readonly ready: number;
    readonly available: number;
  };
  /** `Progressing` is False with ProgressDeadlineExceeded. */
  readonly rolloutStuck: boolean;
  readonly strategy: 'RollingUpdate' | 'Recreate';
  /** Pods that a rollout may take away at once, resolved against `replicas` (absolute number). */
  readonly maxUnavailable: number;
  /** `deployment.kubernetes.io/revision` */
  readonly revision: number;
  readonly template: PodTemplate;
  readonly managers: readonly FieldManager[];
}

/** One ReplicaSet of a Deployment. */
export interface Revision {
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly replicas: number;
  readonly available: number;
  readonly template: PodTemplate;
}

export interface PodContainer {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** `CrashLoopBackOff`, `ImagePullBackOff`, …; absent when it does not wait. */
  readonly waiting?: string;
  readonly lastExit?: { readonly reason: string; readonly code: number; readonly finishedAtMs: number };
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly createdAtMs: number;
  readonly phase: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  /** Name of the ReplicaSet that owns it. */
  readonly owner: string;
  readonly containers: readonly PodContainer[];
}

export interface Autoscaler {
  /** HorizontalPodAutoscaler, ScaledObject or VerticalPodAutoscaler. */
  readonly kind: 'HorizontalPodAutoscaler' | 'ScaledObject' | 'VerticalPodAutoscaler';
  readonly name: string;
  /** A VerticalPodAutoscaler in mode Off or Initial only recommends. */
  readonly acts: boolean;
  /** KEDA's pause annotation is set by a person. */
  readonly paused: boolean;
}

export interface DisruptionBudget {
  readonly name: string;
  readonly disruptionsAllowed: number;
}

export interface NodeHealth {
  readonly name: string;
  readonly ready: boolean;
  readonly schedulable: boolean;
}

/** When an object that the template mentions was last changed from outside (an ExternalSecret's refresh, a ConfigMap's write). */
export interface ConfigChange {
  readonly kind: string;
  readonly name: string;
  readonly changedAtMs: number;
}

/** Everything that one look at a target gives. Plain values: the whole of it can be stored as evidence. */
export interface TargetView {
  readonly workload: Workload;
  readonly pods: readonly Pod[];
  /** Newest revision number first. */
  readonly revisions: readonly Revision[];
  readonly namespaceAnnotations: Labels;
  readonly autoscalers: readonly Autoscaler[];
  readonly budgets: readonly DisruptionBudget[];
  /** The nodes that the pods run on. */
  readonly nodes: readonly NodeHealth[];
  readonly configChanges: readonly ConfigChange[];
  /** Lists that could not be read for want of a right, and on which no guard depends (e.g. ConfigMaps). Absent: none. */
  readonly unread?: readonly string[];
  /** When the answers were read, in milliseconds on the store's clock (see `Cluster.look`). */
  readonly readAtMs: number;
}

/** The rule kubectl itself uses for `rollout status` (facts-k8s 3.2). */
export function rolloutComplete(workload: Workload): boolean {
  return (
    workload.observedGeneration >= workload.generation &&
    !workload.rolloutStuck &&
    workload.status.updated === workload.replicas &&
    workload.status.replicas === workload.status.updated &&
    workload.status.available === workload.status.updated
  );
}

/** Pods that should be serving: those of the target that are not on their way out. */
export function livePods(view: TargetView): readonly Pod[] {
  return view.pods.filter((pod) => !pod.terminating && pod.phase !== 'Succeeded' && pod.phase !== 'Failed');
}
