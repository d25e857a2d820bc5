import { z } from 'zod';
import { readDuration, readMoney, readPercent, readRate } from './units.ts';

/** A message with its remedy, in the form that `checkShape` takes apart again. */
export function withRemedy(message: string, remedy: string): string {
  return `${message}\n${remedy}`;
}

/** What a text field accepts: read gives the value, or undefined for a text that it does not accept. */
export interface TextField<T> {
  /** What it is, with its article: `a duration with its unit`. */
  readonly what: string;
  /** Two or three writings that are accepted. */
  readonly examples: readonly string[];
  readonly read: (text: string) => T | undefined;
  /** What stands here may be a secret that was written into the wrong place: errors do not repeat it. */
  readonly hidden?: boolean;
}

/** A text that means something: anything else is refused with examples of what is accepted. */
export function textField<T>({ what, examples, read, hidden = false }: TextField<T>): z.ZodType<T, string> {
  const remedy = `write ${what}, such as ${examples.join(' or ')}`;
  const refusal = (input: unknown): string =>
    withRemedy(hidden ? `is not ${what}` : `${JSON.stringify(input)} is not ${what}`, remedy);
  return z
    .string({
      error: ({ input }) => (input === undefined ? withRemedy('is missing', remedy) : refusal(input)),
    })
    .max(1_024)
    .transform((text, context) => {
      const value = read(text);
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: refusal(text), input: text });
      return z.NEVER;
    })
    .meta({ description: `${what.slice(0, 1).toUpperCase()}${what.slice(1)}`, examples: [...examples] });
}

export const durationField = textField({
  what: 'a duration with its unit',
  examples: ['90s', '10m', '24h'],
  read: (text) => {
    const ms = readDuration(text);
    return ms === 0 ? undefined : ms;
  },
});

export const rateField = textField({
  what: 'a number per time',
  examples: ['3 per 24h', '4 per 1h'],
  read: readRate,
});

/** A share above nothing and up to everything, as 0 to 1. */
export const shareField = textField({
  what: 'a percentage from above 0% to 100%',
  examples: ['34%', '80%'],
  read: (text) => {
    const share = readPercent(text);
    return share !== undefined && share > 0 && share <= 1 ? share : undefined;
  },
});

export const moneyField = textField({
  what: 'an amount with its currency',
  examples: ['15.00 EUR'],
  read: readMoney,
});

/** A line of text for people. */
export function lineField(maxLength = 200): z.ZodString {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^\P{Cc}*$/u, withRemedy('holds a control character', 'write one line of plain text'));
}

export const nameField = textField({
  what: 'a name of small letters, digits and hyphens, at most 63',
  examples: ['high-memory-usage'],
  read: (text) => (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text) ? text : undefined),
});

export const countField = z.int().min(1).max(1_000_000);
