/** The outside record: every write that reached the server from a client, whatever became of it. */

import { frozenCopy } from './json.ts';

export interface LedgerEntry {
  sequence: number;
  /** Arrival, in milliseconds since the epoch. */
  atMs: number;
  /** The token's user; '' when nobody has this token. */
  user: string;
  verb: string;
  method: string;
  path: string;
  /** Plural name of the resource, '' when the path names none. */
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  fieldManager: string;
  dryRun: boolean;
  status: number;
  /** The resourceVersion of the object before and after; '' where there was none. */
  before: string;
  after: string;
  /** Why it was refused, in the server's words; '' for a write that was accepted. */
  message: string;
  body: unknown;
}

/** The writes in the order of their arrival. Nothing is ever taken out. */
export class Ledger {
  readonly #entries: LedgerEntry[] = [];

  record(entry: Omit<LedgerEntry, 'sequence'>): void {
    this.#entries.push(frozenCopy({ sequence: this.#entries.length + 1, ...entry }));
  }

  /** All writes, also refused ones and dry runs. */
  writes(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** The writes that changed something, of one user or of all. */
  effects(user?: string): readonly LedgerEntry[] {
    return this.#entries.filter((entry) => isEffect(entry) && (user === undefined || entry.user === user));
  }
}

function isEffect(entry: LedgerEntry): boolean {
  return entry.status < 300 && !entry.dryRun && entry.before !== entry.after;
}
