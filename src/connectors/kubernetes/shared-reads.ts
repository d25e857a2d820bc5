import type { Clock } from '../../ports/clock.ts';
import { OpsError } from '../../ports/ops-error.ts';

interface Reading<T> {
  readonly startedMs: number;
  readonly value: Promise<T>;
}

/** A value and the moment its reading began: nothing in it is older than that. */
export interface ReadAt<T> {
  readonly value: T;
  readonly startedAtMs: number;
}

/** Lets many callers share one reading of the same thing, as long as it began recently enough for each of them. */
export class SharedReads<T> {
  readonly #clock: Clock;
  readonly #readings = new Map<string, Reading<ReadAt<T>>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param options.maxAgeMs how long ago the reading may have begun.
   * @param options.read is called with a signal of nobody in particular: a caller that leaves does not end it for
   *   the others. A failed reading is not kept.
   */
  get(
    key: string,
    options: { readonly maxAgeMs: number; readonly signal: AbortSignal; readonly read: () => Promise<T> },
  ): Promise<ReadAt<T>> {
    if (options.signal.aborted) return Promise.reject(leftAlone());
    const nowMs = this.#clock.monotonic();
    const known = this.#readings.get(key);
    if (known !== undefined && nowMs - known.startedMs <= options.maxAgeMs)
      return untilAborted(known.value, options.signal);
    const startedAtMs = this.#clock.now();
    const value = options.read().then((read) => ({ value: read, startedAtMs }));
    const reading = { startedMs: nowMs, value };
    this.#readings.set(key, reading);
    value.catch(() => {
      if (this.#readings.get(key) === reading) this.#readings.delete(key);
    });
    return untilAborted(value, options.signal);
  }

  /** Forgets every reading whose key begins so; one under way is not joined any more. */
  forget(keyPrefix: string): void {
    for (const key of this.#readings.keys()) {
      if (key.startsWith(keyPrefix)) this.#readings.delete(key);
    }
  }

  /** Drops what nobody may use any more, so that memory follows what is being looked at. */
  prune(maxAgeMs: number): void {
    const oldestMs = this.#clock.monotonic() - maxAgeMs;
    for (const [key, { startedMs }] of this.#readings) {
      if (startedMs < oldestMs) this.#readings.delete(key);
    }
  }
}

function leftAlone(): OpsError {
  return new OpsError({
    code: 'kubernetes/unreachable',
    retry: 'later',
    message: 'The Kubernetes API was not waited for any longer',
  });
}

function untilAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => reject(leftAlone());
  signal.addEventListener('abort', onAbort, { once: true });
  value.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  return promise;
}
