import type { Cancel } from '../ports/clock.ts';
import { OpsError } from '../ports/ops-error.ts';
import type { Notice, Store } from '../ports/store.ts';
import type { Flow } from './flow.ts';

/** Our alerts' names, by what they tell. */
const ALERTNAMES: Readonly<Record<Notice['kind'], readonly string[]>> = {
  handover: ['RunovaHandover'],
  asks: ['RunovaAsks'],
  trouble: ['RunovaTrouble'],
  // Ends whatever was told of the incident.
  over: ['RunovaHandover', 'RunovaAsks'],
};
/** Alertmanager forgets an alert at its end; people get a day to see it. */
const SHOWN_MS = 24 * 60 * 60_000;
const BATCH = 20;
const IDLE_LOOK_MS = 5_000;
/** Doubles with every failure, up to this. */
const RETRY_MAX_MS = 5 * 60_000;
const RETRY_MS = 2_000;

/** What of the flow the telling needs. */
type Telling = Pick<Flow, 'alerts' | 'settings' | 'clock' | 'log' | 'signal'> & {
  readonly store: Pick<Store, 'noticesDue' | 'noticeSent' | 'noticeFailed'>;
};

/** Tells people what is waiting in the store, through Alertmanager, until it was taken. Nobody is told in observe mode, and with `tell.through: nobody`. */
export class Teller {
  readonly #flow: Telling;
  #timer: Cancel = () => {};
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(flow: Telling) {
    this.#flow = flow;
  }

  start(): void {
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer();
    await this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = this.#flow.clock.after(delayMs, () => {
      this.#running = this.#round().finally(() => this.#schedule(IDLE_LOOK_MS));
    });
  }

  async #round(): Promise<void> {
    try {
      const { nowMs, notices } = await this.#flow.store.noticesDue(BATCH);
      for (const notice of notices) await this.#tell(notice, nowMs);
    } catch (error) {
      this.#flow.log.warn('what is to be told could not be read', { error: String(error) });
    }
  }

  async #tell(notice: Notice, nowMs: number): Promise<void> {
    const { store, alerts, settings, signal } = this.#flow;
    if (settings.mode === 'observe' || settings.tell === 'nobody') return store.noticeSent(notice.id);
    try {
      await alerts.post(
        ALERTNAMES[notice.kind].map((alertname) => ({
          labels: {
            alertname,
            incident: String(notice.incident),
            cluster: settings.clusterName,
            severity: notice.severity,
          },
          annotations: {
            summary: notice.title,
            description: notice.text,
            command: `runova incident ${notice.incident}`,
          },
          startsAtMs: notice.createdAtMs,
          endsAtMs: notice.kind === 'over' ? nowMs : nowMs + SHOWN_MS,
        })),
        signal,
      );
      await store.noticeSent(notice.id);
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      await store.noticeFailed(notice.id, nowMs + Math.min(RETRY_MS * 2 ** notice.tries, RETRY_MAX_MS));
    }
  }
}
