/** The only source of chance and of fresh ids. A simulator puts a seeded one in its place. */
export interface Chance {
  /** Evenly spread in [0, 1). */
  random(): number;
  /** A UUIDv7 whose time part is `nowMs` (milliseconds since the epoch). */
  uuid(nowMs: number): string;
}
