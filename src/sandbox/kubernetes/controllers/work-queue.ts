/** Keys that a controller has to look at, each once, a little later. */

import type { Cancel, Clock } from '../../../ports/clock.ts';

interface Pending {
  dueMs: number;
  cancel: Cancel;
}

export class WorkQueue {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #reconcile: (key: string) => void;
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock, delayMs: number, reconcile: (key: string) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#reconcile = reconcile;
  }

  /** Looks at the key after the delay (the queue's own by default); an earlier look that is pending stays. */
  add(key: string, delayMs = this.#delayMs): void {
    const dueMs = this.#clock.monotonic() + delayMs;
    const pending = this.#pending.get(key);
    if (pending !== undefined && pending.dueMs <= dueMs) return;
    pending?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      this.#pending.delete(key);
      this.#reconcile(key);
    });
    this.#pending.set(key, { dueMs, cancel });
  }

  stop(): void {
    for (const { cancel } of this.#pending.values()) cancel();
    this.#pending.clear();
  }
}

/** `namespace/name` of an object, as a key. */
export function keyOf({ metadata }: { metadata: { namespace?: string; name: string } }): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** The namespace and name of a key. */
export function splitKey(key: string): [namespace: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
