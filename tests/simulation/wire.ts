import type { Clock } from '../../src/ports/clock.ts';
import type { Fault } from './knobs.ts';
import type { Random } from './random.ts';
import type { Recorder } from './recorder.ts';

/** What can be between a process and everything outside it. One for each life of the process. */
export interface Life {
  /** False from the moment of its death: no answer reaches it, and nothing leaves it any more. */
  alive: boolean;
  /** Ends it at once, from inside or outside. */
  readonly crash: (where: string) => void;
}

export interface WireSetting {
  /** True time: it passes also for the dead. */
  readonly clock: Clock;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly life: Life;
  /** How likely each fault is now; nothing fails while the world heals. */
  readonly rate: (fault: Fault) => number;
  readonly timeoutMs: number;
}

export interface Call<T> {
  /** `cluster/write` */
  readonly name: string;
  /** Happens at the other side, also when the caller is dead by then. */
  readonly effect: () => T | Promise<T>;
  /** Nothing answered in time: did the request arrive? Nobody knows. */
  readonly timedOut: () => T | Error;
  /** Faults of this kind of call besides its being lost or late: drawn in this order. */
  readonly faults?: readonly {
    readonly fault: Fault;
    readonly instead: (effect: () => T | Promise<T>) => T | Error | Promise<T>;
  }[];
  readonly lost?: {
    readonly request?: Fault;
    readonly answer?: Fault;
    readonly refused?: Fault;
    readonly slow: Fault;
    readonly straggler?: Fault;
  };
  /** Of what cannot be sent at all. */
  readonly refused?: () => T | Error;
  /** A write: the process may die on either side of its effect. */
  readonly mayDie?: boolean;
}

type Trip = 'well' | 'request-lost' | 'answer-lost' | 'refused' | 'slow' | 'straggler';

/** Every call is request → effect → answer on true time; either half may be lost or late, and the caller may die meanwhile. */
export class Wire {
  readonly #setting: WireSetting;

  constructor(setting: WireSetting) {
    this.#setting = setting;
  }

  call<T>(call: Call<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const { clock, life, recorder, timeoutMs } = this.#setting;
    if (!life.alive) return promise;
    let open = true;
    const answer = (given: T | Error): void => {
      if (!open || !life.alive) return;
      open = false;
      cancel();
      if (given instanceof Error) reject(given);
      else resolve(given);
    };
    const cancel = clock.after(timeoutMs, () => answer(call.timedOut()));
    const trip = this.#trip(call);
    recorder.line(`${call.name}${trip === 'well' ? '' : ` (${trip})`}`);
    if (trip === 'refused') clock.after(this.#latency(), () => answer(call.refused?.() ?? call.timedOut()));
    else if (trip !== 'request-lost')
      clock.after(this.#latency(trip), () => this.#arrive(call, trip, answer));
    return promise;
  }

  #arrive<T>(call: Call<T>, trip: Trip, answer: (given: T | Error) => void): void {
    const { clock, random, life } = this.#setting;
    if (call.mayDie === true && this.#occurs('crash/before-effect')) {
      life.crash('before-effect');
      // What was sent arrives all the same, or not: the dead process has no say in it.
      if (random.happens(0.5)) return;
    }
    void this.#effect(call).then((given) => {
      if (call.mayDie === true && this.#occurs('crash/after-effect')) life.crash('after-effect');
      if (trip !== 'answer-lost')
        clock.after(this.#latency(trip === 'slow' ? 'slow' : 'well'), () => answer(given));
    });
  }

  async #effect<T>({ effect, faults = [] }: Call<T>): Promise<T | Error> {
    for (const { fault, instead } of faults) {
      if (this.#occurs(fault)) return await instead(effect);
    }
    return await effect();
  }

  #trip({ lost }: { readonly lost?: Call<unknown>['lost'] }): Trip {
    if (lost === undefined) return 'well';
    if (lost.refused !== undefined && this.#occurs(lost.refused)) return 'refused';
    if (lost.request !== undefined && this.#occurs(lost.request)) return 'request-lost';
    if (lost.answer !== undefined && this.#occurs(lost.answer)) return 'answer-lost';
    if (lost.straggler !== undefined && this.#occurs(lost.straggler)) return 'straggler';
    return this.#occurs(lost.slow) ? 'slow' : 'well';
  }

  /** Half a round trip. A straggler arrives long after its caller gave up, but before the server drops it (engine 4: 60 s). */
  #latency(trip: Trip = 'well'): number {
    const { random, timeoutMs } = this.#setting;
    switch (trip) {
      case 'straggler':
        return random.between(timeoutMs, 50_000);
      case 'slow':
        return random.between(500, timeoutMs * 0.7);
      default:
        return random.between(1, 40);
    }
  }

  #occurs(fault: Fault): boolean {
    const { rate, random, recorder } = this.#setting;
    if (!random.happens(rate(fault))) return false;
    recorder.count(`fault ${fault}`);
    return true;
  }
}
