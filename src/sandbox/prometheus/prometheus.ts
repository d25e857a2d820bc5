import type { Clock } from '../../ports/clock.ts';
import { listenOnLoopback, type ListenOptions } from '../loopback-server.ts';
import { AlertSender } from './alert-sender.ts';
import { answerApi } from './api.ts';
import { labelsOf } from './labels.ts';
import { RuleEngine } from './rule-engine.ts';
import { parseRules, type RuleFile } from './rule-file.ts';
import { scrape, scrapedTarget, type ScrapeTarget } from './scraper.ts';
import { SeriesStore, type SampleValue } from './series-store.ts';

/** Prometheus' default `--query.lookback-delta`. */
const LOOKBACK_MS = 5 * 60_000;

/** How long samples are kept: more than any range a shipped measure or rule asks for. */
const RETENTION_MS = 6 * 3_600_000;

/** What to scrape, to evaluate and to tell. Durations in milliseconds. */
export interface PrometheusOptions {
  readonly clock: Clock;
  readonly listen?: ListenOptions;
  readonly scrape?: readonly ScrapeTarget[];
  /** Rule groups in the standard rule-file format: YAML text or its parsed content. */
  readonly rules?: string | RuleFile;
  /** Default 15 s. */
  readonly scrapeIntervalMs?: number;
  /** Default: the scrape interval. */
  readonly evaluationIntervalMs?: number;
  /** Base URLs. */
  readonly alertmanagers?: readonly string[];
  /** Default 60 s, as `--rules.alert.resend-delay`. */
  readonly resendDelayMs?: number;
  readonly externalLabels?: Readonly<Record<string, string>>;
  /** Default: the address it listens on. */
  readonly externalUrl?: string;
}

/** A running stand-in. */
export interface Prometheus {
  readonly url: string;
  /** Stops scraping and evaluating; queries are still answered, from data that ages. */
  pause(): void;
  /** Scrapes and evaluates again. */
  resume(): void;
  /** Scrapes every target now. */
  scrape(): Promise<void>;
  /** Evaluates every rule now; resolves when alerts have been sent. */
  evaluate(): Promise<void>;
  /** Adds a sample of the past or now; samples of a series come in time order. */
  append(labels: Readonly<Record<string, string>>, timeMs: number, value: SampleValue): void;
  /** Stops listening; resolves after the scrape or evaluation that is under way. */
  stop(): Promise<void>;
}

/** Starts a stand-in of Prometheus 2.42 on the loopback. Rejects when the rules are wrong or the port is taken. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { clock } = options;
  const scrapeIntervalMs = options.scrapeIntervalMs ?? 15_000;
  const evaluationIntervalMs = options.evaluationIntervalMs ?? scrapeIntervalMs;
  const store = new SeriesStore(RETENTION_MS);
  const targets = (options.scrape ?? []).map(scrapedTarget);
  let url = '';
  const sender = new AlertSender({
    alertmanagers: options.alertmanagers ?? [],
    resendDelayMs: options.resendDelayMs ?? 60_000,
    externalLabels: options.externalLabels ?? {},
    clock,
    externalUrl: () => options.externalUrl ?? url,
  });
  const externalLabels = options.externalLabels ?? {};
  const rules = new RuleEngine(parseRules(options.rules ?? { groups: [] }), {
    store,
    clock,
    lookbackMs: LOOKBACK_MS,
    evaluationIntervalMs,
    externalLabels,
    sender,
  });
  const nowMs = (): number => clock.now();
  const sources = {
    store,
    rules,
    targets,
    scrapeIntervalMs,
    evaluationIntervalMs,
    lookbackMs: LOOKBACK_MS,
    nowMs,
  };
  const server = await listenOnLoopback(
    (request, response) => answerApi(request, response, sources),
    options.listen,
  );
  url = server.url;

  const scrapeAll = async (): Promise<void> => {
    await Promise.all(targets.map((target) => scrape(target, { store, clock, timeoutMs: scrapeIntervalMs })));
  };
  const loops = [
    repeatedly(clock, scrapeIntervalMs, scrapeAll),
    ...rules.groups.map((group) => repeatedly(clock, group.intervalMs, () => rules.evaluate(group))),
  ];
  return {
    url,
    pause: () => loops.forEach((loop) => loop.pause()),
    resume: () => loops.forEach((loop) => loop.resume()),
    scrape: scrapeAll,
    evaluate: async () => {
      for (const group of rules.groups) await rules.evaluate(group);
    },
    append: (labels, timeMs, value) => store.append(labelsOf(Object.entries(labels)), timeMs, value),
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
      await server.close();
    },
  };
}

interface Loop {
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Runs `work` at once and then every interval; a run that takes longer skips the moments that it missed. */
function repeatedly(clock: Clock, intervalMs: number, work: () => Promise<void>): Loop {
  let paused = false;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let dueMs = clock.monotonic();
  const round = (): void => {
    if (!paused) running = work();
    void running.then(() => {
      if (stopped) return;
      dueMs += intervalMs;
      const lateMs = clock.monotonic() - dueMs;
      if (lateMs > 0) dueMs += Math.ceil(lateMs / intervalMs) * intervalMs;
      cancel = clock.after(Math.max(0, dueMs - clock.monotonic()), round);
    });
  };
  let cancel = clock.after(0, round);
  return {
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    stop: async () => {
      stopped = true;
      cancel();
      await running;
    },
  };
}
