import { deployable } from '../../src/connectors/kubernetes/pod-template.ts';
import { podSpecSchema } from '../../src/connectors/kubernetes/room-schema.ts';
import type { PlacedPodObject, RoomyNodeObject } from '../../src/connectors/kubernetes/room-schema.ts';
import { roomFrom } from '../../src/connectors/kubernetes/room.ts';
import { redact } from '../../src/connectors/redaction.ts';
import type { Labels } from '../../src/domain/alert.ts';
import { targetKey } from '../../src/domain/target.ts';
import type { TargetRef } from '../../src/domain/target.ts';
import type { Autoscaler, ConfigChange, DisruptionBudget, TargetView } from '../../src/domain/workload.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  Cluster,
  ClusterSize,
  ClusterWrite,
  Evidence,
  Looked,
  OwnerFound,
  Roomed,
  Written,
} from '../../src/ports/cluster.ts';
import { FakeDeployment } from './fake-deployment.ts';
import type { DeploymentSpec, FakePod, Pace, RawTemplate } from './fake-deployment.ts';

/** One change that really happened, as the outside saw it. */
export interface FakeEffect {
  readonly sequence: number;
  readonly atMs: number;
  readonly kind: ClusterWrite['kind'];
  readonly ref: TargetRef;
  readonly manager: string;
  /** Annotations that came with it (the operation's mark). */
  readonly annotations: Labels;
  readonly replicas?: number;
  readonly pod?: string;
  /** resourceVersion before and after; equal when the write changed nothing. */
  readonly before: string;
  readonly after: string;
}

export interface FakeEvent {
  readonly atMs: number;
  readonly about: string;
  readonly reason: string;
  readonly note: string;
  readonly count: number;
}

/** What surrounds a target and is set by the test. */
export interface Surroundings {
  autoscalers: readonly Autoscaler[];
  budgets: readonly DisruptionBudget[];
  configChanges: readonly ConfigChange[];
  events: readonly FakeEvent[];
}

export interface FakeClusterOptions {
  readonly clock: Clock;
  readonly identity?: string;
  readonly pace?: Partial<Pace>;
  /** How long shared looks may be answered from an earlier one. Default 5 s, as the real connector does. */
  readonly sharedMs?: number;
}

const PACE: Pace = { observeMs: 500, startMs: 3_000, terminateMs: 2_000, progressDeadlineMs: 600_000 };
const SHARED_MS = 5_000;
/** What a node has, unless a test says otherwise. */
export const AMPLE: Readonly<Record<string, string>> = { cpu: '4', memory: '8Gi', pods: '110' };

interface Home {
  readonly deployment: FakeDeployment;
  readonly surroundings: Surroundings;
}

interface Cached {
  readonly view: Omit<TargetView, 'readAtMs'>;
  /** The cluster's change counter when it was made. */
  readonly changes: number;
}

interface Shared {
  readonly looked: Looked;
  readonly monotonicMs: number;
}

/**
 * A cluster in memory with the preconditions and marks of the real one (engine 4), late controllers on the injected
 * clock, and a ledger of what really happened. Passes the conformance suite of the real connector.
 */
export class FakeCluster implements Cluster {
  /** Every effect, in order. Nothing is ever taken out. */
  readonly effects: FakeEffect[] = [];
  /** Admission, quota, missing rights: the words with which a write (or a pod of this template) is refused. */
  admission: (asked: 'write' | 'pod', ref: TargetRef, template: RawTemplate) => string | undefined = () =>
    undefined;
  /** What each node has to give. */
  allocatable = AMPLE;
  readonly #namespaces = new Map<string, Labels>();
  readonly #clock: Clock;
  readonly #identity: string;
  readonly #pace: Pace;
  readonly #sharedMs: number;
  readonly #homes = new Map<string, Home>();
  readonly #views = new Map<string, Cached>();
  readonly #shared = new Map<string, Shared>();
  readonly #nodes = new Map<string, { ready: boolean; schedulable: boolean }>();
  #changes = 0;
  #uids = 0;

  constructor(options: FakeClusterOptions) {
    this.#clock = options.clock;
    this.#identity = options.identity ?? '11111111-1111-4111-8111-111111111111';
    this.#pace = { ...PACE, ...options.pace };
    this.#sharedMs = options.sharedMs ?? SHARED_MS;
  }

  /** Creates a Deployment whose pods are ready. One of the same name is replaced by another object. */
  add(spec: DeploymentSpec): TargetRef {
    const ref: TargetRef = { kind: 'Deployment', namespace: spec.namespace, name: spec.name };
    this.remove(ref);
    const deployment = new FakeDeployment(spec, {
      clock: this.#clock,
      pace: this.#pace,
      nextVersion: () => String(1_000 + (this.#changes += 1)),
      nextUid: () => this.#nextUid(),
    });
    const surroundings: Surroundings = { autoscalers: [], budgets: [], configChanges: [], events: [] };
    this.#homes.set(targetKey(ref), { deployment, surroundings });
    return ref;
  }

  remove(ref: TargetRef): void {
    this.#homes.get(targetKey(ref))?.deployment.end();
    this.#homes.delete(targetKey(ref));
    this.#views.delete(targetKey(ref));
  }

  /** The world changes a target or what surrounds it; its resourceVersion moves. */
  edit(ref: TargetRef, change: (deployment: FakeDeployment, surroundings: Surroundings) => void): void {
    const { deployment, surroundings } = this.#home(ref);
    change(deployment, surroundings);
    deployment.touch();
  }

  setNamespace(namespace: string, annotations: Labels): void {
    this.#namespaces.set(namespace, annotations);
    this.#changes += 1;
  }

  setNode(name: string, health: { readonly ready: boolean; readonly schedulable: boolean }): void {
    this.#nodes.set(name, { ...health });
    this.#changes += 1;
  }

  /** The target as it is this moment, without a read by anybody. */
  view(ref: TargetRef): TargetView | undefined {
    const home = this.#homes.get(targetKey(ref));
    return home === undefined ? undefined : { ...this.#viewOf(home), readAtMs: this.#clock.now() };
  }

  refs(): readonly TargetRef[] {
    return [...this.#homes.values()].map(({ deployment }) => deployment.ref);
  }

  identity(): Promise<string> {
    return Promise.resolve(this.#identity);
  }

  look(ref: TargetRef, how: 'fresh' | 'shared'): Promise<Looked> {
    const key = targetKey(ref);
    const known = this.#shared.get(key);
    const nowMs = this.#clock.monotonic();
    if (how === 'shared' && known !== undefined && nowMs - known.monotonicMs <= this.#sharedMs) {
      return Promise.resolve(known.looked);
    }
    const view = this.view(ref);
    const looked: Looked = view === undefined ? { kind: 'absent' } : { kind: 'found', view };
    this.#shared.set(key, { looked, monotonicMs: nowMs });
    return Promise.resolve(looked);
  }

  ownerOf(namespace: string, pod: string): Promise<OwnerFound> {
    for (const { deployment } of this.#homes.values()) {
      if (deployment.ref.namespace !== namespace) continue;
      const found = deployment.pods.find(({ name }) => name === pod);
      if (found === undefined) continue;
      const through = [`pod ${pod}`, `ReplicaSet ${found.owner}`];
      return Promise.resolve({ kind: 'owner', ref: deployment.ref, through });
    }
    return Promise.resolve({ kind: 'none', why: `There is no pod ${namespace}/${pod} any more` });
  }

  write(write: ClusterWrite, how: 'dry-run' | 'real'): Promise<Written> {
    if (how === 'real') this.#forgetShared(write.ref.namespace);
    const home = this.#homes.get(targetKey(write.ref));
    if (home === undefined) return Promise.resolve({ kind: 'gone' });
    return Promise.resolve(
      write.kind === 'evict' ? this.#evict(home, write, how) : this.#change(home, write, how),
    );
  }

  admits(ref: TargetRef, template: RawTemplate | undefined): Promise<Written> {
    const home = this.#homes.get(targetKey(ref));
    if (home === undefined) return Promise.resolve({ kind: 'gone' });
    const why = this.admission('pod', ref, template ?? home.deployment.rawTemplate);
    return Promise.resolve(
      why === undefined ? { kind: 'accepted', resourceVersion: '' } : { kind: 'refused', why },
    );
  }

  evidence(ref: TargetRef): Promise<Evidence> {
    const home = this.#homes.get(targetKey(ref));
    const takenAtMs = this.#clock.now();
    if (home === undefined) {
      const missing = [`everything: ${ref.kind} ${ref.namespace}/${ref.name} does not exist`];
      return Promise.resolve({ takenAtMs, previousLogs: [], events: [], redacted: 0, missing });
    }
    const restarted = home.deployment.pods.filter(({ restarts }) => restarts > 0);
    let redacted = 0;
    const clean = (text: string): string => {
      const cut = redact(text);
      redacted += cut.count;
      return cut.text;
    };
    const previousLogs = restarted.flatMap(({ name, previousLog }) =>
      previousLog === undefined ? [] : [{ pod: name, container: 'app', text: clean(previousLog) }],
    );
    const missing = restarted
      .filter(({ previousLog }) => previousLog === undefined)
      .map(({ name }) => `previous log of ${name}/app: it is not there any more`);
    const events = home.surroundings.events
      .map((event) => ({ ...event, note: clean(event.note) }))
      .toSorted((a, b) => b.atMs - a.atMs);
    return Promise.resolve({ takenAtMs, previousLogs, events, redacted, missing });
  }

  size(): Promise<ClusterSize> {
    const byNamespace: Record<string, number> = {};
    for (const { namespace } of this.refs()) byNamespace[namespace] = (byNamespace[namespace] ?? 0) + 1;
    return Promise.resolve({ targets: this.#homes.size, byNamespace });
  }

  room(ref: TargetRef, template: RawTemplate | undefined): Promise<Roomed> {
    const home = this.#homes.get(targetKey(ref));
    if (home === undefined) return Promise.resolve({ kind: 'absent' });
    const { rawTemplate, replicas } = home.deployment;
    const surge = home.deployment.view().workload.strategy === 'Recreate' ? 0 : Math.ceil(replicas / 4);
    const room = roomFrom(this.#roomyNodes(), this.#placedPods(), { raw: template ?? rawTemplate, surge });
    return Promise.resolve({ kind: 'found', room });
  }

  #roomyNodes(): readonly RoomyNodeObject[] {
    const used = [...this.#homes.values()].flatMap(({ deployment }) =>
      deployment.pods.map(({ node }) => node),
    );
    return [...new Set([...this.#nodes.keys(), ...used])].toSorted().map((name) => {
      const { ready, schedulable } = this.#nodes.get(name) ?? { ready: true, schedulable: true };
      return {
        metadata: { name, uid: name, labels: { 'node.kubernetes.io/instance-type': 'fake' } },
        spec: { unschedulable: !schedulable },
        status: {
          allocatable: this.allocatable,
          conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
        },
      };
    });
  }

  #placedPods(): readonly PlacedPodObject[] {
    return [...this.#homes.values()].flatMap(({ deployment }) =>
      deployment.pods.map((pod) => ({
        metadata: { name: pod.name, namespace: deployment.ref.namespace },
        spec: { ...podSpecSchema.parse(deployment.rawTemplate['spec']), nodeName: pod.node },
        status: { phase: 'Running' },
      })),
    );
  }

  #home(ref: TargetRef): Home {
    const home = this.#homes.get(targetKey(ref));
    if (home === undefined) throw new Error(`There is no ${targetKey(ref)} in the fake cluster`);
    return home;
  }

  #nextUid(): string {
    this.#uids += 1;
    return `00000000-0000-4000-8000-${this.#uids.toString(16).padStart(12, '0')}`;
  }

  #forgetShared(namespace: string): void {
    for (const key of this.#shared.keys()) {
      if (key.split('/')[1] === namespace) this.#shared.delete(key);
    }
  }

  #viewOf({ deployment, surroundings }: Home): Omit<TargetView, 'readAtMs'> {
    const key = targetKey(deployment.ref);
    const cached = this.#views.get(key);
    if (cached !== undefined && cached.changes === this.#changes) return cached.view;
    const own = deployment.view();
    const used = [...new Set(own.pods.map(({ node }) => node))];
    const view = {
      ...own,
      namespaceAnnotations: this.#namespaces.get(deployment.ref.namespace) ?? {},
      autoscalers: surroundings.autoscalers,
      budgets: surroundings.budgets,
      nodes: used.map((name) => ({ name, ...(this.#nodes.get(name) ?? { ready: true, schedulable: true }) })),
      configChanges: surroundings.configChanges,
    };
    this.#views.set(key, { view, changes: this.#changes });
    return view;
  }

  #change(home: Home, write: Exclude<ClusterWrite, { kind: 'evict' }>, how: 'dry-run' | 'real'): Written {
    const { deployment } = home;
    const stale = write.uid !== deployment.uid || write.resourceVersion !== deployment.resourceVersion;
    if (stale)
      return {
        kind: 'conflict',
        why: 'the object has been modified; please apply your changes to the latest version',
      };
    const raw = write.kind === 'template' ? this.#templateAfter(deployment, write) : deployment.rawTemplate;
    const why = this.admission('write', write.ref, raw);
    if (why !== undefined) return { kind: 'refused', why };
    const before = deployment.resourceVersion;
    if (how === 'dry-run') return { kind: 'accepted', resourceVersion: before };
    if (write.kind === 'scale') deployment.setReplicas(write.replicas, write.manager, 'scale');
    else deployment.setTemplate(raw, write.manager);
    this.#record(write, before, deployment.resourceVersion);
    return { kind: 'accepted', resourceVersion: deployment.resourceVersion };
  }

  #templateAfter(
    deployment: FakeDeployment,
    write: Extract<ClusterWrite, { kind: 'template' }>,
  ): RawTemplate {
    return deployable(write.template ?? deployment.rawTemplate, write.annotations);
  }

  #evict(home: Home, write: Extract<ClusterWrite, { kind: 'evict' }>, how: 'dry-run' | 'real'): Written {
    const { deployment, surroundings } = home;
    const pod: FakePod | undefined = deployment.pods.find(({ name }) => name === write.pod);
    if (pod === undefined) return { kind: 'gone' };
    if (pod.uid !== write.uid)
      return { kind: 'conflict', why: `Precondition failed: UID in precondition: ${write.uid}` };
    const why = this.admission('write', write.ref, deployment.rawTemplate) ?? overBudget(surroundings);
    if (why !== undefined && !pod.terminating) return { kind: 'refused', why };
    const before = deployment.resourceVersion;
    if (how === 'dry-run' || pod.terminating) return { kind: 'accepted', resourceVersion: '' };
    deployment.evict(pod);
    this.#record(write, before, deployment.resourceVersion);
    return { kind: 'accepted', resourceVersion: '' };
  }

  #record(write: ClusterWrite, before: string, after: string): void {
    this.effects.push({
      sequence: this.effects.length + 1,
      atMs: this.#clock.now(),
      kind: write.kind,
      ref: write.ref,
      manager: write.manager,
      annotations: write.kind === 'template' ? write.annotations : {},
      ...(write.kind === 'scale' ? { replicas: write.replicas } : {}),
      ...(write.kind === 'evict' ? { pod: write.pod } : {}),
      before,
      after,
    });
  }
}

function overBudget({ budgets }: Surroundings): string | undefined {
  const empty = budgets.find(({ disruptionsAllowed }) => disruptionsAllowed <= 0);
  return empty === undefined
    ? undefined
    : `Cannot evict pod as it would violate the pod's disruption budget. The disruption budget ${empty.name} allows none now.`;
}
