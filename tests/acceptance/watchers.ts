import { WallClock } from '../../src/platform/wall-clock.ts';
import { startAlertmanager } from '../../src/sandbox/alertmanager/alertmanager.ts';
import { startFaultProxy } from '../../src/sandbox/fault-proxy.ts';
import { startPrometheus } from '../../src/sandbox/prometheus/prometheus.ts';
import { startRealAlertmanager } from '../neighbours/real-alertmanager.ts';
import { startRealPrometheus } from '../neighbours/real-prometheus.ts';
import { openMetrics, type HistorySample } from '../neighbours/synthetic-history.ts';
import { RULES } from './rules.ts';

/** Whether the real programs watch the cluster or our stand-ins. */
export type WatcherKind = 'real' | 'stand-ins';

export interface WatchersOptions {
  readonly kind: WatcherKind;
  readonly scrape: readonly { readonly job: string; readonly url: string }[];
  readonly history: readonly HistorySample[];
  /** Alertmanager's routes and receivers, as a configuration object. */
  readonly alertmanager: object;
}

/** Prometheus and Alertmanager, at addresses that stay while the programs come and go. */
export interface Watchers {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  /** Ends Alertmanager and starts it anew: it has forgotten its alerts. */
  restartAlertmanager(): Promise<void>;
  killPrometheus(): Promise<void>;
  startPrometheus(): Promise<void>;
  stop(): Promise<void>;
}

const INTERVAL_MS = 1_000;

/** Starts both; every interval is a second. */
export function startWatchers(options: WatchersOptions): Promise<Watchers> {
  return options.kind === 'real' ? real(options) : standIns(options);
}

async function real(options: WatchersOptions): Promise<Watchers> {
  const alertmanager = await startRealAlertmanager({ config: JSON.stringify(options.alertmanager) });
  const prometheus = await startRealPrometheus({
    scrape: options.scrape,
    rules: RULES,
    scrapeIntervalMs: INTERVAL_MS,
    evaluationIntervalMs: INTERVAL_MS,
    alertmanagers: [alertmanager.url],
    resendDelayMs: INTERVAL_MS,
    externalLabels: { cluster: 'acceptance' },
    ...(options.history.length === 0 ? {} : { history: openMetrics(options.history) }),
  });
  return {
    prometheusUrl: prometheus.url,
    alertmanagerUrl: alertmanager.url,
    restartAlertmanager: async () => {
      await alertmanager.kill();
      await alertmanager.start();
    },
    killPrometheus: () => prometheus.kill(),
    startPrometheus: () => prometheus.start(),
    stop: async () => {
      await Promise.all([prometheus.stop(), alertmanager.stop()]);
    },
  };
}

async function standIns(options: WatchersOptions): Promise<Watchers> {
  const clock = new WallClock();
  const config = JSON.stringify(options.alertmanager);
  let alertmanager = await startAlertmanager({ clock, config });
  const { url } = alertmanager;
  const prometheus = await startPrometheus({
    clock,
    scrape: options.scrape.map(({ job, url: address }) => ({ job, url: address })),
    scrapeIntervalMs: INTERVAL_MS,
    rules: RULES,
    alertmanagers: [url],
    resendDelayMs: INTERVAL_MS,
    externalLabels: { cluster: 'acceptance' },
  });
  for (const { labels, timeMs, value } of options.history) prometheus.append(labels, timeMs, value);
  // A stand-in that stopped listening could not come back with its data: what is in front of it can.
  const front = await startFaultProxy({ target: prometheus.url, clock });
  return {
    prometheusUrl: front.url,
    alertmanagerUrl: url,
    restartAlertmanager: async () => {
      await alertmanager.stop();
      alertmanager = await startAlertmanager({ clock, config, listen: { port: Number(new URL(url).port) } });
    },
    killPrometheus: async () => {
      prometheus.pause();
      await front.set({ kind: 'down' });
    },
    startPrometheus: async () => {
      prometheus.resume();
      await front.set({ kind: 'pass' });
    },
    stop: async () => {
      await front.stop();
      await prometheus.stop();
      await alertmanager.stop();
    },
  };
}
