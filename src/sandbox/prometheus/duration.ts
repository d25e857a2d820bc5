const UNITS = [
  ['y', 365 * 24 * 3_600_000, true],
  ['w', 7 * 24 * 3_600_000, true],
  ['d', 24 * 3_600_000, false],
  ['h', 3_600_000, false],
  ['m', 60_000, false],
  ['s', 1_000, false],
  ['ms', 1, false],
] as const;

const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds of a Prometheus duration (`1h30m`, `5m`, `0`), or undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : PATTERN.exec(text);
  if (match === null) return undefined;
  return UNITS.reduce((sum, [, unitMs], index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
}

/** Prints milliseconds as Prometheus does: years and weeks only when they come out even. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let text = '';
  for (const [unit, unitMs, exact] of UNITS) {
    if (exact && rest % unitMs !== 0) continue;
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text;
}
