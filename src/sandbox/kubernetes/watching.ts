/** Watches: the changes after a version, in order, with bookmarks. Source: kubernetes.io "API Concepts", Efficient detection of changes. */

import type { Cancel, Clock } from '../../ports/clock.ts';
import { selectionOf } from './listing.ts';
import type { ObjectStore, StoreChange } from './object-store.ts';
import type { Fields } from './objects.ts';
import type { Target } from './request-path.ts';
import { apiVersionOf } from './resources.ts';
import type { Predicate } from './selectors.ts';
import { badRequest, expired } from './status-error.ts';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: Fields;
}

export interface WatchSink {
  event(event: WatchEvent): void;
  /** The server ended the watch: its time was up, or its version too old. */
  end(): void;
}

export interface Watch {
  /** Ends the watch from the client's side. */
  stop(): void;
}

/** Bookmarks come about once a minute (apiserver cacher, bookmarkFrequency). */
const BOOKMARK_EVERY_MS = 60_000;

export interface WatchParts {
  store: ObjectStore;
  clock: Clock;
  /** While true, watches are open and say nothing: a fault that clients must notice by themselves. */
  isSilent: () => boolean;
}

/**
 * Starts a watch. Without a version, or from "0", every present object comes first as ADDED. From a version that is
 * no longer known the only event is an ERROR with a 410 Status.
 */
export function startWatch(
  parts: WatchParts,
  target: Target,
  query: Readonly<Record<string, string>>,
  sink: WatchSink,
): Watch {
  const session = new WatchSession(parts, target, query, sink);
  session.start(query['resourceVersion'] ?? '');
  return session;
}

class WatchSession implements Watch {
  readonly #parts: WatchParts;
  readonly #target: Target;
  readonly #wanted: Predicate;
  readonly #sink: WatchSink;
  readonly #query: Readonly<Record<string, string>>;
  #ending: (() => void)[] = [];
  #seen = 0;

  constructor(parts: WatchParts, target: Target, query: Readonly<Record<string, string>>, sink: WatchSink) {
    this.#parts = parts;
    this.#target = target;
    this.#query = query;
    this.#sink = sink;
    this.#wanted = selectionOf(target, query);
  }

  start(from: string): void {
    const { store } = this.#parts;
    const revision = Number(from === '' ? 0 : from);
    if (!Number.isInteger(revision)) throw badRequest(`Invalid value: "${from}": resourceVersion`);
    const missed = revision === 0 ? [] : store.since(revision);
    if (missed === undefined) return this.#refuse(revision);
    if (revision === 0) this.#showPresent();
    for (const change of missed) this.#pass(change);
    this.#seen = Math.max(store.revision, revision);
    this.#ending.push(store.subscribe((change) => this.#pass(change)));
    if (this.#query['allowWatchBookmarks'] === 'true') this.#bookmarkLater();
    const seconds = Number(this.#query['timeoutSeconds'] ?? 0);
    if (seconds > 0) this.#ending.push(this.#parts.clock.after(seconds * 1000, () => this.#finish()));
  }

  stop(): void {
    for (const end of this.#ending) end();
    this.#ending = [];
  }

  #finish(): void {
    this.stop();
    this.#sink.end();
  }

  #refuse(revision: number): void {
    const error = expired(`too old resource version: ${revision} (${this.#parts.store.oldestRevision})`);
    this.#sink.event({ type: 'ERROR', object: error.body() });
    this.#finish();
  }

  #showPresent(): void {
    const { type, namespace } = this.#target;
    for (const object of this.#parts.store.list(type.storage, namespace).filter(this.#wanted)) {
      this.#sink.event({ type: 'ADDED', object: type.shape?.toWire(object) ?? object });
    }
  }

  /** An object that comes to match is ADDED for this watch, one that ceases to match is DELETED. */
  #pass(change: StoreChange): void {
    if (change.storage !== this.#target.type.storage || change.revision <= this.#seen) return;
    if (this.#parts.isSilent()) return;
    const matches = change.type !== 'DELETED' && this.#wanted(change.object);
    const matched = change.previous !== undefined && this.#wanted(change.previous);
    if (!matches && !matched) return;
    const type = matches ? (matched ? 'MODIFIED' : 'ADDED') : 'DELETED';
    this.#sink.event({ type, object: this.#target.type.shape?.toWire(change.object) ?? change.object });
  }

  #bookmarkLater(): void {
    let cancel: Cancel = () => {};
    const again = (): void => {
      cancel = this.#parts.clock.after(BOOKMARK_EVERY_MS, () => {
        if (!this.#parts.isSilent()) this.#sink.event({ type: 'BOOKMARK', object: this.#bookmark() });
        again();
      });
    };
    again();
    this.#ending.push(() => cancel());
  }

  #bookmark(): Fields {
    const { type } = this.#target;
    const metadata = { resourceVersion: String(this.#parts.store.revision), creationTimestamp: null };
    return { kind: type.kind, apiVersion: apiVersionOf(type), metadata };
  }
}
