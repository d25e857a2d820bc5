import type { Incident } from '../domain/incident.ts';
import type { Operation, Owed } from '../domain/operation.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Pause, TimelineRow } from '../ports/store.ts';
import type { ServerStore } from './server-options.ts';

/** What the server asks of a store, kept in memory and filled by a test. */
export class FakeStore implements ServerStore {
  nowMs = Date.UTC(2026, 10, 3, 1, 20);
  readonly rows: { incident: Incident; dueAtMs: number | undefined }[] = [];
  readonly lines: TimelineRow[] = [];
  readonly ledger: Operation[] = [];
  readonly debts: Owed[] = [];
  readonly books: Playbook[] = [];
  readonly paused: Pause[] = [];
  readonly bundles = new Map<number, string>();

  now(): Promise<number> {
    return Promise.resolve(this.nowMs);
  }

  async incidents(filter: Parameters<ServerStore['incidents']>[0]): ReturnType<ServerStore['incidents']> {
    return this.rows
      .filter(({ incident }) => filter.states?.includes(incident.state) ?? true)
      .filter(
        ({ incident }) => filter.namespace === undefined || incident.target?.namespace === filter.namespace,
      )
      .filter(({ incident }) => incident.id < (filter.before ?? Number.POSITIVE_INFINITY))
      .toSorted((a, b) => b.incident.id - a.incident.id)
      .slice(0, filter.limit);
  }

  async incident(id: number): ReturnType<ServerStore['incident']> {
    return this.rows.find(({ incident }) => incident.id === id);
  }

  async operations(incident: number): Promise<readonly Operation[]> {
    return this.ledger.filter((operation) => operation.incident === incident);
  }

  async timeline(filter: Parameters<ServerStore['timeline']>[0]): Promise<readonly TimelineRow[]> {
    return this.lines
      .filter(
        ({ incident, sequence }) =>
          incident === (filter.incident ?? incident) && sequence > (filter.after ?? 0),
      )
      .slice(0, filter.limit);
  }

  async alerts(limit: number): ReturnType<ServerStore['alerts']> {
    return this.rows
      .flatMap(({ incident }) => incident.alerts.map((alert) => ({ ...alert, incident: incident.id })))
      .slice(0, limit);
  }

  async counts(): ReturnType<ServerStore['counts']> {
    const byState: Record<string, number> = {};
    for (const { incident } of this.rows) byState[incident.state] = (byState[incident.state] ?? 0) + 1;
    return { byState, owed: this.debts.length, noticesWaiting: 0, oldestDueMs: undefined };
  }

  async evidence(incident: number): Promise<string | undefined> {
    return this.bundles.get(incident);
  }

  async playbook(version: string): Promise<Playbook | undefined> {
    return this.books.find((book) => book.version === version);
  }

  async allOwed(): Promise<readonly Owed[]> {
    return this.debts;
  }

  async pauses(): Promise<readonly Pause[]> {
    return this.paused;
  }

  async pause(pause: Omit<Pause, 'atMs'>): Promise<void> {
    this.paused.push({ ...pause, atMs: this.nowMs });
  }

  async resume(scope: Pause['scope']): Promise<boolean> {
    const at = this.paused.findIndex((pause) => JSON.stringify(pause.scope) === JSON.stringify(scope));
    if (at >= 0) this.paused.splice(at, 1);
    return at >= 0;
  }

  async takes(): ReturnType<ServerStore['takes']> {
    return [];
  }
}
