import { extreme, mean, sum, variance } from './aggregate.ts';
import { quantile } from './quantile.ts';
import type { Point } from './series-store.ts';

/** The window a range function looks at: both ends included, at least one point inside. */
export interface Window {
  readonly points: readonly Point[];
  readonly fromMs: number;
  readonly toMs: number;
  /** The moment of evaluation, which predict_linear looks ahead from. */
  readonly atMs: number;
}

type RangeFunction = (window: Window, parameter: number) => number | undefined;

/** The functions of one range each; undefined means that the window has too few points for an answer. */
export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ['rate', (window) => extrapolated(window, { counter: true, perSecond: true })],
  ['increase', (window) => extrapolated(window, { counter: true, perSecond: false })],
  ['delta', (window) => extrapolated(window, { counter: false, perSecond: false })],
  ['irate', (window) => lastStep(window, true)],
  ['idelta', (window) => lastStep(window, false)],
  ['avg_over_time', ({ points }) => mean(values(points))],
  ['sum_over_time', ({ points }) => sum(values(points))],
  ['count_over_time', ({ points }) => points.length],
  ['min_over_time', ({ points }) => extreme(values(points), (candidate, best) => candidate < best)],
  ['max_over_time', ({ points }) => extreme(values(points), (candidate, best) => candidate > best)],
  ['last_over_time', ({ points }) => points.at(-1)?.value],
  ['present_over_time', () => 1],
  ['stddev_over_time', ({ points }) => Math.sqrt(variance(values(points)))],
  ['stdvar_over_time', ({ points }) => variance(values(points))],
  ['quantile_over_time', ({ points }, q) => quantile(q, values(points))],
  [
    'changes',
    ({ points }) =>
      countSteps(points, (from, to) => from !== to && !(Number.isNaN(from) && Number.isNaN(to))),
  ],
  ['resets', ({ points }) => countSteps(points, (from, to) => to < from)],
  ['deriv', ({ points }) => regression(points, points[0]?.timeMs ?? 0)?.slope],
  [
    'predict_linear',
    ({ points, atMs }, seconds) => {
      const line = regression(points, atMs);
      return line === undefined ? undefined : line.slope * seconds + line.intercept;
    },
  ],
]);

function values(points: readonly Point[]): number[] {
  return points.map((point) => point.value);
}

/**
 * The growth over the window, stretched to its ends: fully where the first (last) sample lies within 1.1 average
 * intervals of the end, else by half an interval; a counter is not stretched below zero (as Prometheus does it,
 * promql/functions.go extrapolatedRate).
 */
function extrapolated(window: Window, kind: { counter: boolean; perSecond: boolean }): number | undefined {
  const { points } = window;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return undefined;
  const growth = last.value - first.value + (kind.counter ? sum(resetValues(points)) : 0);
  const sampledMs = last.timeMs - first.timeMs;
  const averageMs = sampledMs / (points.length - 1);
  let toStartMs = first.timeMs - window.fromMs;
  const toEndMs = window.toMs - last.timeMs;
  if (kind.counter && growth > 0 && first.value >= 0) {
    toStartMs = Math.min(toStartMs, sampledMs * (first.value / growth));
  }
  const stretch = (gapMs: number): number => (gapMs < averageMs * 1.1 ? gapMs : averageMs / 2);
  const result = growth * ((sampledMs + stretch(toStartMs) + stretch(toEndMs)) / sampledMs);
  return kind.perSecond ? result / ((window.toMs - window.fromMs) / 1000) : result;
}

/** What a counter had reached before each of its resets. */
function resetValues(points: readonly Point[]): number[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    return before !== undefined && point.value < before.value ? [before.value] : [];
  });
}

function lastStep({ points }: Window, counter: boolean): number | undefined {
  const last = points.at(-1);
  const before = points.at(-2);
  if (last === undefined || before === undefined || last.timeMs === before.timeMs) return undefined;
  if (!counter) return last.value - before.value;
  const growth = last.value < before.value ? last.value : last.value - before.value;
  return growth / ((last.timeMs - before.timeMs) / 1000);
}

function countSteps(points: readonly Point[], counts: (from: number, to: number) => boolean): number {
  return points.filter((point, index) => {
    const before = points[index - 1];
    return before !== undefined && counts(before.value, point.value);
  }).length;
}

/** The least-squares line through the points, per second, with its value at `interceptMs`. */
function regression(
  points: readonly Point[],
  interceptMs: number,
): { slope: number; intercept: number } | undefined {
  const first = points[0];
  if (first === undefined || points.length < 2) return undefined;
  if (points.every((point) => point.value === first.value)) {
    return Number.isFinite(first.value)
      ? { slope: 0, intercept: first.value }
      : { slope: Number.NaN, intercept: Number.NaN };
  }
  const xs = points.map((point) => (point.timeMs - interceptMs) / 1000);
  const meanX = mean(xs);
  const meanY = mean(values(points));
  const covariance = sum(points.map((point, index) => ((xs[index] ?? 0) - meanX) * (point.value - meanY)));
  const slope = covariance / sum(xs.map((x) => (x - meanX) ** 2));
  return { slope, intercept: meanY - slope * meanX };
}
