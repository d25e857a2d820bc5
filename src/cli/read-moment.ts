import { parseDurationMs } from '../domain/duration.ts';
import type { Terminal } from './terminal.ts';

const DAY_MS = 86_400_000;

/**
 * When a person means: `2h` from now, `08:00` the next time the clock shows that (of the terminal's zone), or a
 * whole date and time with its zone. RFC 3339 in UTC; undefined for anything else, and for what has passed.
 */
export function readMoment(
  text: string,
  { now, timeZone }: Pick<Terminal, 'now' | 'timeZone'>,
): string | undefined {
  const nowMs = now();
  const durationMs = parseDurationMs(text);
  if (durationMs !== undefined) return toText(nowMs + durationMs);
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (clock !== null) return toText(nextTime(Number(clock[1]), Number(clock[2]), nowMs, timeZone));
  const atMs = /^\d{4}-\d\d-\d\dT.+(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return atMs > nowMs ? toText(atMs) : undefined;
}

/** The zone's clock is compared instead of computed with: daylight saving is the calendar's business. */
function nextTime(hour: number, minute: number, nowMs: number, timeZone: string | undefined): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  const wanted = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const firstMinuteMs = Math.floor(nowMs / 60_000) * 60_000 + 60_000;
  for (let atMs = firstMinuteMs; atMs <= firstMinuteMs + DAY_MS; atMs += 60_000) {
    if (format.format(atMs) === wanted) return atMs;
  }
  // A time that the clock jumps over tonight: a day later it exists again.
  return nowMs + DAY_MS;
}

function toText(atMs: number): string {
  return new Date(atMs).toISOString();
}
