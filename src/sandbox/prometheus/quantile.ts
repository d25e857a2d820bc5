import { labelKey, METRIC_NAME, withoutLabels, type Labels } from './labels.ts';
import { parseNumber } from './number-format.ts';
import type { Sample } from './value.ts';

/** The q-quantile of values by linear interpolation; out of [0, 1] it is an infinity, of nothing NaN. */
export function quantile(q: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  // NaN counts as the smallest, as Prometheus sorts it.
  const sorted = [...values].toSorted((a, b) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b));
  const rank = q * (sorted.length - 1);
  const low = Math.max(0, Math.floor(rank));
  const high = Math.min(sorted.length - 1, low + 1);
  const weight = rank - Math.floor(rank);
  return (sorted[low] ?? Number.NaN) * (1 - weight) + (sorted[high] ?? Number.NaN) * weight;
}

interface Bucket {
  readonly upperBound: number;
  readonly count: number;
}

const BUCKET_LABELS: ReadonlySet<string> = new Set(['le', METRIC_NAME]);

/** The q-quantile per histogram of a vector of cumulative buckets; elements without a readable `le` are left out. */
export function histogramQuantiles(q: number, samples: readonly Sample[]): Sample[] {
  const histograms = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const { labels, value } of samples) {
    const upperBound = parseNumber(labels.get('le') ?? '');
    if (upperBound === undefined) continue;
    const rest = withoutLabels(labels, BUCKET_LABELS);
    const histogram = histograms.get(labelKey(rest)) ?? { labels: rest, buckets: [] };
    histograms.set(labelKey(rest), histogram);
    histogram.buckets.push({ upperBound, count: value });
  }
  return [...histograms.values()].map(({ labels, buckets }) => ({
    labels,
    value: bucketQuantile(q, buckets),
  }));
}

function bucketQuantile(q: number, unsorted: readonly Bucket[]): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const buckets = monotonic(coalesced([...unsorted].toSorted((a, b) => a.upperBound - b.upperBound)));
  const last = buckets.at(-1);
  if (last === undefined || last.upperBound !== Infinity || buckets.length < 2) return Number.NaN;
  if (last.count === 0 || Number.isNaN(last.count)) return Number.NaN;
  const rank = q * last.count;
  const found = buckets.slice(0, -1).findIndex((bucket) => bucket.count >= rank);
  if (found === -1) return buckets.at(-2)?.upperBound ?? Number.NaN;
  return interpolated(buckets, found, rank);
}

function interpolated(buckets: readonly Bucket[], index: number, rank: number): number {
  const bucket = buckets[index];
  const before = buckets[index - 1];
  if (bucket === undefined) return Number.NaN;
  if (before === undefined) {
    return bucket.upperBound <= 0 ? bucket.upperBound : bucket.upperBound * (rank / bucket.count);
  }
  const share = (rank - before.count) / (bucket.count - before.count);
  return before.upperBound + (bucket.upperBound - before.upperBound) * share;
}

function coalesced(buckets: readonly Bucket[]): Bucket[] {
  const merged: Bucket[] = [];
  for (const bucket of buckets) {
    const last = merged.at(-1);
    if (last?.upperBound === bucket.upperBound) {
      merged[merged.length - 1] = { upperBound: bucket.upperBound, count: last.count + bucket.count };
    } else {
      merged.push(bucket);
    }
  }
  return merged;
}

function monotonic(buckets: readonly Bucket[]): Bucket[] {
  let highest = -Infinity;
  return buckets.map((bucket) => {
    highest = bucket.count > highest ? bucket.count : highest;
    return { upperBound: bucket.upperBound, count: highest };
  });
}
