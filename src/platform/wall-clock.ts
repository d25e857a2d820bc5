import type { Cancel, Clock } from '../ports/clock.ts';

/** The longest delay that Node's timers keep; a longer one would fire at once (timers: `TIMEOUT_MAX`). */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Real time. */
export class WallClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, wake: () => void): Cancel {
    const dueMs = this.monotonic() + Math.max(0, delayMs);
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = Math.ceil(dueMs - this.monotonic());
      timer = setTimeout(() => (this.monotonic() < dueMs ? arm() : wake()), Math.min(leftMs, TIMER_MAX_MS));
    };
    arm();
    return () => clearTimeout(timer);
  }

  turn(run: () => void): void {
    setImmediate(run);
  }
}
