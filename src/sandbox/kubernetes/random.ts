/** Chance that repeats: the same seed gives the same names and uids, so that a run can be played again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1) (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A suffix as Kubernetes makes them: no vowels, nothing that reads as a word (apimachinery util/rand). */
  suffix(length = 5): string {
    return Array.from({ length }, () => safeLetter(Math.floor(this.next() * SAFE_LETTERS.length))).join('');
  }

  /** A version 4 uid. */
  uid(): string {
    const digits = Array.from({ length: 32 }, () => Math.floor(this.next() * 16).toString(16));
    digits[12] = '4';
    digits[16] = '89ab'.charAt(Math.floor(this.next() * 4));
    const text = digits.join('');
    return [
      [0, 8],
      [8, 12],
      [12, 16],
      [16, 20],
      [20, 32],
    ]
      .map(([from, to]) => text.slice(from, to))
      .join('-');
  }
}

const SAFE_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

function safeLetter(index: number): string {
  return SAFE_LETTERS.charAt(index % SAFE_LETTERS.length);
}

/** FNV-1a, 32 bits: spreads texts evenly, and the same text always gives the same number. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash;
}

/** A hash in the letters that Kubernetes uses for `pod-template-hash` (apimachinery util/rand SafeEncodeString). */
export function safeHash(text: string): string {
  return String(hashOf(text))
    .split('')
    .map((digit) => safeLetter(digit.charCodeAt(0)))
    .join('');
}
