/** What can go wrong on the platform, by name. Each fault is a real cause: its symptoms follow, and so does its cure. */

import { APPLICATION_FAULTS } from './application-faults.ts';
import { PLATFORM_FAULTS } from './platform-faults.ts';
import type { Platform } from './platform.ts';

export type FaultOptions = Readonly<Record<string, string | number | boolean>>;

/** What a fault may touch. */
export type FaultStage = Pick<Platform, 'clock' | 'api' | 'applications' | 'controlPlane' | 'wire'>;

export interface Fault {
  name: string;
  title: string;
  /** What the target is: `namespace/workload`, a node's name, or part of a request path ('' for all). */
  target: 'workload' | 'node' | 'requests';
  /** Options by name, each with what it means. */
  options: Readonly<Record<string, string>>;
  /** Causes it; the returned function takes the cause away. Throws `UnknownTarget`. */
  breaks(stage: FaultStage, target: string, options: FaultOptions): () => void;
}

export interface ActiveFault {
  name: string;
  target: string;
  options: FaultOptions;
  sinceMs: number;
}

/** Every fault there is. */
export const FAULTS: readonly Fault[] = [...APPLICATION_FAULTS, ...PLATFORM_FAULTS];

/** Which faults are in effect. They compose: several may concern one target. */
export class FaultBoard {
  readonly #stage: FaultStage;
  readonly #active = new Map<ActiveFault, () => void>();

  constructor(stage: FaultStage) {
    this.#stage = stage;
  }

  /** The faults in effect, oldest first. */
  active(): ActiveFault[] {
    return [...this.#active.keys()];
  }

  /** Causes a fault. Throws an `Error` for an unknown fault or target, with what there is instead. */
  break(name: string, target: string, options: FaultOptions = {}): ActiveFault {
    const fault = FAULTS.find((candidate) => candidate.name === name);
    if (fault === undefined)
      throw new Error(`no fault "${name}"; there are: ${FAULTS.map((known) => known.name).join(', ')}`);
    const active: ActiveFault = { name, target, options, sinceMs: this.#stage.clock.now() };
    this.#active.set(active, fault.breaks(this.#stage, target, options));
    this.#stage.controlPlane.kubelet.recheck();
    return active;
  }

  /** Takes the causes away: of one fault, of one target, or all. Returns what was healed. */
  heal(name?: string, target?: string): ActiveFault[] {
    const healed = this.active().filter((active) => {
      return (
        (name === undefined || active.name === name) && (target === undefined || active.target === target)
      );
    });
    for (const active of healed) {
      this.#active.get(active)?.();
      this.#active.delete(active);
    }
    this.#stage.controlPlane.kubelet.recheck();
    return healed;
  }
}
