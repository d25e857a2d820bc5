import type { Cancel, Clock } from '../../src/ports/clock.ts';

export interface PendingTimer {
  /** On the monotonic clock. */
  readonly dueMs: number;
  readonly wake: () => void;
}

interface Timer extends PendingTimer {
  /** Of timers that are due together, the one asked for first wakes first. */
  readonly order: number;
}

/**
 * Time that moves only when it is told to. Timers wake in the order of their time, then of asking.
 *
 * `turns: 'own'` (the default) ends a turn by itself, in a microtask after the one that asked, so that tests can
 * simply await; `'asked'` ends it only in `runTurn`, `runNext` or `advance`, so that a simulator decides.
 */
export class VirtualClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  #order = 0;
  #timers: Timer[] = [];
  #turn: (() => void)[] = [];
  readonly #turns: 'own' | 'asked';

  constructor(startMs = Date.UTC(2026, 10, 3, 2, 11, 4), turns: 'own' | 'asked' = 'own') {
    this.#wallMs = startMs;
    this.#turns = turns;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, wake: () => void): Cancel {
    this.#order += 1;
    const timer: Timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), wake, order: this.#order };
    const at = this.#timers.findIndex((other) => other.dueMs > timer.dueMs);
    this.#timers.splice(at === -1 ? this.#timers.length : at, 0, timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  turn(run: () => void): void {
    if (this.#turn.push(run) === 1 && this.#turns === 'own') queueMicrotask(() => this.runTurn());
  }

  /** Timers that have not woken yet, the next one first. */
  get pending(): readonly PendingTimer[] {
    return this.#timers;
  }

  /** Is anything waiting for the end of this turn? */
  get turnPending(): boolean {
    return this.#turn.length > 0;
  }

  /** Ends the turn: runs what asked for it so far. What asks meanwhile waits for the next one. */
  runTurn(): boolean {
    const turn = this.#turn;
    this.#turn = [];
    for (const run of turn) run();
    return turn.length > 0;
  }

  /** Does the next thing that there is: ends the turn, else moves to the next timer and wakes it. False: nothing. */
  runNext(): boolean {
    if (this.runTurn()) return true;
    const timer = this.#timers.shift();
    if (timer === undefined) return false;
    this.#moveTo(timer.dueMs);
    timer.wake();
    return true;
  }

  /** Lets time pass, waking everything that falls due on the way. What wakes may ask for more. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    while (this.#turn.length > 0 || (this.#timers[0]?.dueMs ?? Infinity) <= endMs) this.runNext();
    this.#moveTo(endMs);
  }

  /** Steps the wall clock alone, as an operator or NTP does. Timers and durations do not notice. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}
