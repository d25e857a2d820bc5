/** Lists: selectors, pages that all show the same moment, and versions. Source: kubernetes.io "API Concepts". */

import type { ObjectStore } from './object-store.ts';
import type { KubeObject } from './objects.ts';
import type { Target } from './request-path.ts';
import { apiVersionOf } from './resources.ts';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';
import type { Predicate } from './selectors.ts';
import { badRequest, expired, StatusError } from './status-error.ts';

export interface ObjectList {
  kind: string;
  apiVersion: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: KubeObject[];
}

/** A list that was begun: the rest of what it showed at its moment. */
interface Snapshot {
  revision: number;
  items: readonly KubeObject[];
}

const MOST_SNAPSHOTS = 100;

/** Serves lists in pages. A continue token names a snapshot, so that all pages show one moment. */
export class Listing {
  readonly #store: ObjectStore;
  readonly #snapshots = new Map<string, Snapshot>();
  #pages = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Throws 410 for a page of a moment that is no longer known, 400 for malformed selectors, 504 for a version of the future. */
  list(target: Target, query: Readonly<Record<string, string>>): ObjectList {
    const limit = Number(query['limit'] ?? 0);
    if (!Number.isInteger(limit) || limit < 0) throw badRequest(`limit: Invalid value: ${query['limit']}`);
    const token = query['continue'] ?? '';
    const { revision, items } = token === '' ? this.#begin(target, query) : this.#resume(token);
    const page = limit === 0 ? items : items.slice(0, limit);
    const rest = items.slice(page.length);
    return {
      kind: `${target.type.kind}List`,
      apiVersion: apiVersionOf(target.type),
      metadata: { resourceVersion: String(revision), ...this.#next(revision, rest) },
      items: page.map((object) => target.type.shape?.toWire(object) ?? object),
    };
  }

  #begin(target: Target, query: Readonly<Record<string, string>>): Snapshot {
    const asked = query['resourceVersion'] ?? '';
    if (asked !== '' && asked !== '0') this.#checkVersion(Number(asked), query['resourceVersionMatch']);
    const wanted = selectionOf(target, query);
    return {
      revision: this.#store.revision,
      items: this.#store.list(target.type.storage, target.namespace).filter(wanted),
    };
  }

  #checkVersion(revision: number, match: string | undefined): void {
    if (!Number.isInteger(revision)) throw badRequest('resourceVersion: Invalid value');
    if (revision > this.#store.revision) {
      const text = `Timeout: Too large resource version: ${revision}, current: ${this.#store.revision}`;
      throw new StatusError(504, 'Timeout', text, {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      });
    }
    if (match === 'Exact' && revision !== this.#store.revision) {
      throw expired('The resourceVersion for the provided list is too old.');
    }
  }

  #resume(token: string): Snapshot {
    const snapshot = this.#snapshots.get(token);
    if (snapshot === undefined || snapshot.revision < this.#store.oldestRevision) {
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      );
    }
    return snapshot;
  }

  #next(revision: number, rest: readonly KubeObject[]): { continue?: string; remainingItemCount?: number } {
    if (rest.length === 0) return {};
    const token = Buffer.from(
      JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, page: ++this.#pages }),
    ).toString('base64url');
    this.#snapshots.set(token, { revision, items: rest });
    const [oldest] = this.#snapshots.keys();
    if (this.#snapshots.size > MOST_SNAPSHOTS && oldest !== undefined) this.#snapshots.delete(oldest);
    return { continue: token, remainingItemCount: rest.length };
  }
}

/** Which stored objects a list or watch means: by name, namespace, labels and fields. */
export function selectionOf(target: Target, query: Readonly<Record<string, string>>): Predicate {
  const labels = parseLabelSelector(query['labelSelector'] ?? '');
  const fields = parseFieldSelector(query['fieldSelector'] ?? '', target.type.plural);
  const toWire = target.type.shape?.toWire;
  return (object) => {
    const isHere = target.namespace === '' || object.metadata.namespace === target.namespace;
    const isNamed = target.name === '' || object.metadata.name === target.name;
    return isHere && isNamed && labels(object) && fields(toWire === undefined ? object : toWire(object));
  };
}
