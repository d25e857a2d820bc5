/** Where the API server keeps its objects: one counter of versions, a bounded history, and a feed of every change. */

import { frozenCopy } from './json.ts';
import type { KnownKinds, KubeObject } from './objects.ts';

export interface StoreChange {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  storage: string;
  revision: number;
  object: KubeObject;
  /** The object before the change; undefined when it was added. */
  previous: KubeObject | undefined;
}

export type ChangeListener = (change: StoreChange) => void;

const FIRST_REVISION = 184_320;

/** Objects by storage name, then by `namespace/name`. Everything it hands out is frozen. */
export class ObjectStore {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #historyLength: number;
  #history: StoreChange[] = [];
  #untold: StoreChange[] = [];
  #revision = FIRST_REVISION;
  #compactedAt = FIRST_REVISION;

  /** `historyLength`: how many changes a watch may look back; older versions are answered 410. */
  constructor(historyLength = 5000) {
    this.#historyLength = historyLength;
  }

  /** The version of the last change. */
  get revision(): number {
    return this.#revision;
  }

  /** The oldest version from which a watch can still be served. */
  get oldestRevision(): number {
    return this.#compactedAt;
  }

  get<Name extends keyof KnownKinds>(
    storage: Name,
    namespace: string,
    name: string,
  ): KnownKinds[Name] | undefined;
  get(storage: string, namespace: string, name: string): KubeObject | undefined;
  get(storage: string, namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(storage)?.get(`${namespace}/${name}`);
  }

  /** The objects of a namespace, or of all ('' or undefined), sorted by namespace and name. */
  list<Name extends keyof KnownKinds>(storage: Name, namespace?: string): KnownKinds[Name][];
  list(storage: string, namespace?: string): KubeObject[];
  list(storage: string, namespace = ''): KubeObject[] {
    const all = [...(this.#objects.get(storage) ?? [])];
    const wanted = namespace === '' ? all : all.filter(([key]) => key.startsWith(`${namespace}/`));
    return wanted.toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object);
  }

  /** Stores an object under a new version and tells everybody. Returns what was stored. */
  put(storage: string, object: KubeObject): KubeObject {
    const revision = ++this.#revision;
    const stored = frozenCopy({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    });
    const bucket = this.#bucket(storage);
    const key = keyOf(object);
    const previous = bucket.get(key);
    bucket.set(key, stored);
    this.#tell({
      type: previous === undefined ? 'ADDED' : 'MODIFIED',
      storage,
      revision,
      object: stored,
      previous,
    });
    return stored;
  }

  /** Removes an object; its last state is told with a version of its own. */
  remove(storage: string, object: KubeObject): KubeObject {
    const revision = ++this.#revision;
    const key = keyOf(object);
    const previous = this.#bucket(storage).get(key) ?? object;
    this.#bucket(storage).delete(key);
    const last = frozenCopy({
      ...previous,
      metadata: { ...previous.metadata, resourceVersion: String(revision) },
    });
    this.#tell({ type: 'DELETED', storage, revision, object: last, previous });
    return last;
  }

  /** The changes after a version, oldest first, or undefined when they are no longer known. */
  since(revision: number): readonly StoreChange[] | undefined {
    if (revision < this.#compactedAt) return undefined;
    return this.#history.filter((change) => change.revision > revision);
  }

  /** Forgets the history, as etcd does from time to time: older versions are gone (410). */
  compact(): void {
    this.#history = [];
    this.#compactedAt = this.#revision;
  }

  /** Calls the listener after every change, until the returned function is called. */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #bucket(storage: string): Map<string, KubeObject> {
    const bucket = this.#objects.get(storage) ?? new Map<string, KubeObject>();
    this.#objects.set(storage, bucket);
    return bucket;
  }

  /** Everybody hears of the changes in their order, also of those that a listener makes while it listens. */
  #tell(change: StoreChange): void {
    this.#history.push(change);
    if (this.#history.length > this.#historyLength * 2) {
      this.#history = this.#history.slice(-this.#historyLength);
      this.#compactedAt = (this.#history[0]?.revision ?? this.#revision) - 1;
    }
    this.#untold.push(change);
    if (this.#untold.length > 1) return;
    for (let next = this.#untold[0]; next !== undefined; next = this.#untold[0]) {
      for (const listener of this.#listeners) listener(next);
      this.#untold.shift();
    }
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
