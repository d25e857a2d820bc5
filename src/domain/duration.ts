const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads `90s`, `10m`, `1h30m`, `2d` into milliseconds. Undefined for anything else: a bare number has no unit
 * and is refused, so that nobody waits ten milliseconds for a fix.
 */
export function parseDurationMs(text: string): number | undefined {
  const part = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y;
  let totalMs = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    totalMs += Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? Number.NaN);
  }
  return text === '' || !Number.isFinite(totalMs) ? undefined : totalMs;
}

/** As people say it, in at most two units: `850 ms`, `4 s`, `10m`, `6m 40s`, `3h 5m`, `9d`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ];
  const first = units.findIndex(([, size]) => ms >= size);
  const [bigName, bigSize] = units[first] ?? ['s', 1_000];
  const [smallName, smallSize] = units[first + 1] ?? ['s', 1_000];
  const big = Math.floor(ms / bigSize);
  const small = Math.floor((ms % bigSize) / smallSize);
  return small === 0 || bigName === smallName ? `${big}${bigName}` : `${big}${bigName} ${small}${smallName}`;
}
