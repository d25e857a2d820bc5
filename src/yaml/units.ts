import { parseDurationMs } from '../domain/duration.ts';

/** Ten years: longer is a slip of the keyboard. */
const DURATION_MAX_MS = 3_650 * 86_400_000;

/** `10m`, `90s`, `1h30m` in whole milliseconds; undefined for anything else, a bare number included. */
export function readDuration(text: string): number | undefined {
  const ms = parseDurationMs(text);
  return ms !== undefined && Number.isInteger(ms) && ms <= DURATION_MAX_MS ? ms : undefined;
}

/** The shortest writing that `readDuration` reads back: `15m`, `90s`, `1d`. */
export function writeDuration(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ];
  const [name, size] = units.find(([, unitMs]) => ms > 0 && ms % unitMs === 0) ?? ['ms', 1];
  return `${ms / size}${name}`;
}

/** `3 per 24h`: so many in so long. */
export function readRate(text: string): { readonly count: number; readonly perMs: number } | undefined {
  const match = /^(\d{1,6}) per (\S{1,20})$/.exec(text);
  const perMs = readDuration(match?.[2] ?? '');
  const count = Number(match?.[1]);
  return match === null || perMs === undefined || perMs === 0 || count === 0 ? undefined : { count, perMs };
}

/** `34%` as 0.34. */
export function readPercent(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)%$/.exec(text);
  return match === null ? undefined : hundredth(match[1] ?? '');
}

/** A hundredth of a decimal number, without the rounding of a division: `80` → 0.8, `0.1` → 0.001. */
function hundredth(decimal: string): number {
  return Number(`${decimal}e-2`);
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** Kubernetes' way to write memory: `512Mi`, `2G`. */
export function readBytes(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(Ki|Mi|Gi|Ti|k|M|G|T)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (BYTE_UNITS[match[2] ?? ''] ?? 1);
}

/** An amount of money as people write it: `15.00 EUR`. */
export function readMoney(text: string): { readonly amount: number; readonly currency: string } | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,2})?) ([A-Z]{3})$/.exec(text);
  return match === null ? undefined : { amount: Number(match[1]), currency: match[2] ?? '' };
}
