/** Takes a pending wake-up back. Calling it twice, or after the wake-up, does nothing. */
export type Cancel = () => void;

/**
 * The only source of time, timers and yields. The whole program runs on it, so that a simulator can put a
 * virtual one in its place. `now` is data (stored, shown); durations are measured with `monotonic` alone.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. May step in either direction. */
  now(): number;
  /** Milliseconds since an arbitrary start; never steps back. */
  monotonic(): number;
  /** Calls `wake` once, no sooner than `delayMs` (0 or more) from now. */
  after(delayMs: number, wake: () => void): Cancel;
  /** Calls `run` once, after everything that is ready in this turn of the event loop has run. */
  turn(run: () => void): void;
}
