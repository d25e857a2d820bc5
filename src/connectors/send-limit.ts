import type { Cancel, Clock } from '../ports/clock.ts';
import { Cut } from './http-failure.ts';

/**
 * A write to the cluster begins to be sent this long after it was asked for, or not at all: whoever pauses is promised
 * that none is sent later than 1 s afterwards (design, engine 4), and the question whether it may write, which a pause
 * answers with no, comes right before.
 */
export const SEND_WITHIN_MS = 1_000;

/** The time within which one write must begin to be sent, over all that comes before: credentials, connection, 401. */
export class SendLimit {
  readonly #clock: Clock;
  readonly #endMs: number;
  readonly #passed = Promise.withResolvers<never>();
  readonly #cancel: Cancel;
  #onPassed: () => void = () => undefined;

  /** Begins to run at once, on the monotonic clock. */
  constructor(clock: Clock, withinMs: number) {
    this.#clock = clock;
    this.#endMs = clock.monotonic() + withinMs;
    // Nobody may be waiting for it when it passes.
    this.#passed.promise.catch(() => undefined);
    this.#cancel = clock.after(withinMs, () => {
      this.#passed.reject(new Cut('late'));
      this.#onPassed();
    });
  }

  /** Asked at the last moment before the first byte: a timer wakes late when the process was held up. */
  get isPassed(): boolean {
    return this.#clock.monotonic() >= this.#endMs;
  }

  /**
   * What `preparing` gives, if it does so in time; it is not ended, so that the next write finds it done.
   * @throws Cut `late`
   */
  async within<T>(preparing: Promise<T>): Promise<T> {
    const prepared = await Promise.race([preparing, this.#passed.promise]);
    if (this.isPassed) throw new Cut('late');
    return prepared;
  }

  /** Calls `giveUp` (the last one that was named) when the time is over. */
  onPassed(giveUp: () => void): void {
    this.#onPassed = giveUp;
  }

  end(): void {
    this.#cancel();
  }
}
