import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

export type StopEnd = 'stopped' | 'failed' | 'late';

interface Stoppable {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

/** What was started, so that it can be stopped the other way round, each by its name, within a deadline. */
export class Lifecycle {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stops: Stoppable[] = [];
  #stopping: Promise<ReadonlyMap<string, StopEnd>> | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Remembers how to stop something. What was added last is stopped first. */
  onStop(name: string, stop: () => Promise<void> | void): void {
    this.#stops.push({ name, stop });
  }

  /**
   * Stops everything, once: a second call gets the first one's answer. One that fails does not keep the rest
   * from stopping; what has not stopped at the deadline is named as `late`, and the rest is asked without waiting.
   */
  stop(deadlineMs: number): Promise<ReadonlyMap<string, StopEnd>> {
    this.#stopping ??= this.#stopAll(deadlineMs);
    return this.#stopping;
  }

  async #stopAll(deadlineMs: number): Promise<ReadonlyMap<string, StopEnd>> {
    const dueMs = this.#clock.monotonic() + deadlineMs;
    const ends = new Map<string, StopEnd>();
    for (const one of this.#stops.toReversed()) {
      const end = await this.#within(dueMs - this.#clock.monotonic(), this.#stopOne(one));
      if (end === 'late') this.#log.warn('stop is late', { name: one.name, deadlineMs });
      ends.set(one.name, end);
    }
    return ends;
  }

  async #stopOne(one: Stoppable): Promise<StopEnd> {
    try {
      await one.stop();
      return 'stopped';
    } catch (error) {
      this.#log.error('stop failed', { name: one.name, error });
      return 'failed';
    }
  }

  #within(leftMs: number, end: Promise<StopEnd>): Promise<StopEnd> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(Math.max(0, leftMs), () => resolve('late'));
      void end.then((value) => {
        cancel();
        resolve(value);
      });
    });
  }
}
