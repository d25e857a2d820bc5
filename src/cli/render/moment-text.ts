import { formatDuration } from '../../domain/duration.ts';

/** How times are shown: of this zone (undefined: the computer's), ages against this moment. */
export interface TimeView {
  readonly nowMs: number;
  readonly timeZone: string | undefined;
}

/** `02:11:04` */
export function clockTime(moment: string, { timeZone }: TimeView): string {
  return format(
    moment,
    { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
    timeZone,
  );
}

/** `Tue 3 Nov, GMT+1` */
export function dayAndZone(moment: string, { timeZone }: TimeView): string {
  const zone = format(moment, { timeZoneName: 'short' }, timeZone).split(', ').at(-1) ?? '';
  return `${dayOf(moment, timeZone)}, ${zone}`;
}

/** Time of day, with the day where it is not the one of `of`. */
export function clockTimeSeenFrom(moment: string, of: string, view: TimeView): string {
  const isSameDay = dayOf(moment, view.timeZone) === dayOf(of, view.timeZone);
  return isSameDay ? clockTime(moment, view) : `${dayOf(moment, view.timeZone)} ${clockTime(moment, view)}`;
}

/** `6m 40s`; what lies ahead counts as 0. */
export function age(moment: string, { nowMs }: TimeView): string {
  return wholeSeconds(nowMs - Date.parse(moment));
}

/** `in 6m 40s`, or `now`. */
export function ahead(moment: string, { nowMs }: TimeView): string {
  const leftMs = Date.parse(moment) - nowMs;
  return leftMs <= 0 ? 'now' : `in ${formatDuration(leftMs)}`;
}

export function between(from: string, to: string): string {
  return wholeSeconds(Date.parse(to) - Date.parse(from));
}

/** Nobody reads milliseconds in an age. */
function wholeSeconds(durationMs: number): string {
  return durationMs < 1_000 ? '0 s' : formatDuration(Math.floor(durationMs / 1_000) * 1_000);
}

function dayOf(moment: string, timeZone: string | undefined): string {
  const [weekday, day, month] = ['weekday', 'day', 'month'].map((part) =>
    format(moment, part === 'day' ? { day: 'numeric' } : { [part]: 'short' }, timeZone),
  );
  return `${weekday} ${day} ${month}`;
}

function format(moment: string, options: Intl.DateTimeFormatOptions, timeZone: string | undefined): string {
  const atMs = Date.parse(moment);
  if (Number.isNaN(atMs)) return moment;
  return new Intl.DateTimeFormat('en-GB', {
    ...options,
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(atMs);
}
