/** What goes wrong between a client and the API server, whatever the request is about. */

import type { ApiRequest } from './request.ts';

export interface WireFault {
  /**
   * `response-lost`: the effect happens, the answer never arrives. `slow`: the request waits before it is looked at.
   * `slow-answer`: the effect happens at once, the answer waits. `unavailable`: 503. `too-many-requests`: 429.
   */
  kind: 'response-lost' | 'slow' | 'slow-answer' | 'unavailable' | 'too-many-requests';
  /** Methods that it concerns; all without it. */
  methods?: readonly string[];
  /** Part of the path that it concerns, as `/pods/` or `/scale`; all without it. */
  path?: string;
  /** How many requests it concerns; without end without it. */
  times?: number;
  delayMs?: number;
  retryAfterSeconds?: number;
}

interface Active {
  fault: WireFault;
  left: number;
}

export class WireFaults {
  readonly #active = new Set<Active>();

  /** Adds a fault, until it is used up or the returned function is called. */
  add(fault: WireFault): () => void {
    const active: Active = { fault, left: fault.times ?? Infinity };
    this.#active.add(active);
    return () => this.#active.delete(active);
  }

  /** The fault that meets this request, if any; it is used up by one. */
  meet(request: ApiRequest): WireFault | undefined {
    for (const active of this.#active) {
      const { fault } = active;
      if (fault.methods !== undefined && !fault.methods.includes(request.method)) continue;
      if (fault.path !== undefined && !request.path.includes(fault.path)) continue;
      active.left -= 1;
      if (active.left <= 0) this.#active.delete(active);
      return fault;
    }
    return undefined;
  }
}
