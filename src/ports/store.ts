import type { AlertNotice, JoinedAlert } from '../domain/alert.ts';
import type { CommandDecision, Decision, NoticeDraft, StoreChange, Take } from '../domain/decision.ts';
import type { Incident, TimelineEntry } from '../domain/incident.ts';
import type { LimitFacts, ReserveCheck } from '../domain/limits.ts';
import type { Operation, Owed } from '../domain/operation.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { TargetRef } from '../domain/target.ts';

export type { CommandDecision, Decision, NoticeDraft, StoreChange, Take } from '../domain/decision.ts';

/** Three queues, so that what is being verified is never starved by what is new. A lane follows from the state. */
export type Lane = 'plan' | 'act' | 'prove';

export interface Received {
  /** Alerts seen for the first time. */
  readonly opened: number;
  /** Known alerts whose status changed, or that fire again after their incident ended. */
  readonly news: number;
  /** Known, nothing new: nothing was written for them. */
  readonly duplicates: number;
}

/** An incident taken out of the queue by this process; `version` and `nudges` fence its commit. */
export interface Claimed {
  readonly incident: Incident;
  readonly version: number;
  readonly nudges: number;
  /** The operation that `incident.operation` names, as it is now. */
  readonly operation: Operation | undefined;
  /** A webhook said that one of its alerts fires after it had ended. */
  readonly refired: boolean;
}

export interface Notice extends NoticeDraft {
  readonly id: number;
  readonly createdAtMs: number;
  readonly dueAtMs: number;
  readonly tries: number;
  readonly sentAtMs?: number;
}

export type Committed =
  | { readonly kind: 'committed' }
  /**
   * Somebody else changed it, its operation or the incident that its alerts were to go to (fence): nothing was
   * written; it is due again.
   */
  | { readonly kind: 'lost' }
  /** The hold belongs to another incident: nothing was written, the claim is kept. */
  | { readonly kind: 'held'; readonly by: number }
  /** A limit no longer allows the reservation: nothing was written, the claim is kept. */
  | { readonly kind: 'limited'; readonly facts: LimitFacts };

/** What becomes of a debt that was due. */
export type OwedStep =
  /** Its operation is reserved (same checks as any reservation) and the debt is looked at again at `dueAtMs`. */
  | {
      readonly kind: 'reserve';
      readonly operation: Operation;
      readonly check: ReserveCheck;
      readonly dueAtMs: number;
    }
  /** Not now. `release`: its operation certainly had no effect, and another one is reserved then. */
  | { readonly kind: 'later'; readonly dueAtMs: number; readonly note: string; readonly release?: boolean }
  /** Paid, or no longer owed; `text` becomes a line of the incident's timeline. */
  | { readonly kind: 'settled'; readonly text: string };

/** What settling a debt may write besides: its operation ends here, when its incident has ended already. */
export type OwedChange = Extract<
  StoreChange,
  { readonly kind: 'timeline' | 'end-operation' | 'verdict' | 'tell' }
>;

export type PauseScope =
  | { readonly kind: 'everywhere' }
  | { readonly kind: 'namespace'; readonly name: string }
  | { readonly kind: 'playbook'; readonly name: string }
  /** `targetKey`, or `targetName` for whatever kind has that name. */
  | { readonly kind: 'target'; readonly name: string };

export interface Pause {
  readonly scope: PauseScope;
  readonly by: string;
  readonly because: string;
  readonly atMs: number;
  /** Holds back also what is owed (`pause --all`). */
  readonly all: boolean;
}

export interface OperationClaimRequest {
  /** Where a person approved the plan: the digest that was approved. Another plan is refused. */
  readonly approvedDigest?: string;
  /** From the claim to the last moment for its effect; a retried claim does not move it. */
  readonly actBudgetMs: number;
}

export type OperationClaim =
  | { readonly kind: 'claimed'; readonly operation: Operation }
  /** Not ours to carry out (any more): a sentence. */
  | { readonly kind: 'refused'; readonly why: string };

export interface IncidentRow {
  readonly incident: Incident;
  readonly dueAtMs: number | undefined;
}

export interface TimelineRow extends TimelineEntry {
  readonly incident: number;
  /** Rises over all incidents: the id of a server-sent event. */
  readonly sequence: number;
  readonly atMs: number;
}

export interface IncidentFilter {
  readonly states?: readonly Incident['state'][];
  readonly namespace?: string;
  /** Newest first, ids below this one. */
  readonly before?: number;
  readonly limit: number;
}

export interface StoreCounts {
  readonly byState: Readonly<Record<string, number>>;
  readonly owed: number;
  readonly noticesWaiting: number;
  readonly oldestDueMs: number | undefined;
}

/**
 * The only memory. Every method is one transaction that has been committed when its promise fulfils, and
 * throws `OpsError` `store/unavailable` when nothing is known to have been written.
 * One suite (`tests/conformance/store.suite.ts`) holds for every implementation.
 */
export interface Store {
  /** The store's one clock (engine 6), in milliseconds since the epoch. */
  now(): Promise<number>;

  /** Writes every notice of one webhook, deduplicated; new episodes open an incident each. */
  receive(notices: readonly AlertNotice[]): Promise<Received>;
  /** Resolves when an incident may have become due: a new alert, a command, a report. Local wake-up; time is the caller's. */
  onWork(listener: () => void): () => void;

  /** Takes due incidents of a lane out of the queue, most urgent first (severity, then age). */
  claimDue(
    lane: Lane,
    limit: number,
  ): Promise<{ readonly nowMs: number; readonly claimed: readonly Claimed[] }>;
  /** When the next incident of the lane falls due, on the store's clock. */
  nextDueMs(lane: Lane): Promise<number | undefined>;
  /** Writes a transition, fenced. After `committed` and `lost` the claim is gone. */
  commit(claimed: Claimed, decision: Decision): Promise<Committed>;
  /** Gives a claim back unchanged, due again at the time given. */
  giveUp(claimed: Claimed, dueAtMs: number): Promise<void>;

  /** The incident that has the hold on a key, and the last one that had it and ended. */
  holder(
    key: string,
  ): Promise<{ readonly holder: Incident | undefined; readonly last: Incident | undefined }>;
  limitFacts(check: ReserveCheck): Promise<LimitFacts>;
  /** Is an operation of this id in the ledger? For marks that we find on objects. */
  knowsOperation(id: string): Promise<boolean>;
  /** What was reserved for a target since then, newest first. */
  recentOperations(target: TargetRef, sinceMs: number): Promise<readonly Operation[]>;
  /** A playbook as an incident began with it. */
  playbook(version: string): Promise<Playbook | undefined>;

  /** Executor's side. The same nonce gets the same answer again, any other is refused (engine 4). */
  claimOperation(id: string, nonce: string, claim: OperationClaimRequest): Promise<OperationClaim>;
  /** Asked right before the first write: still claimed by this nonce, and nothing paused? */
  mayWrite(id: string, nonce: string): Promise<OperationClaim>;
  reportOperation(
    id: string,
    nonce: string,
    report: { readonly to: 'done' | 'not-done' | 'unknown'; readonly how: string },
  ): Promise<boolean>;
  /** Operations reserved for an executor that nobody claimed yet. */
  reservedOperations(executor: string): Promise<readonly Operation[]>;

  /** Debts that are due; and all of them, for `status`. */
  owedDue(limit: number): Promise<{ readonly nowMs: number; readonly owed: readonly Owed[] }>;
  allOwed(): Promise<readonly Owed[]>;
  /** Fenced by the debt as it was read: `lost` when it was moved meanwhile. */
  settleOwed(owed: Owed, step: OwedStep, changes?: readonly OwedChange[]): Promise<Committed>;

  pause(pause: Omit<Pause, 'atMs'>): Promise<void>;
  /** True when there was such a pause. */
  resume(scope: PauseScope): Promise<boolean>;
  pauses(): Promise<readonly Pause[]>;
  take(take: Omit<Take, 'atMs'>): Promise<void>;
  untake(target: string): Promise<boolean>;
  takes(): Promise<readonly Take[]>;

  /** Runs `decide` on the incident inside one transaction; refused or accepted at once, never half. Undefined: no such incident. */
  command(
    id: number,
    decide: (incident: Incident, operation: Operation | undefined, nowMs: number) => CommandDecision,
  ): Promise<CommandDecision | undefined>;

  noticesDue(limit: number): Promise<{ readonly nowMs: number; readonly notices: readonly Notice[] }>;
  noticeSent(id: number): Promise<void>;
  noticeFailed(id: number, dueAtMs: number): Promise<void>;

  incidents(filter: IncidentFilter): Promise<readonly IncidentRow[]>;
  incident(id: number): Promise<IncidentRow | undefined>;
  operations(incident: number): Promise<readonly Operation[]>;
  timeline(filter: {
    readonly incident?: number;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly TimelineRow[]>;
  alerts(limit: number): Promise<readonly (JoinedAlert & { readonly incident: number })[]>;
  counts(): Promise<StoreCounts>;
  evidence(incident: number): Promise<string | undefined>;
  saveEvidence(incident: number, json: string): Promise<void>;

  close(): Promise<void>;
}
