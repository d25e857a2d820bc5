import type { Room } from '../domain/room.ts';
import type { TargetRef } from '../domain/target.ts';
import type { TargetView } from '../domain/workload.ts';

/**
 * One change, absolute, with the precondition that makes a straggler fail (engine 4). The connector turns it
 * into exactly one request; `manager` and `annotations` are the marks by which the effect is found again.
 */
export type ClusterWrite =
  | {
      readonly kind: 'scale';
      readonly ref: TargetRef;
      readonly uid: string;
      readonly resourceVersion: string;
      readonly replicas: number;
      readonly manager: string;
    }
  | {
      /** Sets annotations of the pod template and, where given, replaces the template by an older one. */
      readonly kind: 'template';
      readonly ref: TargetRef;
      readonly uid: string;
      readonly resourceVersion: string;
      readonly annotations: Readonly<Record<string, string>>;
      readonly template?: Readonly<Record<string, unknown>>;
      readonly manager: string;
    }
  | {
      readonly kind: 'evict';
      readonly ref: TargetRef;
      readonly pod: string;
      readonly uid: string;
      readonly manager: string;
    };

export type Written =
  /** The server took it. `resourceVersion` is the object's new one (the old one for an eviction). */
  | { readonly kind: 'accepted'; readonly resourceVersion: string }
  /** 409: the object is not as planned. Certainly no effect. */
  | { readonly kind: 'conflict'; readonly why: string }
  /** 404: there is no such object any more. */
  | { readonly kind: 'gone' }
  /** Admission, quota, a disruption budget or missing rights said no; certainly no effect. */
  | { readonly kind: 'refused'; readonly why: string };

export type Looked = { readonly kind: 'found'; readonly view: TargetView } | { readonly kind: 'absent' };

export type OwnerFound =
  | { readonly kind: 'owner'; readonly ref: TargetRef; readonly through: readonly string[] }
  /** The pod is gone or owned by nothing that we know. `why` is a sentence. */
  | { readonly kind: 'none'; readonly why: string };

/** What a person needs and what would be gone after a restart, taken before the first write. Already redacted. */
export interface Evidence {
  readonly takenAtMs: number;
  readonly previousLogs: readonly {
    readonly pod: string;
    readonly container: string;
    readonly text: string;
  }[];
  readonly events: readonly {
    readonly atMs: number;
    readonly about: string;
    readonly reason: string;
    readonly note: string;
    readonly count: number;
  }[];
  /** Values that were cut out. */
  readonly redacted: number;
  /** What could not be read, and why. */
  readonly missing: readonly string[];
}

/** Sizes of the scopes that a storm is measured against: how many targets there are at all. */
export interface ClusterSize {
  readonly targets: number;
  readonly byNamespace: Readonly<Record<string, number>>;
}

export type Roomed = { readonly kind: 'found'; readonly room: Room } | { readonly kind: 'absent' };

/**
 * Kubernetes, as far as the flow needs it. Every method may throw `OpsError` (`kubernetes/*`); a failed real
 * write carries `effect: 'unknown'` unless it certainly had none. `signal` ends a call early.
 */
export interface Cluster {
  /** A name that never changes for this cluster: the uid of its kube-system namespace. */
  identity(signal: AbortSignal): Promise<string>;
  /**
   * Reads a target and what guards ask about it. `fresh` reads the workload itself anew; `shared` may be
   * answered from the lists of the same namespace that another look of this tick has read.
   */
  look(ref: TargetRef, how: 'fresh' | 'shared', signal: AbortSignal): Promise<Looked>;
  /** Pod → ReplicaSet → Deployment, or the pod's other owner. */
  ownerOf(namespace: string, pod: string, signal: AbortSignal): Promise<OwnerFound>;
  /** Sends one write. With `dry-run` the server checks it (admission, quota, rights) and changes nothing. */
  write(write: ClusterWrite, how: 'dry-run' | 'real', signal: AbortSignal): Promise<Written>;
  /**
   * Would a new pod of the target's template (or of `template`) be admitted now? Asked by a server-side dry run
   * of creating one. A refusal carries the server's words.
   */
  admits(
    ref: TargetRef,
    template: Readonly<Record<string, unknown>> | undefined,
    signal: AbortSignal,
  ): Promise<Written>;
  evidence(ref: TargetRef, signal: AbortSignal): Promise<Evidence>;
  size(signal: AbortSignal): Promise<ClusterSize>;
  /**
   * Every node with what is free on it, and what one more pod of the target's template (or of `template`) asks for.
   * Nodes and pods may be some seconds old.
   */
  room(
    ref: TargetRef,
    template: Readonly<Record<string, unknown>> | undefined,
    signal: AbortSignal,
  ): Promise<Roomed>;
}
