import type { Cancel, Clock } from '../ports/clock.ts';

/** The computer's own time. Pending wake-ups do not keep the process alive. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, wake: () => void): Cancel {
    const timer = setTimeout(wake, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  }

  turn(run: () => void): void {
    setImmediate(run);
  }
}
