/** Who asks whether a freeze is on: its exceptions are by playbook, its scope by namespace. */
export interface FreezeSubject {
  readonly playbook: string;
  readonly namespace: string;
}

/** What the calendar says of one moment, for one subject. */
export interface FreezeLook {
  /** In which the times are shown: the configuration's, as its windows are written. */
  readonly timeZone: string;
  /** The window that is on; of several the one that ends last. */
  readonly active?: { readonly name: string; readonly untilMs: number };
  /** The one that begins next. */
  readonly next?: { readonly name: string; readonly fromMs: number };
}

/** Looks at the configured windows; pure, and without a clock of its own. */
export type FreezeCalendar = (nowMs: number, subject: FreezeSubject) => FreezeLook;

/** Of an installation that has no windows. */
export const NO_FREEZE: FreezeCalendar = () => ({ timeZone: 'UTC' });

/** As people write it in a sentence: `20 Dec 00:00`, in the time zone given. */
export function dayAndTime(atMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(atMs);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('day')} ${part('month')} ${part('hour')}:${part('minute')}`;
}
