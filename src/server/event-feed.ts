import type { ServerResponse } from 'node:http';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { TimelineRow } from '../ports/store.ts';
import { presentTimelineRow } from './present-incident.ts';
import type { ServerStore } from './server-options.ts';

const PAGE = 500;
/** A reader that has this much unread is not sent more until it has read. */
const UNREAD_BYTES_MAX = 256 * 1024;

export interface FeedTimes {
  readonly pollMs: number;
  readonly heartbeatMs: number;
}

interface Client {
  readonly stream: ServerResponse;
  /** Sequence of the last row sent. */
  cursor: number;
  lastWriteMs: number;
}

/**
 * Sends the timeline to everybody who listens (server-sent events; the id is the row's sequence, so that a
 * listener that comes back gets what it missed). The store is asked only while somebody listens, and once for
 * all who stand at the same row.
 */
export class EventFeed {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #times: FeedTimes;
  readonly #count: (clients: number) => void;
  readonly #clients = new Set<Client>();
  #next: Cancel | undefined;
  #isPolling = false;
  #knownTail = 0;

  constructor(store: ServerStore, clock: Clock, times: FeedTimes, count: (clients: number) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#times = times;
    this.#count = count;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Sends everything after this row; without one, what happens from now on. The stream's headers are out already. */
  async listen(stream: ServerResponse, after: number | undefined): Promise<void> {
    const cursor = after ?? (await this.#tail());
    if (stream.destroyed || stream.writableEnded) return;
    const client: Client = { stream, cursor, lastWriteMs: this.#clock.monotonic() };
    this.#clients.add(client);
    this.#count(this.#clients.size);
    stream.once('close', () => {
      this.#clients.delete(client);
      this.#count(this.#clients.size);
    });
    this.#schedule(0);
  }

  /** Ends every stream; listeners come back to whoever runs next, with the id of their last row. */
  close(): void {
    this.#next?.();
    this.#next = undefined;
    for (const { stream } of this.#clients) stream.end();
  }

  #schedule(delayMs: number): void {
    if (this.#isPolling) return;
    this.#next?.();
    this.#next = this.#clock.after(delayMs, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    try {
      const cursors = Map.groupBy(this.#ready(), ({ cursor }) => cursor);
      for (const [cursor, clients] of cursors) {
        const rows = await this.#store.timeline({ after: cursor, limit: PAGE });
        for (const client of clients) this.#send(client, rows);
      }
    } catch {
      // The store is away: listeners keep their place and hear the heartbeat.
    }
    this.#beat();
    this.#isPolling = false;
    if (this.#clients.size > 0) this.#schedule(this.#times.pollMs);
  }

  #ready(): Client[] {
    return [...this.#clients].filter(
      ({ stream }) => stream.writable && stream.writableLength < UNREAD_BYTES_MAX,
    );
  }

  #send(client: Client, rows: readonly TimelineRow[]): void {
    const last = rows.at(-1);
    if (last === undefined || !client.stream.writable) return;
    const text = rows
      .map((row) => `id: ${row.sequence}\ndata: ${JSON.stringify(presentTimelineRow(row))}\n\n`)
      .join('');
    client.stream.write(text);
    client.cursor = last.sequence;
    client.lastWriteMs = this.#clock.monotonic();
  }

  /** A comment now and then, so that proxies and listeners know that the line is alive. */
  #beat(): void {
    const nowMs = this.#clock.monotonic();
    for (const client of this.#ready()) {
      if (nowMs - client.lastWriteMs < this.#times.heartbeatMs) continue;
      client.stream.write(': still here\n\n');
      client.lastWriteMs = nowMs;
    }
  }

  /**
   * Sequence of the newest row. The store tells rows only from a place onwards, so it is closed in on by doubling
   * and halving: some forty small questions the first time, a few after that.
   */
  async #tail(): Promise<number> {
    let low = this.#knownTail;
    let step = 1;
    while (await this.#hasAfter(low + step)) {
      low += step;
      step *= 2;
    }
    let high = low + step;
    if (!(await this.#hasAfter(low))) return (this.#knownTail = low);
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (await this.#hasAfter(middle)) low = middle + 1;
      else high = middle;
    }
    return (this.#knownTail = low);
  }

  async #hasAfter(sequence: number): Promise<boolean> {
    return (await this.#store.timeline({ after: sequence, limit: 1 })).length > 0;
  }
}
