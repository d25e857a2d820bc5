import type { AlertNotice } from '../domain/alert.ts';
import type { CommandOutcome, PersonCommand } from '../domain/command.ts';
import type { Autonomy, Playbook } from '../domain/playbook.ts';
import type { Timings } from '../domain/settings.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Received, Store, StoreCounts } from '../ports/store.ts';
import type { AccessEntry } from './access.ts';

/** The last thing known about an outside system. */
export interface ConnectionState {
  readonly name: string;
  readonly state: 'good' | 'failing' | 'unknown';
  readonly sinceMs?: number;
  readonly why?: string;
}

/** What the server shows of the rest of the program. */
export interface ServerFacts {
  readonly version: string;
  readonly cluster: string;
  readonly mode: Autonomy;
  readonly executors: readonly string[];
  readonly timings: Timings;
  readonly connections: readonly ConnectionState[];
  readonly playbooks: readonly Playbook[];
}

/** Why a webhook was not taken: a closed list, since it becomes a label of a metric. */
export type WebhookRefusal = RefusedKind | 'unauthorized' | 'forbidden' | 'overload' | 'away';

/** Where the server counts (`platform/meters.ts`). */
export interface ServerMeters {
  webhookAccepted(received: Received): void;
  webhookRefused(reason: WebhookRefusal): void;
  webhookTruncated(alerts: number): void;
  eventClients(count: number): void;
  /** Prometheus' text format, with what the store counts now; undefined when it cannot be asked. */
  text(counts: (StoreCounts & { readonly nowMs: number }) | undefined): Promise<string>;
  readonly contentType: string;
}

/** Why a body that was sent with a good token could not be taken: it will come again until somebody acts. */
export type RefusedKind = 'too-large' | 'malformed' | 'shape' | 'media-type';

/** What the server reads of the store, and the pauses that it writes; all the rest is the flow's. */
export type ServerStore = Pick<
  Store,
  | 'now'
  | 'incidents'
  | 'incident'
  | 'operations'
  | 'timeline'
  | 'alerts'
  | 'counts'
  | 'evidence'
  | 'playbook'
  | 'allOwed'
  | 'pauses'
  | 'pause'
  | 'resume'
  | 'takes'
>;

export interface ServerOptions {
  readonly store: ServerStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly meters: ServerMeters;
  /** Nobody listed: the server listens on the loopback only, and everybody there may do everything. */
  readonly access: readonly AccessEntry[];
  readonly listen: { readonly host: string; readonly port: number };
  /** Has committed everything when it fulfils; rejects with `OpsError` `store/*` when nothing is known to be written. */
  readonly receive: (notices: readonly AlertNotice[]) => Promise<Received>;
  readonly decide: (command: PersonCommand, by: string) => Promise<CommandOutcome>;
  readonly refused: (kind: RefusedKind, detail: string) => void;
  readonly facts: () => ServerFacts;
  /** Why it is not ready, a sentence each; empty when it is. */
  readonly notReady: () => readonly string[];
  /** Tests shorten these. */
  readonly times?: Partial<ServerTimes>;
}

export interface ServerTimes {
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often slow connections are looked for. */
  readonly checkEveryMs: number;
  /** Alertmanager holds a connection per group meanwhile, so an answer comes within this, be it 503. */
  readonly receiveMs: number;
  readonly eventPollMs: number;
  readonly eventHeartbeatMs: number;
}

/** Headers 5 s and body 10 s: DESIGN 8; an answer within 5 s: a hanging receiver is cut after 10 s by Alertmanager. */
export const SERVER_TIMES: ServerTimes = {
  headersMs: 5_000,
  requestMs: 10_000,
  checkEveryMs: 1_000,
  receiveMs: 5_000,
  eventPollMs: 500,
  eventHeartbeatMs: 15_000,
};
