import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { StoreCounts } from '../ports/store.ts';

/** Why a webhook was refused: the only values of that label. */
export const REFUSALS = [
  'unauthorized',
  'forbidden',
  'media-type',
  'too-large',
  'malformed',
  'shape',
  'overload',
  'away',
] as const;
export type Refusal = (typeof REFUSALS)[number];

const STATES = 'open waiting asking executing verifying handed-over resolved closed'.split(' ');

/** Seconds. A commit on a good disk takes well below a millisecond, on a bad one tens. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const LAG_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Our own metrics (`/metrics`). Every label has a fixed set of values: nothing that an alert says becomes one,
 * so that nobody can grow the series from outside.
 */
export class Meters {
  readonly registry = new Registry();
  readonly #webhooks = this.#counter('webhooks_total', 'Webhooks received, by how they were answered', [
    'outcome',
  ]);
  readonly #refused = this.#counter('webhooks_refused_total', 'Webhooks refused, by reason', ['reason']);
  readonly #alerts = this.#counter('alerts_total', 'Alerts received, by what they were to us', ['news']);
  readonly #truncated = this.#counter(
    'webhook_truncated_alerts_total',
    'Alerts that Alertmanager left out (max_alerts)',
    [],
  );
  readonly #verdicts = this.#counter('guard_verdicts_total', 'What guards answered', ['guard', 'verdict']);
  readonly #operations = this.#counter('operations_total', 'Operations by how they ended', ['outcome']);
  readonly #incidents = this.#gauge('incidents', 'Incidents by state', ['state']);
  readonly #owed = this.#gauge('owed', 'Temporary changes that are to be given back', []);
  readonly #waiting = this.#gauge('notices_waiting', 'Messages to people that were not taken yet', []);
  readonly #oldestDue = this.#gauge('oldest_due_seconds', 'How long the oldest due incident has waited', []);
  readonly #clients = this.#gauge('event_clients', 'Open event streams', []);
  readonly #commit = this.#histogram('store_commit_seconds', 'Time of a commit', COMMIT_BUCKETS);
  readonly #wakeUp = this.#histogram(
    'wake_up_lag_seconds',
    'From when an incident was due to when it was claimed',
    LAG_BUCKETS,
  );

  constructor() {
    for (const outcome of ['accepted', 'refused']) this.#webhooks.inc({ outcome }, 0);
    for (const reason of REFUSALS) this.#refused.inc({ reason }, 0);
    for (const news of ['opened', 'news', 'duplicate']) this.#alerts.inc({ news }, 0);
  }

  /** Adds the process and the event loop (`nodejs_eventloop_lag_*`). Once a process: it starts a monitor. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  webhookAccepted(received: {
    readonly opened: number;
    readonly news: number;
    readonly duplicates: number;
  }): void {
    this.#webhooks.inc({ outcome: 'accepted' });
    this.#alerts.inc({ news: 'opened' }, received.opened);
    this.#alerts.inc({ news: 'news' }, received.news);
    this.#alerts.inc({ news: 'duplicate' }, received.duplicates);
  }

  webhookRefused(reason: Refusal): void {
    this.#webhooks.inc({ outcome: 'refused' });
    this.#refused.inc({ reason });
  }

  webhookTruncated(alerts: number): void {
    this.#truncated.inc(alerts);
  }

  /** `guard` is a name of the registry of guards, never a text from outside. */
  guardVerdict(guard: string, verdict: 'allow' | 'wait' | 'ask' | 'refuse'): void {
    this.#verdicts.inc({ guard, verdict });
  }

  operationEnded(
    outcome: 'done' | 'not-done' | 'unknown' | 'closed' | 'fixed' | 'not-fixed' | 'cannot-tell' | 'harm',
  ): void {
    this.#operations.inc({ outcome });
  }

  storeCommitted(seconds: number): void {
    this.#commit.observe(seconds);
  }

  wokeUp(lagSeconds: number): void {
    this.#wakeUp.observe(Math.max(0, lagSeconds));
  }

  eventClients(count: number): void {
    this.#clients.set(count);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Prometheus' text format, with what the store counts now; without (it is away) the gauges are left out. */
  async text(counts: (StoreCounts & { readonly nowMs: number }) | undefined): Promise<string> {
    for (const gauge of [this.#incidents, this.#owed, this.#waiting, this.#oldestDue]) gauge.reset();
    if (counts !== undefined) {
      for (const state of STATES) this.#incidents.set({ state }, counts.byState[state] ?? 0);
      this.#owed.set(counts.owed);
      this.#waiting.set(counts.noticesWaiting);
      this.#oldestDue.set(Math.max(0, counts.nowMs - (counts.oldestDueMs ?? counts.nowMs)) / 1_000);
    }
    return await this.registry.metrics();
  }

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({
      name: `runova_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
    });
  }

  #gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
    return new Gauge({
      name: `runova_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
    });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `runova_${name}`, help, buckets, registers: [this.registry] });
  }
}
