/** Removes what belongs to nobody any more, and empties namespaces. Source: kubernetes pkg/controller/{garbagecollector,namespace}. */

import type { StoreChange } from '../object-store.ts';
import type { KubeObject } from '../objects.ts';
import type { ResourceType } from '../resources.ts';
import type { ControlClient } from './control-client.ts';
import { managerClient } from './controller.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

const HELD_FOR_DEPENDENTS = new Set(['foregroundDeletion', 'orphan']);

export class GarbageCollector implements Controller {
  readonly #parts: ControllerParts;
  readonly #client: ControlClient;
  readonly #queue: WorkQueue;
  /** Objects whose end is under way, by uid. */
  readonly #ending = new Map<string, { type: ResourceType; object: KubeObject; isGone: boolean }>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#client = managerClient(parts.api);
    this.#queue = new WorkQueue(parts.api.clock, parts.timing.controllerMs, (uid) => this.#follow(uid));
  }

  changed({ type: kind, storage, object }: StoreChange): void {
    const isGone = kind === 'DELETED';
    if (!isGone && object.metadata.deletionTimestamp === undefined) return;
    const type = this.#parts.api.resources.all().find((candidate) => candidate.storage === storage);
    if (type === undefined) return;
    this.#ending.set(object.metadata.uid, { type, object, isGone });
    this.#queue.add(object.metadata.uid);
    if (!isGone) return;
    for (const [uid, other] of this.#ending) if (!other.isGone) this.#queue.add(uid);
  }

  stop(): void {
    this.#queue.stop();
  }

  #follow(uid: string): void {
    const ending = this.#ending.get(uid);
    if (ending === undefined) return;
    const { type, object, isGone } = ending;
    if (isGone) {
      this.#ending.delete(uid);
      for (const [dependentType, dependent] of this.#dependents(uid)) this.#remove(dependentType, dependent);
    } else if (type.kind === 'Namespace') this.#emptyNamespace(type, object);
    else this.#releaseHeld(type, object);
  }

  #dependents(uid: string): [ResourceType, KubeObject][] {
    const { resources, store } = this.#parts.api;
    const types = resources.all().filter((type) => type.shape === undefined);
    return types.flatMap((type) => {
      const owned = store
        .list(type.storage)
        .filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true);
      return owned.map((object): [ResourceType, KubeObject] => [type, object]);
    });
  }

  #remove(type: ResourceType, object: KubeObject): void {
    if (object.metadata.deletionTimestamp === undefined) this.#client.remove(type.plural, object);
  }

  /** Foreground: dependents first, then the owner. Orphan: dependents lose their owner and stay. */
  #releaseHeld(type: ResourceType, object: KubeObject): void {
    const held = (object.metadata.finalizers ?? []).filter((finalizer) => HELD_FOR_DEPENDENTS.has(finalizer));
    if (held.length === 0) return;
    const { uid } = object.metadata;
    const dependents = this.#dependents(uid);
    const isOrphaning = held.includes('orphan');
    for (const [dependentType, dependent] of dependents) {
      if (isOrphaning) this.#disown(dependentType, dependent, uid);
      else this.#remove(dependentType, dependent);
    }
    if (dependents.length === 0 || isOrphaning) this.#dropFinalizers(type, object, held);
  }

  #disown(type: ResourceType, object: KubeObject, uid: string): void {
    const { resources, writes } = this.#parts.api;
    const { namespace = '', name } = object.metadata;
    const actor = {
      user: 'system:serviceaccount:kube-system:generic-garbage-collector',
      manager: 'kube-controller-manager',
    };
    writes.update(
      resources.named(type.plural),
      namespace,
      name,
      (live) => {
        const ownerReferences = (live.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
        return { object: { ...live, metadata: { ...live.metadata, ownerReferences } } };
      },
      actor,
    );
  }

  #emptyNamespace(type: ResourceType, object: KubeObject): void {
    const { resources, store } = this.#parts.api;
    const { name } = object.metadata;
    const content = resources
      .all()
      .filter((candidate) => candidate.namespaced && candidate.shape === undefined)
      .flatMap((candidate) =>
        store.list(candidate.storage, name).map((item): [ResourceType, KubeObject] => [candidate, item]),
      );
    for (const [contentType, item] of content) this.#remove(contentType, item);
    if (content.length === 0) this.#dropFinalizers(type, object, ['kubernetes']);
  }

  #dropFinalizers(type: ResourceType, object: KubeObject, dropped: readonly string[]): void {
    const { writes } = this.#parts.api;
    const { namespace = '', name } = object.metadata;
    const actor = {
      user: 'system:serviceaccount:kube-system:generic-garbage-collector',
      manager: 'kube-controller-manager',
    };
    writes.update(
      type,
      namespace,
      name,
      (live) => {
        const finalizers = (live.metadata.finalizers ?? []).filter(
          (finalizer) => !dropped.includes(finalizer),
        );
        return { object: { ...live, metadata: { ...live.metadata, finalizers } } };
      },
      actor,
    );
  }
}
