import { createHash } from 'node:crypto';

/** Something that must always hold did not. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/**
 * The simulation's own log: what happened outside the program, and what its database says, in the order of happening.
 * Two runs of one seed must give the same log.
 */
export class Recorder {
  readonly counts = new Map<string, number>();
  #violation: Violation | undefined;
  readonly #keep: boolean;
  readonly #lines: string[] = [];
  readonly #hash = createHash('sha256');
  readonly #monotonic: () => number;
  #written = 0;

  constructor(monotonic: () => number, keep: boolean) {
    this.#monotonic = monotonic;
    this.#keep = keep;
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get written(): number {
    return this.#written;
  }

  line(text: string): void {
    const line = `${(this.#monotonic() / 1_000).toFixed(3).padStart(10)} ${text}`;
    this.#hash.update(line).update('\n');
    this.#written += 1;
    if (this.#keep) this.#lines.push(line);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** The first violation stands; the run ends with it. */
  violate(invariant: string, detail: string): void {
    this.line(`VIOLATED ${invariant}: ${detail}`);
    this.#violation ??= new Violation(invariant, detail);
  }

  digest(): string {
    return this.#hash.digest('hex').slice(0, 16);
  }
}
