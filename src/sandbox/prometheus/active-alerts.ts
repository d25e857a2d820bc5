import { labelKey, labelsOf, METRIC_NAME, withLabels, withoutName, type Labels } from './labels.ts';
import { QueryError } from './query-error.ts';
import type { AlertRule } from './rule-file.ts';
import { expandTemplate } from './template.ts';
import type { Sample } from './value.ts';

/** How long a resolved alert is still sent: Prometheus' resolvedRetention (rules/alerting.go). */
const RESOLVED_RETENTION_MS = 15 * 60_000;

/** One element of an alerting rule's expression, with its history. Times in milliseconds. */
export interface ActiveAlert {
  readonly labels: Labels;
  annotations: Labels;
  state: 'inactive' | 'pending' | 'firing';
  value: number;
  readonly activeAtMs: number;
  firedAtMs: number | undefined;
  resolvedAtMs: number | undefined;
  keepFiringSinceMs: number | undefined;
  lastSentMs: number | undefined;
}

/** The alerts of one rule, moved on by each evaluation (the state machine of rules/alerting.go). */
export class ActiveAlerts {
  readonly #rule: AlertRule;
  readonly #externalLabels: Readonly<Record<string, string>>;
  readonly #alerts = new Map<string, ActiveAlert>();

  constructor(rule: AlertRule, externalLabels: Readonly<Record<string, string>>) {
    this.#rule = rule;
    this.#externalLabels = externalLabels;
  }

  /** Takes what the expression yields now. Throws a `QueryError` when two elements become one alert. */
  update(samples: readonly Sample[], nowMs: number): void {
    const current = this.#current(samples, nowMs);
    for (const [key, alert] of current) {
      const known = this.#alerts.get(key);
      if (known !== undefined && known.state !== 'inactive') {
        known.value = alert.value;
        known.annotations = alert.annotations;
      } else {
        this.#alerts.set(key, alert);
      }
    }
    for (const [key, alert] of this.#alerts) {
      const present = current.has(key);
      if (present) alert.keepFiringSinceMs = undefined;
      if (!present && !this.#stays(alert, nowMs)) this.#end(key, alert, nowMs);
      else if (alert.state === 'pending' && nowMs - alert.activeAtMs >= this.#rule.forMs) {
        alert.state = 'firing';
        alert.firedAtMs = nowMs;
      }
    }
  }

  /** Pending and firing alerts. */
  active(): ActiveAlert[] {
    return [...this.#alerts.values()].filter((alert) => alert.state !== 'inactive');
  }

  /** Active alerts and those that were resolved within the retention. */
  all(): ActiveAlert[] {
    return [...this.#alerts.values()];
  }

  /** The strongest state of any alert. */
  state(): ActiveAlert['state'] {
    const states = new Set(this.active().map((alert) => alert.state));
    if (states.has('firing')) return 'firing';
    return states.has('pending') ? 'pending' : 'inactive';
  }

  #current(samples: readonly Sample[], nowMs: number): Map<string, ActiveAlert> {
    const current = new Map<string, ActiveAlert>();
    for (const sample of samples) {
      const alert = this.#alertOf(sample, nowMs);
      const key = labelKey(alert.labels);
      if (current.has(key)) {
        throw new QueryError(
          'execution',
          'vector contains metrics with the same labelset after applying alert labels',
        );
      }
      current.set(key, alert);
    }
    return current;
  }

  #alertOf(sample: Sample, nowMs: number): ActiveAlert {
    const data = { labels: sample.labels, externalLabels: this.#externalLabels, value: sample.value };
    const expanded = (texts: Readonly<Record<string, string>>): [string, string][] =>
      Object.entries(texts).map(([name, text]) => [name, expandTemplate(text, data)]);
    const own = [...expanded(this.#rule.labels), ['alertname', this.#rule.name] as const];
    return {
      labels: withLabels(withoutName(sample.labels), own),
      annotations: new Map(expanded(this.#rule.annotations).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      state: 'pending',
      value: sample.value,
      activeAtMs: nowMs,
      firedAtMs: undefined,
      resolvedAtMs: undefined,
      keepFiringSinceMs: undefined,
      lastSentMs: undefined,
    };
  }

  #stays(alert: ActiveAlert, nowMs: number): boolean {
    if (alert.state !== 'firing' || this.#rule.keepFiringForMs === 0) return false;
    alert.keepFiringSinceMs ??= nowMs;
    return nowMs - alert.keepFiringSinceMs < this.#rule.keepFiringForMs;
  }

  #end(key: string, alert: ActiveAlert, nowMs: number): void {
    const outdated = alert.resolvedAtMs !== undefined && nowMs - alert.resolvedAtMs > RESOLVED_RETENTION_MS;
    if (alert.state === 'pending' || outdated) this.#alerts.delete(key);
    if (alert.state !== 'inactive') {
      alert.state = 'inactive';
      alert.resolvedAtMs = nowMs;
    }
  }
}

/** The series that Prometheus writes about an alert: its state, and since when it is active. */
export function alertSeries(alert: ActiveAlert): Sample[] {
  const state = [
    [METRIC_NAME, 'ALERTS'],
    ['alertstate', alert.state],
  ] as const;
  return [
    { labels: withLabels(alert.labels, state), value: 1 },
    {
      labels: labelsOf([...alert.labels, [METRIC_NAME, 'ALERTS_FOR_STATE']]),
      value: Math.floor(alert.activeAtMs / 1000),
    },
  ];
}
