import type { Chance } from '../../src/ports/chance.ts';

/** Chance that always falls in the middle. */
export const EVEN_CHANCE: Chance = {
  random: () => 0.5,
  uuid: (nowMs) => `${nowMs.toString(16).padStart(12, '0').slice(0, 8)}-0000-7000-8000-000000000000`,
};
