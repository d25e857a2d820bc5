import type { Labels } from '../../src/domain/alert.ts';
import { targetKey, type TargetRef } from '../../src/domain/target.ts';
import { rolloutComplete, type Pod, type TargetView } from '../../src/domain/workload.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import type { FakeDeployment, RawTemplate } from '../fakes/fake-deployment.ts';
import type { ServiceKnobs, Trouble } from './knobs.ts';

/** The alert that each trouble raises. `ContainerHighMemoryUsage` is evaluated by nobody that Runova can ask. */
const ALERT: Readonly<Record<Trouble, string>> = {
  load: 'HighMemoryUsage',
  leak: 'HighMemoryUsage',
  greedy: 'HighMemoryUsage',
  harmful: 'HighMemoryUsage',
  flapping: 'HighMemoryUsage',
  none: 'HighMemoryUsage',
  foreign: 'ContainerHighMemoryUsage',
  'bad-rollout': 'PodCrashLoopBackOff',
  'stale-config': 'PodCrashLoopBackOff',
  'bad-node': 'PodCrashLoopBackOff',
  unfixable: 'PodCrashLoopBackOff',
  'bad-release': 'HighErrorRate',
  mystery: 'QueueGrowsForNoReason',
};

const CRASH_EVERY_MS = 30_000;
/** Well for so long in between that it looks mended. */
const FLAP_MS = 300_000;
const FLAP_BAD_MS = 70_000;
/** Pods of a template with this image fail. */
const BAD_IMAGE = 'registry.example.org/app:bad';
const BAD_NODE = 'node-b';

export interface Stretch {
  readonly fromMs: number;
  readonly bad: boolean;
}

interface Truth {
  readonly memory: boolean;
  readonly errors: boolean;
  readonly crashing: boolean;
  readonly unavailable: boolean;
}

/**
 * One Deployment and the truth about it: what is wrong with it, how that shows, and what mends it. Nothing here knows
 * what Runova believes.
 */
export class Service {
  readonly knobs: ServiceKnobs;
  readonly ref: TargetRef;
  readonly alertname: string;
  /** Bad or well, since when (monotonic): the ground truth that proofs are held against. */
  readonly history: Stretch[] = [{ fromMs: 0, bad: false }];
  /** Likewise, for what the error ratio averages over its window. */
  readonly errorHistory: Stretch[] = [{ fromMs: 0, bad: false }];
  readonly crashes: { readonly atMs: number; readonly pod: string }[] = [];
  active = false;
  mended = false;
  readonly #clock: Clock;
  readonly #cluster: FakeCluster;
  #changedConfigAtMs = 0;
  #endsAtMs = Number.POSITIVE_INFINITY;
  #lastCrashMs = Number.NEGATIVE_INFINITY;

  constructor(knobs: ServiceKnobs, clock: Clock, cluster: FakeCluster) {
    this.knobs = knobs;
    this.#clock = clock;
    this.#cluster = cluster;
    this.alertname = ALERT[knobs.trouble];
    this.ref = { kind: 'Deployment', namespace: knobs.namespace, name: knobs.name };
    this.create();
  }

  get key(): string {
    return targetKey(this.ref);
  }

  create(): void {
    const { namespace, name, replicas, strategy, trouble } = this.knobs;
    const nodes = trouble === 'bad-node' ? ['node-a', BAD_NODE, 'node-c'] : ['node-a'];
    this.#cluster.add({
      namespace,
      name,
      replicas,
      strategy,
      nodes,
      envFrom: [{ kind: 'ConfigMap', name: `${name}-config` }],
    });
    this.#cluster.edit(this.ref, (deployment) => this.#teach(deployment));
  }

  /** A template is broken as long as its trouble lasts, whenever its pods start. */
  #teach(deployment: FakeDeployment): void {
    deployment.broken = (template) =>
      this.active && this.knobs.trouble === 'bad-rollout' && template.containers[0]?.image === BAD_IMAGE
        ? 'CrashLoopBackOff'
        : undefined;
  }

  begin(): void {
    if (this.active || this.mended || this.knobs.trouble === 'none') return;
    this.active = true;
    if (this.knobs.lastsMs !== undefined) this.#endsAtMs = this.#clock.monotonic() + this.knobs.lastsMs;
    switch (this.knobs.trouble) {
      case 'bad-rollout':
      case 'bad-release':
        this.#cluster.edit(this.ref, (deployment) =>
          deployment.setTemplate(withImage(deployment.rawTemplate, BAD_IMAGE), 'kubectl-set'),
        );
        return;
      case 'stale-config':
        this.#changedConfigAtMs = this.#clock.now();
        this.#cluster.edit(this.ref, (_, surroundings) => {
          surroundings.configChanges = [
            { kind: 'ConfigMap', name: `${this.knobs.name}-config`, changedAtMs: this.#changedConfigAtMs },
          ];
        });
        return;
      case 'bad-node':
        this.#cluster.setNode(BAD_NODE, { ready: false, schedulable: false });
        return;
      default:
    }
  }

  /** The cause goes away: what it did to the pods ends at the next tick. */
  end(): void {
    if (!this.active) return;
    this.active = false;
    this.mended = true;
    if (this.knobs.trouble === 'bad-node')
      this.#cluster.setNode(BAD_NODE, { ready: true, schedulable: true });
  }

  view(): TargetView | undefined {
    return this.#cluster.view(this.ref);
  }

  /** Lets the trouble work on the pods and writes down the truth. */
  tick(): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs >= this.#endsAtMs) this.end();
    this.#sufferCrashes(nowMs);
    const truth = this.truth();
    push(this.history, nowMs, truth.memory || truth.errors || truth.crashing || truth.unavailable);
    push(this.errorHistory, nowMs, truth.errors);
  }

  truth(): Truth {
    const view = this.view();
    if (view === undefined) return { memory: false, errors: false, crashing: false, unavailable: true };
    return {
      memory: this.#memoryBad(view),
      errors:
        this.active &&
        this.knobs.trouble === 'bad-release' &&
        view.workload.template.containers[0]?.image === BAD_IMAGE,
      crashing: view.pods.some(
        (pod) => !pod.terminating && pod.containers.some(({ waiting }) => waiting !== undefined),
      ),
      unavailable: view.workload.status.available < view.workload.replicas || !rolloutComplete(view.workload),
    };
  }

  /** Is the alert's own expression true now? */
  get symptom(): boolean {
    const truth = this.truth();
    switch (this.alertname) {
      case 'HighErrorRate':
        return this.errorShare(60_000) > 0.05;
      case 'PodCrashLoopBackOff':
        return truth.crashing;
      case 'QueueGrowsForNoReason':
        return this.active;
      default:
        return truth.memory;
    }
  }

  /** How much of the window up to now had errors. */
  errorShare(windowMs: number): number {
    return shareBad(this.errorHistory, this.#clock.monotonic() - windowMs, this.#clock.monotonic());
  }

  restartsOf(pod: string, windowMs: number): number {
    const sinceMs = this.#clock.monotonic() - windowMs;
    return this.crashes.filter((one) => one.pod === pod && one.atMs >= sinceMs).length;
  }

  /** The longest time in a row that it was bad between two moments. */
  longestBad(fromMs: number, toMs: number): number {
    return this.history.reduce((longest, stretch, index) => {
      const end = Math.min(toMs, this.history[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY);
      return stretch.bad ? Math.max(longest, end - Math.max(fromMs, stretch.fromMs)) : longest;
    }, 0);
  }

  labels(): Labels {
    const { namespace, name, severity, secured } = this.knobs;
    const base = {
      alertname: this.alertname,
      namespace,
      severity,
      ...(secured ? { category: 'security' } : {}),
    };
    const pod = this.view()?.pods.find(({ terminating }) => !terminating)?.name;
    return this.knobs.labelledBy === 'pod' && pod !== undefined
      ? { ...base, pod }
      : { ...base, deployment: name };
  }

  /** Ready pods that carry the load; the trouble of the load is over when there is one more than at first. */
  #memoryBad(view: TargetView): boolean {
    if (!this.active) return false;
    switch (this.knobs.trouble) {
      case 'load':
      case 'foreign':
        return view.workload.status.ready <= this.knobs.replicas;
      case 'leak':
      case 'greedy':
        return true;
      case 'harmful':
        return true;
      case 'flapping':
        return this.#clock.monotonic() % FLAP_MS < FLAP_BAD_MS;
      default:
        return false;
    }
  }

  #suffers(pod: Pod, view: TargetView): boolean {
    if (!this.active) return false;
    switch (this.knobs.trouble) {
      case 'bad-rollout':
        return (
          view.revisions.find(({ name }) => name === pod.owner)?.template.containers[0]?.image === BAD_IMAGE
        );
      case 'stale-config':
        return pod.createdAtMs < this.#changedConfigAtMs;
      case 'bad-node':
        return pod.node === BAD_NODE;
      case 'unfixable':
        return true;
      case 'harmful':
        return (
          view.workload.replicas > this.knobs.replicas &&
          view.pods
            .filter(({ terminating }) => !terminating)
            .slice(0, 2)
            .includes(pod)
        );
      default:
        return false;
    }
  }

  #sufferCrashes(nowMs: number): void {
    const view = this.view();
    if (view === undefined) return;
    const due = nowMs - this.#lastCrashMs >= CRASH_EVERY_MS;
    const bad = new Set(
      view.pods.filter((pod) => !pod.terminating && this.#suffers(pod, view)).map(({ uid }) => uid),
    );
    const ill = view.pods.filter((pod) => pod.containers.some(({ waiting }) => waiting !== undefined));
    const mended = ill.filter(({ uid }) => !bad.has(uid)).length > 0;
    if (bad.size > 0 && due) this.#lastCrashMs = nowMs;
    if ((bad.size === 0 || !due) && !mended) return;
    this.#cluster.edit(this.ref, (deployment) => {
      for (const pod of deployment.pods) {
        if (bad.has(pod.uid) && due) {
          pod.ready = false;
          pod.waiting = 'CrashLoopBackOff';
          pod.restarts += 1;
          pod.lastExit = { reason: 'Error', code: 1, finishedAtMs: this.#clock.now() };
          this.crashes.push({ atMs: nowMs, pod: pod.name });
        } else if (!bad.has(pod.uid) && pod.waiting !== undefined) {
          pod.waiting = undefined;
          pod.ready = !pod.terminating;
        }
      }
    });
  }
}

function push(history: Stretch[], nowMs: number, bad: boolean): void {
  if (history.at(-1)?.bad !== bad) history.push({ fromMs: nowMs, bad });
}

function shareBad(history: readonly Stretch[], fromMs: number, toMs: number): number {
  const badMs = history.reduce((sum, stretch, index) => {
    const end = Math.min(toMs, history[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY);
    return stretch.bad ? sum + Math.max(0, end - Math.max(fromMs, stretch.fromMs)) : sum;
  }, 0);
  return badMs / Math.max(1, toMs - fromMs);
}

function withImage(raw: RawTemplate, image: string): RawTemplate {
  const copy = structuredClone(raw) as { spec: { containers: { image: string }[] } };
  for (const container of copy.spec.containers) container.image = image;
  return copy;
}
