import { podTemplate } from '../../src/connectors/kubernetes/pod-template.ts';
import type { Labels } from '../../src/domain/alert.ts';
import type { TargetRef } from '../../src/domain/target.ts';
import type {
  FieldManager,
  Pod,
  PodTemplate,
  Revision,
  TargetView,
  Workload,
} from '../../src/domain/workload.ts';
import type { Clock } from '../../src/ports/clock.ts';

export type RawTemplate = Readonly<Record<string, unknown>>;

/** What a test says about a Deployment; everything else is as a fresh one has it. */
export interface DeploymentSpec {
  readonly namespace: string;
  readonly name: string;
  /** Default 1. Pods exist and are ready at once. */
  readonly replicas?: number;
  readonly image?: string;
  readonly memoryLimit?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly templateAnnotations?: Labels;
  /** Names of Secrets and ConfigMaps that the container takes its environment from. */
  readonly envFrom?: readonly { readonly kind: 'Secret' | 'ConfigMap'; readonly name: string }[];
  readonly strategy?: Workload['strategy'];
  readonly maxUnavailable?: number;
  /** Pods are spread over these. Default `node-1`. */
  readonly nodes?: readonly string[];
}

/** A pod as the world may change it (through `FakeCluster.edit`). */
export interface FakePod {
  readonly name: string;
  readonly uid: string;
  node: string;
  readonly createdAtMs: number;
  ready: boolean;
  terminating: boolean;
  readonly owner: string;
  restarts: number;
  waiting: string | undefined;
  lastExit: { reason: string; code: number; finishedAtMs: number } | undefined;
  /** What the previous container wrote; undefined: it cannot be read. */
  previousLog: string | undefined;
}

/** How long the controllers take, in milliseconds. */
export interface Pace {
  readonly observeMs: number;
  readonly startMs: number;
  readonly terminateMs: number;
  readonly progressDeadlineMs: number;
}

/** What a Deployment needs of its cluster. */
export interface DeploymentHome {
  readonly clock: Clock;
  readonly pace: Pace;
  /** A fresh resourceVersion; whoever cached anything of this namespace sees it. */
  nextVersion(): string;
  nextUid(): string;
}

interface ReplicaSet {
  readonly name: string;
  readonly uid: string;
  readonly createdAtMs: number;
  readonly raw: RawTemplate;
  readonly template: PodTemplate;
  revision: number;
}

function templateOf(spec: DeploymentSpec): RawTemplate {
  const envFrom = (spec.envFrom ?? []).map(({ kind, name }) =>
    kind === 'Secret' ? { secretRef: { name } } : { configMapRef: { name } },
  );
  return {
    metadata: { labels: { app: spec.name }, annotations: { ...spec.templateAnnotations } },
    spec: {
      containers: [
        {
          name: 'app',
          image: spec.image ?? `registry.example.org/${spec.name}:1`,
          resources: {
            requests: { cpu: '50m', memory: '64Mi' },
            ...(spec.memoryLimit === undefined ? {} : { limits: { memory: spec.memoryLimit } }),
          },
          envFrom,
        },
      ],
    },
  };
}

/** One Deployment with its ReplicaSets, its pods and the controllers that move them, a little late, as real ones do. */
export class FakeDeployment {
  readonly ref: TargetRef;
  readonly uid: string;
  readonly pods: FakePod[] = [];
  labels: Labels;
  annotations: Labels;
  resourceVersion: string;
  generation = 1;
  observedGeneration = 1;
  deleting = false;
  pausedRollout = false;
  rolloutStuck = false;
  replicas: number;
  managers: FieldManager[];
  /** Pods of a template for which this gives a reason never become ready, and wait with it. */
  broken: (template: PodTemplate) => string | undefined = () => undefined;
  readonly #home: DeploymentHome;
  readonly #spec: DeploymentSpec;
  readonly #sets: ReplicaSet[] = [];
  #raw: RawTemplate;
  #template: PodTemplate;
  #gone = false;
  #podsMade = 0;
  #rollouts = 0;

  constructor(spec: DeploymentSpec, home: DeploymentHome) {
    this.ref = { kind: 'Deployment', namespace: spec.namespace, name: spec.name };
    this.#spec = spec;
    this.#home = home;
    this.uid = home.nextUid();
    this.resourceVersion = home.nextVersion();
    this.labels = spec.labels ?? {};
    this.annotations = spec.annotations ?? {};
    this.replicas = spec.replicas ?? 1;
    this.#raw = templateOf(spec);
    this.#template = podTemplate(this.#raw);
    this.managers = [
      { manager: 'kubectl-create', operation: 'Update', ownsReplicas: true, ownsTemplate: true },
    ];
    const set = this.#currentSet();
    for (let made = 0; made < this.replicas; made += 1) this.#makePod(set, true);
  }

  get rawTemplate(): RawTemplate {
    return this.#raw;
  }

  get template(): PodTemplate {
    return this.#template;
  }

  /** Something about the object or its pods has changed. */
  touch(): void {
    this.resourceVersion = this.#home.nextVersion();
  }

  /** Writes `spec.replicas`; a write that changes nothing leaves neither a version nor a mark behind. */
  setReplicas(replicas: number, manager: string, subresource?: 'scale'): void {
    if (replicas === this.replicas) return;
    this.replicas = replicas;
    // The field belongs to who changed it last; an entry that owns nothing any more disappears.
    const others = this.managers
      .map((entry) => ({ ...entry, ownsReplicas: false }))
      .filter((entry) => entry.ownsTemplate);
    const mark: FieldManager = {
      manager,
      operation: 'Update',
      ...(subresource === undefined ? {} : { subresource }),
      ownsReplicas: true,
      ownsTemplate: false,
    };
    this.managers = [...others, mark];
    this.#specChanged();
  }

  /** Writes `spec.template`. @returns whether that changed anything. */
  setTemplate(raw: RawTemplate, manager: string): boolean {
    if (JSON.stringify(raw) === JSON.stringify(this.#raw)) return false;
    this.#raw = raw;
    this.#template = podTemplate(raw);
    const others = this.managers.filter(
      (entry) => entry.manager !== manager || entry.subresource !== undefined,
    );
    const before = this.managers.find((entry) => !others.includes(entry));
    const ownsReplicas = before?.ownsReplicas ?? false;
    this.managers = [...others, { manager, operation: 'Update', ownsReplicas, ownsTemplate: true }];
    this.rolloutStuck = false;
    this.#specChanged();
    this.#watchProgress();
    return true;
  }

  /** Takes a pod away; the ReplicaSet makes another one. */
  evict(pod: FakePod): void {
    if (pod.terminating) return;
    this.#terminate(pod);
    this.#later(this.#home.pace.observeMs, () => this.#reconcile());
  }

  end(): void {
    this.#gone = true;
  }

  /** `nodes` and what surrounds the Deployment are the cluster's to add. */
  view(): Pick<TargetView, 'workload' | 'pods' | 'revisions'> {
    return {
      workload: this.#workload(),
      pods: this.pods.map((pod) => this.#pod(pod)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      revisions: this.#sets.map((set) => this.#revision(set)).toSorted((a, b) => b.revision - a.revision),
    };
  }

  #workload(): Workload {
    const live = this.pods.filter((pod) => !pod.terminating);
    const ready = live.filter((pod) => pod.ready).length;
    const current = this.#sets.toSorted((a, b) => b.revision - a.revision)[0];
    return {
      ref: this.ref,
      uid: this.uid,
      resourceVersion: this.resourceVersion,
      generation: this.generation,
      observedGeneration: this.observedGeneration,
      labels: this.labels,
      annotations: this.annotations,
      deleting: this.deleting,
      pausedRollout: this.pausedRollout,
      replicas: this.replicas,
      status: {
        replicas: live.length,
        updated: live.filter((pod) => pod.owner === current?.name).length,
        ready,
        available: ready,
      },
      rolloutStuck: this.rolloutStuck,
      strategy: this.#spec.strategy ?? 'RollingUpdate',
      maxUnavailable: this.#maxUnavailable(),
      revision: current?.revision ?? 0,
      template: this.#template,
      managers: this.managers,
    };
  }

  #maxUnavailable(): number {
    if (this.#spec.strategy === 'Recreate') return this.replicas;
    return this.#spec.maxUnavailable ?? Math.floor(this.replicas / 4);
  }

  #pod(pod: FakePod): Pod {
    const container = {
      name: 'app',
      ready: pod.ready,
      restarts: pod.restarts,
      ...(pod.waiting === undefined ? {} : { waiting: pod.waiting }),
      ...(pod.lastExit === undefined ? {} : { lastExit: { ...pod.lastExit } }),
    };
    return {
      namespace: this.ref.namespace,
      name: pod.name,
      uid: pod.uid,
      node: pod.node,
      createdAtMs: pod.createdAtMs,
      phase: pod.ready || pod.restarts > 0 ? 'Running' : 'Pending',
      ready: pod.ready,
      terminating: pod.terminating,
      owner: pod.owner,
      containers: [container],
    };
  }

  #revision(set: ReplicaSet): Revision {
    const owned = this.pods.filter((pod) => pod.owner === set.name && !pod.terminating);
    return {
      name: set.name,
      uid: set.uid,
      revision: set.revision,
      createdAtMs: set.createdAtMs,
      replicas: owned.length,
      available: owned.filter((pod) => pod.ready).length,
      template: set.template,
    };
  }

  #specChanged(): void {
    this.generation += 1;
    this.touch();
    this.#later(this.#home.pace.observeMs, () => this.#observe());
  }

  /** The Deployment controller sees the newest spec, however often it has changed. */
  #observe(): void {
    if (this.observedGeneration === this.generation) return;
    this.observedGeneration = this.generation;
    this.#currentSet();
    this.touch();
    this.#reconcile();
  }

  /** The ReplicaSet of the present template. One of the same template is taken again, with a new revision number. */
  #currentSet(): ReplicaSet {
    const text = JSON.stringify(this.#raw);
    const newest = Math.max(0, ...this.#sets.map(({ revision }) => revision));
    const known = this.#sets.find(({ raw }) => JSON.stringify(raw) === text);
    if (known !== undefined) {
      if (known.revision < newest) known.revision = newest + 1;
      return known;
    }
    const hash = `7c9d${(this.#sets.length + 1).toString(16).padStart(4, '0')}`;
    const set: ReplicaSet = {
      name: `${this.ref.name}-${hash}`,
      uid: this.#home.nextUid(),
      createdAtMs: this.#home.clock.now(),
      raw: this.#raw,
      template: this.#template,
      revision: newest + 1,
    };
    this.#sets.push(set);
    return set;
  }

  #reconcile(): void {
    const set = this.#currentSet();
    const live = this.pods.filter((pod) => !pod.terminating);
    const old = live.filter((pod) => pod.owner !== set.name);
    if (this.#spec.strategy === 'Recreate' && old.length > 0) {
      for (const pod of old) this.#terminate(pod);
      this.#later(this.#home.pace.terminateMs, () => this.#reconcile());
      return;
    }
    const current = live.filter((pod) => pod.owner === set.name);
    for (let made = current.length; made < this.replicas; made += 1) this.#makePod(set, false);
    // Not ready ones go first, then the newest.
    const surplus = current.toReversed().toSorted((a, b) => Number(a.ready) - Number(b.ready));
    for (const pod of surplus.slice(0, Math.max(0, current.length - this.replicas))) this.#terminate(pod);
    const ready = current.filter((pod) => pod.ready).length;
    const spare = Math.max(0, old.length - Math.max(0, this.replicas - ready));
    for (const pod of old.toSorted((a, b) => Number(a.ready) - Number(b.ready)).slice(0, spare))
      this.#terminate(pod);
  }

  #makePod(set: ReplicaSet, readyAtOnce: boolean): void {
    const { clock, pace } = this.#home;
    const nodes = this.#spec.nodes ?? ['node-1'];
    const number = this.#podsMade;
    this.#podsMade += 1;
    const pod: FakePod = {
      name: `${set.name}-${number.toString(36).padStart(5, '0')}`,
      uid: this.#home.nextUid(),
      node: nodes[number % nodes.length] ?? 'node-1',
      createdAtMs: clock.now(),
      ready: readyAtOnce,
      terminating: false,
      owner: set.name,
      restarts: 0,
      waiting: undefined,
      lastExit: undefined,
      previousLog: undefined,
    };
    this.pods.push(pod);
    this.touch();
    if (!readyAtOnce) this.#later(pace.startMs, () => this.#start(pod, set));
  }

  #start(pod: FakePod, set: ReplicaSet): void {
    if (pod.terminating || !this.pods.includes(pod)) return;
    const reason = this.broken(set.template);
    pod.ready = reason === undefined;
    if (reason !== undefined) {
      pod.waiting = reason;
      if (reason === 'CrashLoopBackOff') pod.restarts += 1;
    }
    this.touch();
    this.#reconcile();
  }

  #terminate(pod: FakePod): void {
    pod.terminating = true;
    pod.ready = false;
    this.touch();
    this.#later(this.#home.pace.terminateMs, () => {
      const index = this.pods.indexOf(pod);
      if (index < 0) return;
      this.pods.splice(index, 1);
      this.touch();
    });
  }

  #watchProgress(): void {
    this.#rollouts += 1;
    const rollout = this.#rollouts;
    this.#later(this.#home.pace.progressDeadlineMs, () => {
      const { status } = this.#workload();
      const done = status.updated === this.replicas && status.available === this.replicas;
      if (rollout !== this.#rollouts || done) return;
      this.rolloutStuck = true;
      this.touch();
    });
  }

  #later(delayMs: number, run: () => void): void {
    this.#home.clock.after(delayMs, () => {
      if (!this.#gone) run();
    });
  }
}
