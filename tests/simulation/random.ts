import type { Chance } from '../../src/ports/chance.ts';

/** FNV-1a over the text's characters: the start of a stream from its name. */
function startOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}

/**
 * A seeded stream of chance (mulberry32). Streams of other names are independent of how much this one has given, so
 * that one more draw in one part of the simulation leaves the others alone.
 */
export class Random implements Chance {
  readonly #name: string;
  #state: number;

  constructor(name: string) {
    this.#name = name;
    this.#state = startOf(name);
  }

  stream(name: string): Random {
    return new Random(`${this.#name}/${name}`);
  }

  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** True this often. Draws nothing when it can never be, so that a fault that is off costs no chance. */
  happens(probability: number): boolean {
    return probability > 0 && this.random() < probability;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  pick<T>(from: readonly T[]): T {
    const found = from[Math.floor(this.random() * from.length)];
    if (found === undefined) throw new Error('there is nothing to pick from');
    return found;
  }

  uuid(nowMs: number): string {
    const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, '0').slice(-12);
    const hex = (digits: number): string =>
      Math.floor(this.random() * 16 ** digits)
        .toString(16)
        .padStart(digits, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${'89ab'[this.between(0, 3)] ?? '8'}${hex(3)}-${hex(6)}${hex(6)}`;
  }
}
