import type { Clock } from '../../ports/clock.ts';
import { isResolved, type Alert } from './alert.ts';
import type { Receiver, WebhookConfig } from './config.ts';
import type { AlertGroup } from './group.ts';
import { webhookBody } from './message.ts';
import { deliver } from './webhook.ts';

/** A flush never gives up sooner (notify.MinTimeout). */
const MIN_FLUSH_TIMEOUT_MS = 10_000;

/** The exponential back-off of a flush: half a second, times 1.5 up to a minute, give or take half. */
const BACKOFF = { firstMs: 500, factor: 1.5, maxMs: 60_000, spread: 0.5 };

/** What was last delivered for a group to one webhook (Alertmanager's notification log). */
interface LogEntry {
  readonly atMs: number;
  readonly firing: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
}

/** What the notifier needs from its surroundings. */
export interface NotifierOptions {
  readonly clock: Clock;
  readonly receivers: readonly Receiver[];
  readonly externalUrl: () => string;
  readonly isMuted: (alert: Alert) => boolean;
  /** A number in [0, 1) that spreads the retries. */
  readonly chance: () => number;
}

/** Decides whether a group's webhooks hear of it, and delivers (notify: dedup, retry, log). */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #log = new Map<string, LogEntry>();
  readonly #abort = new AbortController();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Notifies every webhook of the group's receiver; true when none failed. */
  async notify(group: AlertGroup, alerts: readonly Alert[], atMs: number): Promise<boolean> {
    const heard = alerts.filter((alert) => !this.#options.isMuted(alert));
    if (heard.length === 0) return true;
    const receiver = this.#options.receivers.find((one) => one.name === group.route.receiver);
    const outcomes = (receiver?.webhooks ?? []).map((webhook, index) =>
      this.#toWebhook(group, { webhook, index, alerts: heard, atMs }),
    );
    return (await Promise.all(outcomes)).every((delivered) => delivered);
  }

  /** Gives up every delivery under way. */
  stop(): void {
    this.#abort.abort();
  }

  async #toWebhook(
    group: AlertGroup,
    message: { webhook: WebhookConfig; index: number; alerts: readonly Alert[]; atMs: number },
  ): Promise<boolean> {
    const { webhook, alerts, atMs } = message;
    const logKey = JSON.stringify([group.key, group.route.receiver, message.index]);
    const firing = new Set(
      alerts.filter((alert) => !isResolved(alert, atMs)).map((alert) => alert.fingerprint),
    );
    const resolved = new Set(
      alerts.filter((alert) => isResolved(alert, atMs)).map((alert) => alert.fingerprint),
    );
    const entry = this.#log.get(logKey);
    const repeatBeforeMs = this.#options.clock.now() - group.route.repeatIntervalMs;
    if (!isNews({ entry, firing, resolved, sendResolved: webhook.sendResolved, repeatBeforeMs })) return true;
    const sent = webhook.sendResolved ? alerts : alerts.filter((alert) => firing.has(alert.fingerprint));
    if (sent.length > 0 && !(await this.#deliver(group, webhook, sent, atMs))) return false;
    this.#log.set(logKey, { atMs: this.#options.clock.now(), firing, resolved });
    return true;
  }

  async #deliver(
    group: AlertGroup,
    webhook: WebhookConfig,
    alerts: readonly Alert[],
    atMs: number,
  ): Promise<boolean> {
    const { clock, externalUrl, chance } = this.#options;
    const body = webhookBody(alerts, {
      receiver: group.route.receiver,
      groupKey: group.key,
      groupLabels: group.labels,
      externalUrl: externalUrl(),
      maxAlerts: webhook.maxAlerts,
      atMs,
    });
    const deadline = new AbortController();
    const cancel = clock.after(Math.max(group.route.groupIntervalMs, MIN_FLUSH_TIMEOUT_MS), () =>
      deadline.abort(),
    );
    const signal = AbortSignal.any([deadline.signal, this.#abort.signal]);
    try {
      for (
        let waitMs = BACKOFF.firstMs;
        !signal.aborted;
        waitMs = Math.min(waitMs * BACKOFF.factor, BACKOFF.maxMs)
      ) {
        const outcome = await deliver(webhook, body, signal);
        if (outcome.kind !== 'retry') return outcome.kind === 'delivered';
        await pause(clock, waitMs * (1 + BACKOFF.spread * (2 * chance() - 1)), signal);
      }
      return false;
    } finally {
      cancel();
    }
  }
}

/** Whether a group's state differs from what was last delivered, or is due to be repeated (notify.DedupStage). */
function isNews(state: {
  entry: LogEntry | undefined;
  firing: ReadonlySet<string>;
  resolved: ReadonlySet<string>;
  sendResolved: boolean;
  repeatBeforeMs: number;
}): boolean {
  const { entry, firing, resolved } = state;
  if (entry === undefined) return firing.size > 0;
  if (!firing.isSubsetOf(entry.firing)) return true;
  if (firing.size === 0) return entry.firing.size > 0;
  if (state.sendResolved && !resolved.isSubsetOf(entry.resolved)) return true;
  return entry.atMs < state.repeatBeforeMs;
}

/** Waits, or stops waiting when aborted. */
function pause(clock: Clock, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(waitMs, resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}
