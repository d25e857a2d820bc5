/** How much of webhooks may be under way at once; what comes on top is told to come again (503). */
export const ADMISSION = { bodies: 256, bytes: 64 * 1024 * 1024 } as const;

/** Counts what is under way before it is read, so that a flood costs no more than its headers. */
export class Admission {
  readonly #limits: { readonly bodies: number; readonly bytes: number };
  #bodies = 0;
  #bytes = 0;

  constructor(limits: { readonly bodies: number; readonly bytes: number } = ADMISSION) {
    this.#limits = limits;
  }

  /** Takes a place for a body of this size; undefined when there is none. Give it back by calling the result, once or more. */
  enter(bytes: number): (() => void) | undefined {
    if (this.#bodies >= this.#limits.bodies || this.#bytes + bytes > this.#limits.bytes) return undefined;
    this.#bodies += 1;
    this.#bytes += bytes;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#bodies -= 1;
      this.#bytes -= bytes;
    };
  }
}
