/** How controllers write: through the same door as everybody, under a name of their own. */

import { sameJson } from '../json.ts';
import type { KubernetesApi } from '../kubernetes-api.ts';
import type { Condition, Draft, KnownKinds, KubeObject } from '../objects.ts';
import { timestamp } from '../time.ts';
import type { Removal } from '../write-rules.ts';

export class ControlClient {
  readonly api: KubernetesApi;
  readonly #manager: string;

  constructor(api: KubernetesApi, manager: string) {
    this.api = api;
    this.#manager = manager;
  }

  create(plural: string, draft: Draft): KubeObject {
    return this.api.writes.create(this.api.resources.named(plural), draft, this.#actor(''));
  }

  /** Changes an object as it is now; nothing happens when it is gone. */
  update<Name extends keyof KnownKinds>(
    plural: Name,
    object: KubeObject,
    change: (live: KnownKinds[Name]) => KubeObject,
    subresource = '',
  ): void {
    const { namespace = '', name, uid } = object.metadata;
    const live = this.api.store.get(plural, namespace, name);
    if (live === undefined || live.metadata.uid !== uid) return;
    const apply = (current: KubeObject) => ({ object: change(current as KnownKinds[Name]) });
    this.api.writes.update(
      this.api.resources.named(plural),
      namespace,
      name,
      apply,
      this.#actor(subresource),
    );
  }

  /** Writes the status of an object, if it differs. */
  setStatus<Name extends keyof KnownKinds>(plural: Name, object: KnownKinds[Name], status: unknown): void {
    if (sameJson(object['status'], status)) return;
    this.update(plural, object, (live) => ({ ...live, status }), 'status');
  }

  /** Deletes an object; nothing happens when it is gone. */
  remove(plural: keyof KnownKinds | (string & {}), object: KubeObject, how: Removal = {}): void {
    const { namespace = '', name, uid } = object.metadata;
    const type = this.api.resources.named(plural);
    if (this.api.store.get(type.storage, namespace, name)?.metadata.uid !== uid) return;
    this.api.writes.remove(type, namespace, name, how, this.#actor(''));
  }

  #actor(subresource: string) {
    return {
      user: `system:serviceaccount:kube-system:${this.#manager}`,
      manager: this.#manager,
      subresource,
    };
  }
}

/**
 * The conditions with one of them set. Its transition time moves only when its status does; `touched` also moves the
 * update time, where the condition has one.
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  wanted: Condition,
  nowMs: number,
): Condition[] {
  const list = [...(conditions ?? [])];
  const index = list.findIndex((condition) => condition.type === wanted.type);
  const before = list[index];
  const lastTransitionTime =
    before?.status === wanted.status ? (before.lastTransitionTime ?? timestamp(nowMs)) : timestamp(nowMs);
  const next = { ...wanted, lastTransitionTime };
  if (index === -1) list.push(next);
  else list[index] = next;
  return list;
}
