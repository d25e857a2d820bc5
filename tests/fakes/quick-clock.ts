import { SEND_WITHIN_MS } from '../../src/connectors/send-limit.ts';
import type { Cancel, Clock } from '../../src/ports/clock.ts';

/** Delays from here on are limits that a test ends itself (`expire`); shorter ones are waits, which are over at once. */
const LIMIT_MS = 10_000;

/** A write's time to begin is a limit too, though shorter than some waits. */
function isLimit(delayMs: number): boolean {
  return delayMs >= LIMIT_MS || delayMs === SEND_WITHIN_MS;
}

/** For tests over real sockets: waits take no time but move the clock, and are written down; limits never end by themselves. */
export class QuickClock implements Clock {
  /** Every wait that was asked for, in milliseconds, in order. */
  readonly waits: number[] = [];
  readonly #limits = new Set<() => void>();
  #monotonicMs = 0;
  readonly #startMs: number;

  constructor(startMs = Date.UTC(2026, 10, 3, 2, 11, 4)) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#monotonicMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, wake: () => void): Cancel {
    if (isLimit(delayMs)) {
      this.#limits.add(wake);
      return () => this.#limits.delete(wake);
    }
    this.waits.push(delayMs);
    const immediate = setImmediate(() => {
      this.#monotonicMs += delayMs;
      wake();
    });
    return () => clearImmediate(immediate);
  }

  turn(run: () => void): void {
    setImmediate(run);
  }

  advance(byMs: number): void {
    this.#monotonicMs += byMs;
  }

  /** Ends every limit that is running: what waits for an answer has waited too long. */
  expire(): void {
    for (const wake of this.#limits) {
      this.#limits.delete(wake);
      wake();
    }
  }
}
