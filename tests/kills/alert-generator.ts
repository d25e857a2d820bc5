import { createHash } from 'node:crypto';
import { TOKENS } from '../acceptance/runova-server.ts';
import type { Random } from '../simulation/random.ts';

/** One alert that a server has taken: its identity, as Alertmanager has it. */
export interface Acknowledged {
  readonly fingerprint: string;
  readonly startsAtMs: number;
}

interface GeneratedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAtMs: number;
}

const TICK_MS = 50;
/** A server that is gone takes the connection along; one that hangs is no reason to wait. */
const GIVE_UP_MS = 5_000;

/**
 * Sends webhooks in an open loop: at its own pace, whether or not anybody answers. Its ledger holds what was answered
 * with 2xx, and nothing else.
 */
export class AlertGenerator {
  readonly #url: string;
  readonly #chance: Random;
  readonly #acknowledged = new Map<string, Acknowledged>();
  readonly #firing: GeneratedAlert[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #number = 0;

  constructor(serverUrl: string, chance: Random) {
    this.#url = `${serverUrl}/webhooks/alertmanager`;
    this.#chance = chance;
  }

  /** Webhooks sent so far, answered or not. */
  get sent(): number {
    return this.#sent;
  }

  get acknowledged(): readonly Acknowledged[] {
    return [...this.#acknowledged.values()];
  }

  /** From now on this alert is sent now and then, as Alertmanager repeats it. */
  fires(labels: Readonly<Record<string, string>>): void {
    this.#firing.push({ labels, startsAtMs: Date.now() });
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Sends nothing more, and resolves when each webhook was answered or lost. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  /** A new alert that no playbook is for, and often a repeat of one that is known. */
  #tick(): void {
    this.#number += 1;
    const labels = {
      alertname: 'SomethingElse',
      namespace: 'elsewhere',
      number: String(this.#number),
      severity: 'warning',
    };
    const alerts: GeneratedAlert[] = [{ labels, startsAtMs: Date.now() }];
    if (this.#firing.length > 0 && this.#chance.happens(0.6)) alerts.push(this.#chance.pick(this.#firing));
    const work = this.#send(alerts).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #send(alerts: readonly GeneratedAlert[]): Promise<void> {
    this.#sent += 1;
    const identified = alerts.map((alert) => ({ ...alert, fingerprint: fingerprintOf(alert.labels) }));
    const body = {
      version: '4',
      status: 'firing',
      truncatedAlerts: 0,
      alerts: identified.map(({ labels, fingerprint, startsAtMs }) => ({
        status: 'firing',
        labels,
        annotations: {},
        startsAt: new Date(startsAtMs).toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        fingerprint,
      })),
    };
    try {
      const answer = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKENS.webhook}` },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      // The status line is the acknowledgement: a kill while the body is sent takes nothing back.
      if (answer.ok)
        for (const { fingerprint, startsAtMs } of identified)
          this.#acknowledged.set(`${fingerprint} ${startsAtMs}`, { fingerprint, startsAtMs });
      await answer.arrayBuffer();
    } catch {
      // Not acknowledged: Alertmanager would send it again.
    }
  }
}

function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16);
}
