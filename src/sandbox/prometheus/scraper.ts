import type { Clock } from '../../ports/clock.ts';
import { labelKey, labelsOf, METRIC_NAME, type Labels } from './labels.ts';
import type { SeriesStore } from './series-store.ts';
import { parseTextFormat, type ScrapedSample } from './text-format.ts';

/** One thing to scrape: an address, or a function that yields the text format (a throw is a failed scrape). */
export interface ScrapeTarget {
  readonly job: string;
  readonly url?: string;
  readonly collect?: () => string | Promise<string>;
  /** Default: host and port of `url`, else the job's name. */
  readonly instance?: string;
  /** Further labels of the target, as a static configuration gives them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether the exporter's own `job` and `instance` win; else they become `exported_job` and so on. */
  readonly honorLabels?: boolean;
}

/** A target with the outcome of its last scrape. */
export interface ScrapedTarget {
  readonly target: ScrapeTarget;
  readonly labels: Labels;
  health: 'unknown' | 'up' | 'down';
  lastError: string;
  lastScrapeMs: number | undefined;
  durationSeconds: number;
  /** Series of the last good scrape that carry the scrape's time: they end when they are missing from the next. */
  alive: ReadonlyMap<string, Labels>;
}

/** Prepares a target. Throws a `TypeError` for an unusable address. */
export function scrapedTarget(target: ScrapeTarget): ScrapedTarget {
  const instance = target.instance ?? (target.url === undefined ? target.job : new URL(target.url).host);
  return {
    target,
    labels: labelsOf([['job', target.job], ['instance', instance], ...Object.entries(target.labels ?? {})]),
    health: 'unknown',
    lastError: '',
    lastScrapeMs: undefined,
    durationSeconds: 0,
    alive: new Map(),
  };
}

/** Scrapes once and stores the samples, the target's own series (`up` and others) and staleness markers. */
export async function scrape(
  scraped: ScrapedTarget,
  surroundings: { store: SeriesStore; clock: Clock; timeoutMs: number },
): Promise<void> {
  const { store, clock } = surroundings;
  const nowMs = clock.now();
  const startedMs = clock.monotonic();
  let samples: ScrapedSample[] = [];
  try {
    samples = parseTextFormat(await read(scraped.target, surroundings));
    scraped.health = 'up';
    scraped.lastError = '';
  } catch (error) {
    scraped.health = 'down';
    scraped.lastError = reason(error);
  }
  scraped.lastScrapeMs = nowMs;
  scraped.durationSeconds = (clock.monotonic() - startedMs) / 1000;
  const before = scraped.alive;
  scraped.alive = storeSamples(scraped, samples, store, nowMs);
  for (const [key, labels] of before) {
    if (!scraped.alive.has(key)) store.append(labels, nowMs, 'stale');
  }
  storeReport(scraped, store, { nowMs, samples: samples.length, added: added(before, scraped.alive) });
}

async function read(
  target: ScrapeTarget,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<string> {
  if (target.collect !== undefined) return target.collect();
  if (target.url === undefined) throw new Error('target has neither url nor collect');
  const abort = new AbortController();
  const cancel = clock.after(timeoutMs, () => abort.abort());
  try {
    const answer = await fetch(target.url, {
      signal: abort.signal,
      headers: { accept: 'text/plain;version=0.0.4' },
    });
    const text = await answer.text();
    if (answer.status !== 200)
      throw new Error(`server returned HTTP status ${answer.status} ${answer.statusText}`);
    return text;
  } finally {
    cancel();
  }
}

function storeSamples(
  scraped: ScrapedTarget,
  samples: readonly ScrapedSample[],
  store: SeriesStore,
  nowMs: number,
): Map<string, Labels> {
  const alive = new Map<string, Labels>();
  for (const sample of samples) {
    const labels = targetLabels(sample.labels, scraped.labels, scraped.target.honorLabels ?? false);
    store.append(labels, sample.timeMs ?? nowMs, sample.value);
    // A series with its own times gets no markers: the exporter decides when it is.
    if (sample.timeMs === undefined) alive.set(labelKey(labels), labels);
  }
  return alive;
}

function targetLabels(own: Labels, target: Labels, honorLabels: boolean): Labels {
  if (honorLabels) return labelsOf([...target, ...own]);
  const renamed = [...own].map(
    ([name, value]) => [target.has(name) ? `exported_${name}` : name, value] as const,
  );
  return labelsOf([...renamed, ...target]);
}

function storeReport(
  scraped: ScrapedTarget,
  store: SeriesStore,
  report: { nowMs: number; samples: number; added: number },
): void {
  const series: Readonly<Record<string, number>> = {
    up: scraped.health === 'up' ? 1 : 0,
    scrape_duration_seconds: scraped.durationSeconds,
    scrape_samples_scraped: report.samples,
    scrape_samples_post_metric_relabeling: report.samples,
    scrape_series_added: report.added,
  };
  for (const [name, value] of Object.entries(series)) {
    store.append(labelsOf([...scraped.labels, [METRIC_NAME, name]]), report.nowMs, value);
  }
}

function added(before: ReadonlyMap<string, Labels>, after: ReadonlyMap<string, Labels>): number {
  return [...after.keys()].filter((key) => !before.has(key)).length;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
