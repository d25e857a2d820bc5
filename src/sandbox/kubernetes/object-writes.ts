/**
 * Every write goes through here, from whomever it comes: defaults, validation, admission, preconditions, versions,
 * generations and field ownership. Source: apiserver pkg/registry/generic/registry/store.go and rest/{create,update,delete}.go.
 */

import type { Clock } from '../../ports/clock.ts';
import type { Admission } from './admission.ts';
import { withDefaults } from './defaults.ts';
import { frozenCopy, mutableCopy, sameJson } from './json.ts';
import { afterUpdate } from './managed-fields.ts';
import type { ObjectStore } from './object-store.ts';
import type { Draft, KubeObject, ManagedFieldsEntry, ObjectMeta } from './objects.ts';
import type { Random } from './random.ts';
import type { ResourceType } from './resources.ts';
import { alreadyExists, forbidden, invalid, notFound, StatusError } from './status-error.ts';
import { timestamp } from './time.ts';
import { validate } from './validation.ts';
import {
  checkDeletePreconditions,
  checkPreconditions,
  finalizersAfter,
  graceOf,
  isCounted,
  keepTimes,
  settled,
  withoutStatus,
} from './write-rules.ts';
import type { Removal } from './write-rules.ts';

/** Who writes, in whose name the fields are owned, and whether the write is only tried. */
export interface Actor {
  user: string;
  manager: string;
  /** '' for the object itself, else `status`, `scale`, `resize` or `binding`. */
  subresource?: string;
  dryRun?: boolean;
}

/** What an update turns the live object into; `managedFields` only where the change decides the owners itself (apply). */
export interface Change {
  object: KubeObject;
  managedFields?: ManagedFieldsEntry[];
}

/** Subresources that may change a pod's spec where an update of the pod may not. */
const FREE_SPEC_WRITES = new Set(['binding', 'resize']);

export interface WriteParts {
  store: ObjectStore;
  clock: Clock;
  random: Random;
  admission: Admission;
}

export class ObjectWrites {
  readonly #parts: WriteParts;

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  /** Creates an object. Throws `StatusError`: 404 namespace, 409 exists, 422 invalid, 403 not admitted. */
  create(type: ResourceType, draft: Draft, actor: Actor, applied?: ManagedFieldsEntry[]): KubeObject {
    const { store, clock, random, admission } = this.#parts;
    const metadata = this.#newMetadata(type, draft);
    if (store.get(type.storage, metadata.namespace ?? '', metadata.name) !== undefined)
      throw alreadyExists(type, metadata.name);
    const fresh = withDefaults(withoutStatus(type, { ...mutableCopy(draft), metadata }));
    const object: KubeObject = {
      ...fresh,
      metadata: { ...metadata, uid: random.uid(), creationTimestamp: timestamp(clock.now()) },
    };
    if (type.hasGeneration) object.metadata.generation = 1;
    validate(type, object, undefined);
    admission.check(this.#review('CREATE', type, object, undefined, actor));
    const entries = applied ?? afterUpdate(undefined, object, this.#writer(actor));
    if (entries.length > 0) object.metadata.managedFields = entries;
    if (actor.dryRun === true) return frozenCopy(object);
    return store.put(type.storage, object);
  }

  /**
   * Changes an object. `change` gets the live object and returns the wanted one; the resourceVersion and uid in
   * its metadata are preconditions. Returns the stored object, the very same one when nothing changed.
   */
  update(
    type: ResourceType,
    namespace: string,
    name: string,
    change: (live: KubeObject) => Change,
    actor: Actor,
  ): KubeObject {
    const { store, admission } = this.#parts;
    const live = this.#live(type, namespace, name);
    const { object: wanted, managedFields } = change(live);
    checkPreconditions(type, live, wanted);
    const next = withDefaults(settled(type, live, wanted, actor.subresource ?? ''));
    const { generation } = live.metadata;
    if (
      type.hasGeneration &&
      generation !== undefined &&
      actor.subresource !== 'status' &&
      isCounted(live, next)
    ) {
      next.metadata.generation = generation + 1;
    }
    validate(type, next, FREE_SPEC_WRITES.has(actor.subresource ?? '') ? undefined : live);
    admission.check(this.#review('UPDATE', type, next, live, actor));
    next.metadata.managedFields = keepTimes(
      managedFields ?? afterUpdate(live, next, this.#writer(actor)),
      live,
    );
    if (next.metadata.managedFields.length === 0) delete next.metadata.managedFields;
    if (sameJson(live, next)) return live;
    if (actor.dryRun === true) return frozenCopy(next);
    const isFreed =
      next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
    if (isFreed && next.metadata.deletionGracePeriodSeconds === undefined) {
      store.put(type.storage, next);
      return store.remove(type.storage, next);
    }
    return store.put(type.storage, next);
  }

  /**
   * Deletes an object: at once, or marked with a deletion time (pods with a grace period, objects with finalizers).
   * Returns its last state and whether it is gone.
   */
  remove(
    type: ResourceType,
    namespace: string,
    name: string,
    how: Removal,
    actor: Actor,
  ): { object: KubeObject; gone: boolean } {
    const { store, admission } = this.#parts;
    const live = this.#live(type, namespace, name);
    checkDeletePreconditions(type, live, how.preconditions);
    admission.check(this.#review('DELETE', type, live, live, actor));
    const graceSeconds = graceOf(live, how);
    const finalizers = finalizersAfter(live, how);
    if (finalizers.length === 0 && graceSeconds === 0) {
      if (actor.dryRun !== true) return { object: store.remove(type.storage, live), gone: true };
      return { object: live, gone: true };
    }
    const marked = this.#marked(live, graceSeconds, finalizers);
    if (actor.dryRun === true || sameJson(marked, live)) return { object: marked, gone: false };
    return { object: store.put(type.storage, marked), gone: false };
  }

  #marked(live: KubeObject, graceSeconds: number, finalizers: string[]): KubeObject {
    const metadata: ObjectMeta = { ...live.metadata };
    const isSooner = graceSeconds < (metadata.deletionGracePeriodSeconds ?? Infinity);
    if (metadata.deletionTimestamp === undefined || (live.kind === 'Pod' && isSooner)) {
      metadata.deletionTimestamp = timestamp(this.#parts.clock.now() + graceSeconds * 1000);
      if (live.kind === 'Pod') metadata.deletionGracePeriodSeconds = graceSeconds;
      if (metadata.generation !== undefined) metadata.generation += 1;
    }
    if (finalizers.length > 0) metadata.finalizers = finalizers;
    return { ...live, metadata };
  }

  #live(type: ResourceType, namespace: string, name: string): KubeObject {
    const live = this.#parts.store.get(type.storage, namespace, name);
    if (live === undefined) throw notFound(type, name);
    return live;
  }

  #newMetadata(type: ResourceType, draft: Draft): ObjectMeta {
    const { store, random } = this.#parts;
    const {
      managedFields: _owners,
      deletionTimestamp: _deleted,
      generation: _counted,
      ...given
    } = mutableCopy(draft.metadata);
    if (given.resourceVersion !== undefined && given.resourceVersion !== '') {
      throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
    }
    const name =
      given.name ?? (given.generateName === undefined ? '' : `${given.generateName}${random.suffix()}`);
    if (name === '')
      throw invalid(type, '', [
        {
          reason: 'FieldValueRequired',
          field: 'metadata.name',
          message: 'Required value: name or generateName is required',
        },
      ]);
    const {
      namespace: _namespace,
      uid: _uid,
      creationTimestamp: _created,
      resourceVersion: _version,
      ...rest
    } = given;
    const meta = { ...rest, name, uid: '', resourceVersion: '', creationTimestamp: '' };
    if (!type.namespaced) return meta;
    const namespace = given.namespace ?? 'default';
    const home = store.get('namespaces', '', namespace);
    if (home === undefined)
      throw new StatusError(404, 'NotFound', `namespaces "${namespace}" not found`, {
        name: namespace,
        kind: 'namespaces',
      });
    if (home.metadata.deletionTimestamp !== undefined) {
      throw forbidden(
        type,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
    return { ...meta, namespace };
  }

  #writer(actor: Actor): { manager: string; operation: 'Update'; subresource: string; time: string } {
    const named = actor.subresource === 'binding' ? '' : (actor.subresource ?? '');
    return {
      manager: actor.manager,
      operation: 'Update',
      subresource: named,
      time: timestamp(this.#parts.clock.now()),
    };
  }

  #review(
    operation: 'CREATE' | 'UPDATE' | 'DELETE',
    type: ResourceType,
    object: KubeObject,
    before: KubeObject | undefined,
    actor: Actor,
  ) {
    const { user, subresource = '', dryRun = false } = actor;
    return { operation, type, subresource, object, before, user, dryRun };
  }
}
