import type { Labels } from '../../src/domain/alert.ts';
import type { Alerts, AlertsAnswer, ListedAlert, OwnAlert } from '../../src/ports/alerts.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { OpsError } from '../../src/ports/ops-error.ts';

interface Held {
  readonly labels: Labels;
  readonly fingerprint: string;
  startsAtMs: number;
  endsAtMs: number;
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;

/** Alertmanager's fingerprint of a label set: FNV-1a over sorted names and values, each followed by byte 255 (prometheus/common `model`). */
export function fingerprintOf(labels: Labels): string {
  let hash = FNV_OFFSET;
  const add = (byte: number): void => {
    hash = ((hash ^ BigInt(byte)) * FNV_PRIME) & MASK;
  };
  for (const name of Object.keys(labels).toSorted()) {
    for (const byte of Buffer.from(name)) add(byte);
    add(255);
    for (const byte of Buffer.from(labels[name] ?? '')) add(byte);
    add(255);
  }
  return hash.toString(16).padStart(16, '0');
}

function unreachable(message: string): OpsError {
  return new OpsError({ code: 'alerts/unreachable', retry: 'later', message });
}

/** An Alertmanager in memory: alerts until their end, silences, and a record of what was posted. */
export class FakeAlerts implements Alerts {
  /** Everything that Runova has posted, in order. */
  readonly posted: (OwnAlert & { readonly atMs: number })[] = [];
  /** Set to make it unreachable, with this sentence. */
  away: string | undefined;
  /** The ids of the silences that cover an alert. */
  silencedBy: (labels: Labels) => readonly string[] = () => [];
  inhibitedBy: (labels: Labels) => readonly string[] = () => [];
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A ruler sends an alert, as it does again and again while it fires. */
  send(labels: Labels, startsAtMs: number, endsAtMs: number): string {
    const fingerprint = fingerprintOf(labels);
    const held = this.#held.get(fingerprint);
    // An alert that has ended and is sent again is a new episode; one that lasts keeps its first start.
    if (held === undefined || held.endsAtMs <= this.#clock.now()) {
      this.#held.set(fingerprint, { labels, fingerprint, startsAtMs, endsAtMs });
    } else {
      held.startsAtMs = Math.min(held.startsAtMs, startsAtMs);
      held.endsAtMs = endsAtMs;
    }
    return fingerprint;
  }

  /** As after a restart: alerts live in memory only. */
  forgetAll(): void {
    this.#held.clear();
  }

  list(): Promise<AlertsAnswer> {
    if (this.away !== undefined) return Promise.resolve({ kind: 'unknown', why: this.away });
    const nowMs = this.#clock.now();
    const alerts = [...this.#held.values()]
      .filter(({ endsAtMs }) => endsAtMs > nowMs)
      .map((held) => this.#listed(held));
    return Promise.resolve({ kind: 'answered', alerts });
  }

  post(alerts: readonly OwnAlert[]): Promise<void> {
    if (this.away !== undefined) return Promise.reject(unreachable(this.away));
    const atMs = this.#clock.now();
    for (const alert of alerts) {
      this.posted.push({ ...alert, atMs });
      this.send(alert.labels, alert.startsAtMs, alert.endsAtMs);
    }
    return Promise.resolve();
  }

  #listed({ labels, fingerprint, startsAtMs, endsAtMs }: Held): ListedAlert {
    const silencedBy = this.silencedBy(labels);
    const inhibitedBy = this.inhibitedBy(labels);
    const state = silencedBy.length + inhibitedBy.length > 0 ? 'suppressed' : 'active';
    return { fingerprint, labels, startsAtMs, endsAtMs, state, silencedBy, inhibitedBy };
  }
}
