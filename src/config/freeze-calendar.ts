import { Cron } from 'croner';
import type { FreezeCalendar, FreezeSubject } from '../domain/freeze.ts';
import { fitsPattern } from '../domain/name-pattern.ts';
import type { FreezeWindow } from './config.ts';

/** One time that a window is on; `untilMs` is the first moment after it. */
interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Dated {
  readonly window: FreezeWindow;
  /** The last span that has begun at `nowMs`, and the first one that has not. */
  around(nowMs: number): { readonly last: Span | undefined; readonly next: Span | undefined };
}

/** croner counts in seconds: asked for what is before the next second, it also tells what begins in this moment. */
const SECOND_MS = 1_000;

/** A day or a minute of the time zone; one that a change of the clock skips is read as the moment after the gap. */
function momentMs(text: string, timeZone: string): number {
  const whole = text.length === '2026-12-20'.length ? `${text}T00:00:00` : `${text}:00`;
  const moment = new Cron(whole, { timezone: timeZone, paused: true }).getOnce();
  if (moment === null) throw new Error(`${text} is no moment in ${timeZone}`);
  return moment.getTime();
}

function dated(window: FreezeWindow, timeZone: string): Dated {
  if (window.kind === 'dates') {
    const span = { fromMs: momentMs(window.from, timeZone), untilMs: momentMs(window.until, timeZone) };
    return {
      window,
      around: (nowMs) =>
        span.fromMs <= nowMs ? { last: span, next: undefined } : { last: undefined, next: span },
    };
  }
  const cron = new Cron(window.cron, { timezone: timeZone, paused: true });
  // As long as it says on any day: where the clock is changed meanwhile, it ends an hour earlier or later by the clock.
  const spanAt = (begin: Date | null | undefined): Span | undefined =>
    begin === null || begin === undefined
      ? undefined
      : { fromMs: begin.getTime(), untilMs: begin.getTime() + window.forMs };
  return {
    window,
    around: (nowMs) => ({
      last: spanAt(
        cron.previousRuns(2, new Date(nowMs + SECOND_MS)).find((begin) => begin.getTime() <= nowMs),
      ),
      next: spanAt(cron.nextRun(new Date(nowMs))),
    }),
  };
}

function concerns({ except, namespaces }: FreezeWindow, { playbook, namespace }: FreezeSubject): boolean {
  return (
    !except.includes(playbook) &&
    (namespaces === undefined || namespaces.some((pattern) => fitsPattern(pattern, namespace)))
  );
}

/**
 * The configured freezes as a calendar. It computes times only, nothing in it runs by itself.
 *
 * @param timeZone of the windows, and of the times as they are shown.
 */
export function freezeCalendar(windows: readonly FreezeWindow[], timeZone: string): FreezeCalendar {
  const all = windows.map((window) => dated(window, timeZone));
  return (nowMs, subject) => {
    const around = all
      .filter(({ window }) => concerns(window, subject))
      .map((one) => ({ name: one.window.name, ...one.around(nowMs) }));
    const active = around
      .flatMap(({ name, last }) =>
        last !== undefined && nowMs < last.untilMs ? [{ name, untilMs: last.untilMs }] : [],
      )
      .toSorted((a, b) => b.untilMs - a.untilMs)[0];
    const next = around
      .flatMap((one) => (one.next === undefined ? [] : [{ name: one.name, fromMs: one.next.fromMs }]))
      .toSorted((a, b) => a.fromMs - b.fromMs)[0];
    return {
      timeZone,
      ...(active === undefined ? {} : { active }),
      ...(next === undefined ? {} : { next }),
    };
  };
}
