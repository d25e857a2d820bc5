import { z } from 'zod';

/**
 * A point in time as RFC 3339 text in UTC. Years outside 0 to 9999 (an alert may claim any) are written the long
 * ISO 8601 way, so this is not checked any further.
 */
export const moment = z.string().meta({ format: 'date-time', examples: ['2026-11-03T01:11:04.000Z'] });

/** Milliseconds since the epoch as the contract writes them; what no date can hold becomes the nearest that it can. */
export function toMoment(epochMs: number): string {
  return new Date(Math.max(-DATE_RANGE_MS, Math.min(DATE_RANGE_MS, epochMs))).toISOString();
}

/** The largest distance from the epoch that a Date can hold (ECMA-262, time values and time range). */
const DATE_RANGE_MS = 8.64e15;
