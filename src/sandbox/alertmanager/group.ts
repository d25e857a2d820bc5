import type { Cancel, Clock } from '../../ports/clock.ts';
import { compareAlerts, isResolved, type Alert, type LabelSet } from './alert.ts';
import type { Route } from './config.ts';

/** Notifies about the alerts of a group; true when everybody who should has got it. */
export type Notify = (group: AlertGroup, alerts: readonly Alert[], atMs: number) => Promise<boolean>;

/** The alerts that one route sends in one message, and its timer (dispatch.aggrGroup). */
export class AlertGroup {
  readonly route: Route;
  readonly labels: LabelSet;
  readonly key: string;
  readonly #clock: Clock;
  readonly #notify: Notify;
  readonly #alerts = new Map<string, Alert>();
  #cancel: Cancel;
  #hasFlushed = false;
  #dueWhileFlushing = false;
  #flushing = false;
  #stopped = false;

  constructor(identity: { route: Route; labels: LabelSet; key: string }, clock: Clock, notify: Notify) {
    this.route = identity.route;
    this.labels = identity.labels;
    this.key = identity.key;
    this.#clock = clock;
    this.#notify = notify;
    this.#cancel = clock.after(this.route.groupWaitMs, () => void this.#tick());
  }

  /** Adds or replaces an alert. An old one need not wait: the group is due at once if it was never sent. */
  insert(alert: Alert): void {
    this.#alerts.set(alert.fingerprint, alert);
    if (!this.#hasFlushed && alert.startsAtMs + this.route.groupWaitMs < this.#clock.now()) this.#schedule(0);
  }

  isEmpty(): boolean {
    return this.#alerts.size === 0;
  }

  /** The alerts in the order of messages. */
  alerts(): Alert[] {
    return [...this.#alerts.values()].toSorted(compareAlerts);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #schedule(delayMs: number): void {
    this.#cancel();
    if (!this.#stopped) this.#cancel = this.#clock.after(delayMs, () => void this.#tick());
  }

  /** The next tick counts from the beginning of this one; a tick that comes due during a flush follows it at once. */
  async #tick(): Promise<void> {
    if (this.#flushing) {
      this.#dueWhileFlushing = true;
      return;
    }
    this.#flushing = true;
    this.#hasFlushed = true;
    this.#schedule(this.route.groupIntervalMs);
    await this.#flush();
    this.#flushing = false;
    if (this.#dueWhileFlushing && !this.#stopped) {
      this.#dueWhileFlushing = false;
      await this.#tick();
    }
  }

  async #flush(): Promise<void> {
    if (this.isEmpty()) return;
    const atMs = this.#clock.now();
    const alerts = this.alerts();
    if (!(await this.#notify(this, alerts, atMs))) return;
    for (const alert of alerts) {
      // Only what has not come again since is done with.
      if (isResolved(alert, atMs) && this.#alerts.get(alert.fingerprint) === alert) {
        this.#alerts.delete(alert.fingerprint);
      }
    }
  }
}
