import type { Clock } from '../../ports/clock.ts';
import type { ActiveAlert } from './active-alerts.ts';
import { formatExpression } from './format-expression.ts';
import { labelRecord } from './labels.ts';
import type { AlertRule } from './rule-file.ts';

/** How long one Alertmanager may take to answer: Prometheus' default `timeout` of an alerting target. */
const SEND_TIMEOUT_MS = 10_000;

/** Where alerts go, and how often they go again. */
export interface AlertSenderOptions {
  /** Base URLs of Alertmanagers. */
  readonly alertmanagers: readonly string[];
  readonly resendDelayMs: number;
  /** Added to what is sent, never to what the API shows; a label of the alert wins. */
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** The address of this server as others see it, for the links in alerts. */
  readonly externalUrl: () => string;
}

/** When an evaluation took place and how often it does. */
export interface SendingMoment {
  readonly nowMs: number;
  readonly intervalMs: number;
}

/** Sends alerts to Alertmanagers by the rules of rules/alerting.go and notifier: at least once, losses unnoticed. */
export class AlertSender {
  readonly #options: AlertSenderOptions;

  constructor(options: AlertSenderOptions) {
    this.#options = options;
  }

  /** Sends those alerts that are new, changed or due again; resolves when every Alertmanager answered or failed. */
  async send(rule: AlertRule, alerts: readonly ActiveAlert[], moment: SendingMoment): Promise<void> {
    const due = alerts.filter((alert) => this.#isDue(alert, moment.nowMs));
    if (due.length === 0) return;
    for (const alert of due) alert.lastSentMs = moment.nowMs;
    const body = JSON.stringify(due.map((alert) => this.#postable(rule, alert, moment)));
    await Promise.all(this.#options.alertmanagers.map((url) => this.#post(url, body)));
  }

  #isDue(alert: ActiveAlert, nowMs: number): boolean {
    if (alert.state === 'pending') return false;
    const { lastSentMs, resolvedAtMs } = alert;
    if (lastSentMs === undefined || (resolvedAtMs ?? -Infinity) > lastSentMs) return true;
    return lastSentMs + this.#options.resendDelayMs < nowMs;
  }

  #postable(rule: AlertRule, alert: ActiveAlert, moment: SendingMoment): object {
    const { externalLabels, externalUrl, resendDelayMs } = this.#options;
    // Four periods, so that a few lost sends do not resolve what still fires.
    const validUntilMs = moment.nowMs + 4 * Math.max(moment.intervalMs, resendDelayMs);
    const query = goQueryEscape(formatExpression(rule.expression));
    return {
      ...(alert.annotations.size > 0 && { annotations: labelRecord(alert.annotations) }),
      endsAt: new Date(alert.resolvedAtMs ?? validUntilMs).toISOString(),
      startsAt: new Date(alert.firedAtMs ?? alert.activeAtMs).toISOString(),
      generatorURL: `${externalUrl()}/graph?g0.expr=${query}&g0.tab=1`,
      labels: { ...externalLabels, ...labelRecord(alert.labels) },
    };
  }

  async #post(url: string, body: string): Promise<void> {
    const abort = new AbortController();
    const cancel = this.#options.clock.after(SEND_TIMEOUT_MS, () => abort.abort());
    try {
      const answer = await fetch(`${url.replace(/\/$/, '')}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Prometheus/2.42.0' },
        body,
        signal: abort.signal,
      });
      await answer.arrayBuffer();
    } catch {
      // Prometheus drops a batch that no Alertmanager took; the next resend carries the alerts again.
    } finally {
      cancel();
    }
  }
}

/** Escapes as Go's url.QueryEscape: a space is a plus, and `!'()*` are escaped too. */
function goQueryEscape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
