import type { Cancel, Clock } from '../ports/clock.ts';

interface Timer {
  dueMs: number;
  order: number;
  wake: () => void;
}

/** Time that passes only when it is told to: hours of a platform's life in milliseconds, the same every time. */
export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  #timers: Timer[] = [];
  #order = 0;

  /** `startMs`: wall-clock time at the start, in milliseconds since the epoch. */
  constructor(startMs = Date.UTC(2026, 10, 3, 1, 0, 0)) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  after(delayMs: number, wake: () => void): Cancel {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, wake };
    const index = this.#timers.findLastIndex((other) => other.dueMs <= timer.dueMs);
    this.#timers.splice(index + 1, 0, timer);
    return () => {
      const position = this.#timers.indexOf(timer);
      if (position !== -1) this.#timers.splice(position, 1);
    };
  }

  turn(run: () => void): void {
    this.after(0, run);
  }

  /** Lets time pass; everything that falls due is woken in its order, at its time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#timers[0]; next !== undefined && next.dueMs <= endMs; next = this.#timers[0]) {
      this.#timers.shift();
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.wake();
    }
    this.#nowMs = endMs;
  }

  /** Lets time pass until the condition holds, at most this long. Returns whether it holds. */
  advanceUntil(holds: () => boolean, mostMs: number, stepMs = 100): boolean {
    for (let passedMs = 0; passedMs < mostMs && !holds(); passedMs += stepMs) this.advance(stepMs);
    return holds();
  }
}
