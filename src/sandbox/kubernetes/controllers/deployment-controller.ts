/** Deployments: which ReplicaSets there are and how many pods each should have. Source: kubernetes pkg/controller/deployment. */

import { sameJson } from '../json.ts';
import type { StoreChange } from '../object-store.ts';
import { conditionOf, controllerOf } from '../objects.ts';
import type { Deployment, ReplicaSet } from '../objects.ts';
import type { ControlClient } from './control-client.ts';
import { managerClient } from './controller.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { deploymentStatus } from './deployment-status.ts';
import {
  newReplicaSetDraft,
  ownTemplate,
  REVISION,
  revisionOf,
  syncedAnnotations,
  withSize,
} from './revision.ts';
import { replicasOf, rolloutPlan, scalingPlan } from './rollout-plan.ts';
import { keyOf, splitKey, WorkQueue } from './work-queue.ts';

export class DeploymentController implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #queue: WorkQueue;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = managerClient(parts.api);
    this.#queue = new WorkQueue(parts.api.clock, parts.timing.controllerMs, (key) => this.#sync(key));
  }

  changed({ storage, object }: StoreChange): void {
    if (storage === 'deployments') this.#queue.add(keyOf(object));
    if (storage !== 'replicasets') return;
    const owner = controllerOf(object);
    if (owner?.kind === 'Deployment') this.#queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
  }

  stop(): void {
    this.#queue.stop();
  }

  #sync(key: string): void {
    const [namespace, name] = splitKey(key);
    const deployment = this.#parts.api.store.get('deployments', namespace, name);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
    const owned = this.#owned(deployment);
    const current = owned.find((set) => sameJson(ownTemplate(set), deployment.spec.template));
    const old = owned.filter((set) => set !== current);
    const scaling = scalingPlan(deployment, current, old);
    if (scaling !== undefined) this.#resize(deployment, owned, scaling);
    else if (deployment.spec.paused !== true) this.#roll(deployment, current, old);
    this.#report(namespace, name);
  }

  #owned(deployment: Deployment): ReplicaSet[] {
    const sets = this.#parts.api.store.list('replicasets', deployment.metadata.namespace);
    return sets.filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
  }

  #roll(deployment: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): void {
    const revision = Math.max(0, ...old.map(revisionOf)) + 1;
    if (current === undefined) return this.#createSet(deployment, old, revision);
    const annotations = syncedAnnotations(deployment, current, revision);
    if (!sameJson(annotations, current.metadata.annotations)) {
      this.#client.update('replicasets', current, (live) => ({
        ...live,
        metadata: { ...live.metadata, annotations },
      }));
      return;
    }
    const all = [current, ...old];
    this.#resize(deployment, all, rolloutPlan(deployment, current, old));
    this.#forgetOld(deployment, current, old);
  }

  #createSet(deployment: Deployment, old: readonly ReplicaSet[], revision: number): void {
    if (
      deployment.spec.strategy.type === 'Recreate' &&
      old.some((set) => set.spec.replicas > 0 || set.status.replicas > 0)
    ) {
      this.#resize(deployment, old, new Map(old.map((set) => [set.metadata.name, 0])));
      return;
    }
    const draft = newReplicaSetDraft(deployment, replicasOf(deployment, undefined, old), revision);
    if (
      this.#parts.api.store.get(
        'replicasets',
        deployment.metadata.namespace ?? '',
        draft.metadata.name ?? '',
      ) !== undefined
    )
      return;
    const created = this.#client.create('replicasets', draft) as ReplicaSet;
    this.#tell(deployment, created, 0, created.spec.replicas);
  }

  #resize(deployment: Deployment, sets: readonly ReplicaSet[], sizes: ReadonlyMap<string, number>): void {
    for (const set of sets) {
      const size = sizes.get(set.metadata.name);
      const wanted = withSize(deployment, set, size ?? set.spec.replicas);
      if (size === undefined || sameJson(wanted, set)) continue;
      this.#client.update('replicasets', set, (live) => withSize(deployment, live, size));
      if (size !== set.spec.replicas) this.#tell(deployment, set, set.spec.replicas, size);
    }
  }

  #tell(deployment: Deployment, set: ReplicaSet, from: number, to: number): void {
    const way = to >= from ? 'up' : 'down';
    const message = `Scaled ${way} replica set ${set.metadata.name} from ${from} to ${to}`;
    this.#parts.events.record(deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message,
      component: 'deployment-controller',
    });
  }

  /** Once a rollout is complete, old revisions beyond the history limit go. */
  #forgetOld(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
    const { availableReplicas = 0 } = current.status;
    if (availableReplicas < deployment.spec.replicas) return;
    const idle = old.filter((set) => set.spec.replicas === 0 && set.status.replicas === 0);
    const surplus = idle.length - deployment.spec.revisionHistoryLimit;
    const oldest = idle.toSorted((left, right) => revisionOf(left) - revisionOf(right));
    for (const set of oldest.slice(0, Math.max(0, surplus))) this.#client.remove('replicasets', set);
  }

  #report(namespace: string, name: string): void {
    const deployment = this.#parts.api.store.get('deployments', namespace, name);
    if (deployment === undefined) return;
    const owned = this.#owned(deployment);
    const current = owned.find((set) => sameJson(ownTemplate(set), deployment.spec.template));
    const nowMs = this.#parts.api.clock.now();
    const status = deploymentStatus(deployment, current, owned, nowMs);
    const revision = current?.metadata.annotations?.[REVISION];
    const annotations = {
      ...deployment.metadata.annotations,
      ...(revision === undefined ? {} : { [REVISION]: revision }),
    };
    if (
      !sameJson(annotations, deployment.metadata.annotations ?? {}) ||
      !sameJson(status, deployment.status)
    ) {
      this.#client.update(
        'deployments',
        deployment,
        (live) => ({ ...live, status, metadata: { ...live.metadata, annotations } }),
        'status',
      );
    }
    const progressing = conditionOf(status.conditions, 'Progressing');
    const isUnderWay = progressing?.status === 'True' && progressing.reason !== 'NewReplicaSetAvailable';
    if (!isUnderWay) return;
    const dueMs =
      Date.parse(progressing.lastUpdateTime ?? '') + deployment.spec.progressDeadlineSeconds * 1000 - nowMs;
    this.#queue.add(`${namespace}/${name}`, Math.max(1000, dueMs + 1000));
  }
}
