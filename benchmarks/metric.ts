/** One measured number beside what the machine itself could do in the same minute. */
export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same unit, measured in the same run; absent where nothing bounds it. */
  readonly floor?: number;
  /** What docs/benchmarks.md promises. */
  readonly expected: Expected;
}

/** A promise about the value itself, or about its share of the floor. */
export type Expected =
  | { readonly of: 'value' | 'ratio'; readonly atLeast: number }
  | { readonly of: 'value' | 'ratio'; readonly atMost: number }
  | { readonly of: 'nothing' };

export const NOTHING: Expected = { of: 'nothing' };

/** The value as a share of its floor, where it has one. */
export function ratioOf({ value, floor }: Metric): number | undefined {
  return floor === undefined || floor === 0 ? undefined : value / floor;
}

/** Undefined where nothing is promised. */
export function isMet(metric: Metric): boolean | undefined {
  const { expected } = metric;
  if (expected.of === 'nothing') return undefined;
  const seen = expected.of === 'value' ? metric.value : ratioOf(metric);
  if (seen === undefined) return undefined;
  return 'atLeast' in expected ? seen >= expected.atLeast : seen <= expected.atMost;
}

/** As `--json` prints it: what has no floor has null there. */
export function jsonOf(metrics: readonly Metric[]): string {
  const rows = metrics.map((metric) => ({
    name: metric.name,
    value: rounded(metric.value),
    unit: metric.unit,
    floor: metric.floor === undefined ? null : rounded(metric.floor),
    ratio: rounded(ratioOf(metric) ?? Number.NaN),
  }));
  return `${JSON.stringify({ metrics: rows })}\n`;
}

/** Three digits are more than a shared machine can repeat. */
export function rounded(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3));
}

/** For people: a row a metric, columns aligned, no borders. */
export function tableOf(metrics: readonly Metric[]): string {
  const rows = metrics.map((metric) => [
    metric.name,
    shown(metric.value),
    metric.unit,
    shown(metric.floor),
    shown(ratioOf(metric)),
    expectedText(metric.expected),
    verdictText(isMet(metric)),
  ]);
  const lines = [['METRIC', 'VALUE', 'UNIT', 'FLOOR', 'RATIO', 'EXPECTED', ''], ...rows];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const text = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return `${text.map((line) => line.trimEnd()).join('\n')}\n`;
}

function shown(value: number | undefined): string {
  return value === undefined ? '-' : String(rounded(value));
}

function expectedText(expected: Expected): string {
  if (expected.of === 'nothing') return '-';
  const bound = 'atLeast' in expected ? `>= ${expected.atLeast}` : `<= ${expected.atMost}`;
  return expected.of === 'ratio' ? `${bound} of the floor` : bound;
}

function verdictText(met: boolean | undefined): string {
  if (met === undefined) return '';
  return met ? 'met' : 'MISSED';
}
