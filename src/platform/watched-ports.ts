import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Metrics } from '../ports/metrics.ts';

export interface SeenConnection {
  readonly name: string;
  readonly state: 'good' | 'failing' | 'unknown';
  readonly sinceMs?: number;
  readonly why?: string;
}

/** Remembers how each outside system answered last, for `status`, `/readyz` and the page. */
export class ConnectionBook {
  readonly #clock: Clock;
  readonly #seen = new Map<string, SeenConnection>();

  constructor(clock: Clock, names: readonly string[]) {
    this.#clock = clock;
    for (const name of names) this.#seen.set(name, { name, state: 'unknown' });
  }

  all(): readonly SeenConnection[] {
    return [...this.#seen.values()];
  }

  /** `why` is absent when it answered. `sinceMs` is kept while the state stays the same. */
  saw(name: string, why?: string): void {
    const state = why === undefined ? 'good' : 'failing';
    const last = this.#seen.get(name);
    const sinceMs = last?.state === state ? (last.sinceMs ?? this.#clock.now()) : this.#clock.now();
    this.#seen.set(name, { name, state, sinceMs, ...(why === undefined ? {} : { why }) });
  }

  async note<T>(name: string, call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      this.saw(name);
      return answer;
    } catch (error) {
      this.saw(name, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }
}

export function watchedCluster(cluster: Cluster, book: ConnectionBook): Cluster {
  const note = <T>(call: Promise<T>): Promise<T> => book.note('kubernetes', call);
  return {
    identity: (signal) => note(cluster.identity(signal)),
    look: (ref, how, signal) => note(cluster.look(ref, how, signal)),
    ownerOf: (namespace, pod, signal) => note(cluster.ownerOf(namespace, pod, signal)),
    write: (write, how, signal) => note(cluster.write(write, how, signal)),
    admits: (ref, template, signal) => note(cluster.admits(ref, template, signal)),
    evidence: (ref, signal) => note(cluster.evidence(ref, signal)),
    size: (signal) => note(cluster.size(signal)),
    room: (ref, template, signal) => note(cluster.room(ref, template, signal)),
  };
}

export function watchedMetrics(metrics: Metrics, book: ConnectionBook): Metrics {
  return {
    rules: async (signal) => {
      const answer = await metrics.rules(signal);
      book.saw('metrics', answer.kind === 'unknown' ? answer.why : undefined);
      return answer;
    },
    ask: (questions, signal) => metrics.ask(questions, signal),
  };
}

export function watchedAlerts(alerts: Alerts, book: ConnectionBook): Alerts {
  return {
    list: async (signal) => {
      const answer = await alerts.list(signal);
      book.saw('alerts', answer.kind === 'unknown' ? answer.why : undefined);
      return answer;
    },
    post: (own, signal) => book.note('alerts', alerts.post(own, signal)),
  };
}
