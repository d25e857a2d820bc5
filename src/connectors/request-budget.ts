import type { Cancel, Clock } from '../ports/clock.ts';

/** How many requests may be sent: `burst` at once, refilled at `perSecond`. */
export interface BudgetSize {
  readonly perSecond: number;
  readonly burst: number;
}

interface Waiter {
  readonly go: () => void;
}

/**
 * Protects the other side from us: whoever asks for more than the budget waits its turn, nobody fails for it.
 * Writes `borrow`: they are few, limited elsewhere, and must not start late behind a queue of reads.
 */
export class RequestBudget {
  readonly #size: BudgetSize;
  readonly #clock: Clock;
  readonly #queue: Waiter[] = [];
  #tokens: number;
  #filledAtMs: number;
  #cancelWake: Cancel | undefined;

  constructor(size: BudgetSize, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
    this.#tokens = size.burst;
    this.#filledAtMs = clock.monotonic();
  }

  /** Resolves when one request may be sent, first come first served. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#refill();
    if (this.#queue.length === 0 && this.#tokens >= 1) {
      this.#tokens -= 1;
      return Promise.resolve();
    }
    return this.#wait(signal);
  }

  /** Counts a request that is sent at once; later reads wait for it instead. */
  borrow(): void {
    this.#refill();
    this.#tokens -= 1;
  }

  #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#queue.splice(this.#queue.indexOf(waiter), 1);
      reject(signal.reason);
    };
    const waiter: Waiter = {
      go: () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#queue.push(waiter);
    this.#wakeLater();
    return promise;
  }

  #wakeLater(): void {
    if (this.#cancelWake !== undefined || this.#queue.length === 0) return;
    const missing = Math.max(0, 1 - this.#tokens);
    this.#cancelWake = this.#clock.after(Math.ceil((missing / this.#size.perSecond) * 1_000), () => {
      this.#cancelWake = undefined;
      this.#serve();
    });
  }

  #serve(): void {
    this.#refill();
    while (this.#tokens >= 1) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#tokens -= 1;
      next.go();
    }
    this.#wakeLater();
  }

  #refill(): void {
    const nowMs = this.#clock.monotonic();
    const gained = ((nowMs - this.#filledAtMs) / 1_000) * this.#size.perSecond;
    this.#tokens = Math.min(this.#size.burst, this.#tokens + gained);
    this.#filledAtMs = nowMs;
  }
}
