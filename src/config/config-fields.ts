import { Cron } from 'croner';
import { z } from 'zod';
import { textField } from '../yaml/fields.ts';
import { readDuration } from '../yaml/units.ts';

/** An address of another system. Credentials in it would end up in logs, so they are refused. */
export const urlField = textField({
  what: 'an http or https address without credentials',
  examples: ['http://alertmanager.monitoring:9093'],
  hidden: true,
  read: (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const plain =
      url !== undefined &&
      ['http:', 'https:'].includes(url.protocol) &&
      url.username === '' &&
      url.password === '';
    return plain && url.hash === '' && url.search === '' ? text.replace(/\/+$/, '') : undefined;
  },
});

/** A path in the file system; relative ones start at the configuration file. */
export const pathField = textField({
  what: 'the path of a file or folder',
  examples: ['/run/secrets/runova/gitea-token', './playbooks'],
  read: (text) => (/^(\.{0,2}\/|~\/)?[^\0\n]+$/.test(text) && !text.startsWith('~') ? text : undefined),
});

/** Secrets stand in files only; a slash is asked for so that a pasted token is not taken for a file name. */
export const secretFileField = textField({
  what: 'the path of a file that holds the secret',
  examples: ['/run/secrets/runova/gitea-token', './gitea-token'],
  hidden: true,
  read: (text) => (/^\.{0,2}\/[^\0\n]+$/.test(text) ? text : undefined),
});

/** `kube-*`: `*` stands for any characters, nothing else is special. */
export const patternField = textField({
  what: 'a name or a pattern with *',
  examples: ['shop-prod', '*-prod'],
  read: (text) => (/^[a-z0-9*]([-a-z0-9*.]{0,251}[a-z0-9*])?$/.test(text) ? text : undefined),
});

export const kindField = textField({
  what: 'a kind of Kubernetes object',
  examples: ['Deployment', 'Certificate'],
  read: (text) => (/^[A-Z][A-Za-z0-9]{0,62}$/.test(text) ? text : undefined),
});

export const timeZoneField = textField({
  what: 'a time zone',
  examples: ['Europe/Berlin', 'UTC'],
  read: (text) => (isTimeZone(text) ? text : undefined),
});

function isTimeZone(text: string): boolean {
  try {
    void new Intl.DateTimeFormat('en', { timeZone: text });
    return /^[A-Z]/i.test(text);
  } catch {
    return false;
  }
}

export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

function readTimeOfDay(text: string): TimeOfDay | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match === null ? undefined : { hour: Number(match[1]), minute: Number(match[2]) };
}

export const timeOfDayField = textField({
  what: 'a time of day',
  examples: ['"07:30"'],
  read: readTimeOfDay,
});

/** When a routine runs: at a time, when a person agrees, or not at all. */
export type RoutineTime =
  | { readonly kind: 'at'; readonly time: TimeOfDay; readonly weekday?: number; readonly dayOfMonth?: number }
  | { readonly kind: 'ask' }
  | { readonly kind: 'off' };

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function readRoutine(
  text: string,
  readDay?: (day: string) => RoutineDay | undefined,
): RoutineTime | undefined {
  if (text === 'ask' || text === 'off') return { kind: text };
  const [day = '', clock = ''] = readDay === undefined ? ['', text] : text.split(' ', 2);
  const time = readTimeOfDay(clock);
  const on = readDay === undefined ? {} : readDay(day);
  return time === undefined || on === undefined || (readDay !== undefined && text !== `${day} ${clock}`)
    ? undefined
    : { kind: 'at', time, ...on };
}

interface RoutineDay {
  readonly weekday?: number;
  readonly dayOfMonth?: number;
}

function readWeekday(day: string): RoutineDay | undefined {
  return WEEKDAYS.includes(day) ? { weekday: WEEKDAYS.indexOf(day) } : undefined;
}

function readDayOfMonth(day: string): RoutineDay | undefined {
  const date = Number(/^(\d{1,2})(?:st|nd|rd|th)$/.exec(day)?.[1]);
  return date >= 1 && date <= 28 ? { dayOfMonth: date } : undefined;
}

export const dailyField = textField({
  what: 'a time of day, ask or off',
  examples: ['"06:00"', 'ask'],
  read: (text) => readRoutine(text),
});
export const weeklyField = textField({
  what: 'a weekday and a time, ask or off',
  examples: ['Sun 05:00', 'ask'],
  read: (text) => readRoutine(text, readWeekday),
});
export const monthlyField = textField({
  what: 'a day up to the 28th and a time, ask or off',
  examples: ['1st 04:00', 'ask'],
  read: (text) => readRoutine(text, readDayOfMonth),
});

/** A day or a moment in the cluster's time zone; kept as written, because a zone's rules can change until then. */
export const dateField = textField({
  what: 'a date, with a time if needed',
  examples: ['2026-12-20', '2026-12-20T22:00'],
  read: (text) =>
    /^\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d)?$/.test(text) && isDay(text.slice(0, 10))
      ? text
      : undefined,
});

/** JavaScript reads 31 February as 3 March. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

const CRON_FIELDS: readonly (readonly [number, number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
];

export const cronField = textField({
  what: 'five cron fields (minute, hour, day, month, weekday)',
  examples: ['"0 22 28 * *"'],
  read: (text) => {
    const fields = text.split(' ');
    const good =
      fields.length === 5 && fields.every((field, index) => isCronField(field, CRON_FIELDS[index] ?? [0, 0]));
    return good && isSchedule(text) ? text : undefined;
  },
});

/** What the fields alone do not show: a range that runs backwards, a step without a range. */
function isSchedule(text: string): boolean {
  try {
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isCronField(field: string, [least, most]: readonly [number, number]): boolean {
  return field.split(',').every((part) => {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
    const numbers = [match?.[1], match?.[2]].filter((one) => one !== undefined).map(Number);
    return match !== null && match[3] !== '0' && numbers.every((one) => one >= least && one <= most);
  });
}

export type KeepFor = { readonly kind: 'ever' } | { readonly kind: 'time'; readonly ms: number };

export const keepField = textField({
  what: 'a duration with its unit, or forever',
  examples: ['180d', 'forever'],
  read: (text): KeepFor | undefined => {
    if (text === 'forever') return { kind: 'ever' };
    const ms = readDuration(text);
    return ms === undefined || ms === 0 ? undefined : { kind: 'time', ms };
  },
});

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export const listenField = textField({
  what: 'an address and a port',
  examples: ['0.0.0.0:8080', '127.0.0.1:0'],
  read: (text): ListenAddress | undefined => {
    const match = /^(\[[0-9a-f:]+\]|[a-zA-Z0-9.-]+):(\d{1,5})$/.exec(text);
    const port = Number(match?.[2]);
    return match === null || port > 65_535
      ? undefined
      : { host: (match[1] ?? '').replaceAll(/[[\]]/g, ''), port };
  },
});

/** Where state is kept. PostgreSQL has no form here yet, so only SQLite is accepted. */
export interface StorePlace {
  readonly kind: 'sqlite';
  readonly path: string;
}

export const storeField = textField({
  what: 'sqlite: and the path of the database file',
  examples: ['sqlite:/var/lib/runova/runova.db'],
  read: (text): StorePlace | undefined => {
    const path = /^sqlite:([^\0\n]+)$/.exec(text)?.[1];
    return path === undefined || path.startsWith('//') ? undefined : { kind: 'sqlite', path };
  },
});

export const repositoryField = textField({
  what: 'owner/name of a repository',
  examples: ['acme/platform'],
  read: (text) => (/^[\w][\w.-]{0,99}\/[\w][\w.-]{0,99}$/.test(text) ? text : undefined),
});

export const autonomyField = z.enum(['observe', 'ask', 'auto']);
