import { labelKey, METRIC_NAME, type Labels } from './labels.ts';
import { matchesAll, type Matcher } from './matcher.ts';

/** A value, or the marker that says the series ended here. */
export type SampleValue = number | 'stale';

/** One moment of a series that has a value. */
export interface Point {
  readonly timeMs: number;
  readonly value: number;
}

interface Series {
  readonly labels: Labels;
  readonly times: number[];
  readonly values: SampleValue[];
}

/** Samples by series, in memory, oldest dropped. Each series takes samples in time order only. */
export class SeriesStore {
  readonly #series = new Map<string, Series>();
  readonly #byName = new Map<string, Map<string, Series>>();
  readonly #retentionMs: number;

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  /** Adds a sample; one that is not newer than the last of its series is ignored, as Prometheus drops it. */
  append(labels: Labels, timeMs: number, value: SampleValue): void {
    const series = this.#of(labels);
    const last = series.times.at(-1);
    if (last !== undefined && last >= timeMs) return;
    series.times.push(timeMs);
    series.values.push(value);
    const outdated = timeMs - this.#retentionMs;
    // Pruned in batches: shifting an array for every sample would cost more than the memory it saves.
    if ((series.times[0] ?? timeMs) < outdated - this.#retentionMs / 4) prune(series, outdated);
  }

  /** The label sets that match and have a sample within [fromMs, toMs]. */
  select(matchers: readonly Matcher[], fromMs: number, toMs: number): Labels[] {
    return this.#matching(matchers)
      .filter((series) => series.times[indexAfter(series.times, toMs) - 1] !== undefined)
      .filter((series) => (series.times[indexAfter(series.times, toMs) - 1] ?? -Infinity) >= fromMs)
      .map((series) => series.labels);
  }

  /** The newest sample per matching series within [atMs - lookbackMs, atMs]; ended series are left out. */
  instant(matchers: readonly Matcher[], atMs: number, lookbackMs: number): (Point & { labels: Labels })[] {
    const found: (Point & { labels: Labels })[] = [];
    for (const { labels, times, values } of this.#matching(matchers)) {
      const index = indexAfter(times, atMs) - 1;
      const timeMs = times[index];
      const value = values[index];
      if (timeMs === undefined || value === undefined || value === 'stale') continue;
      if (timeMs >= atMs - lookbackMs) found.push({ labels, timeMs, value });
    }
    return found;
  }

  /** The samples per matching series within [fromMs, toMs], without markers; series without any are left out. */
  range(matchers: readonly Matcher[], fromMs: number, toMs: number): { labels: Labels; points: Point[] }[] {
    const found: { labels: Labels; points: Point[] }[] = [];
    for (const { labels, times, values } of this.#matching(matchers)) {
      const points: Point[] = [];
      const end = indexAfter(times, toMs);
      for (let index = indexAfter(times, fromMs - 1e-3); index < end; index += 1) {
        const value = values[index];
        if (typeof value === 'number') points.push({ timeMs: times[index] ?? 0, value });
      }
      if (points.length > 0) found.push({ labels, points });
    }
    return found;
  }

  #of(labels: Labels): Series {
    const key = labelKey(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, times: [], values: [] };
      this.#series.set(key, series);
      const name = labels.get(METRIC_NAME) ?? '';
      const named = this.#byName.get(name) ?? new Map<string, Series>();
      this.#byName.set(name, named.set(key, series));
    }
    return series;
  }

  #matching(matchers: readonly Matcher[]): Series[] {
    const name = matchers.find((one) => one.name === METRIC_NAME && one.operator === '=')?.value;
    const candidates =
      name === undefined ? this.#series : (this.#byName.get(name) ?? new Map<string, Series>());
    return [...candidates.values()].filter((series) => matchesAll(matchers, series.labels));
  }
}

/** The index of the first time after `timeMs`, by halving. */
function indexAfter(times: readonly number[], timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Infinity) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function prune(series: Series, beforeMs: number): void {
  const count = indexAfter(series.times, beforeMs);
  series.times.splice(0, count);
  series.values.splice(0, count);
}
