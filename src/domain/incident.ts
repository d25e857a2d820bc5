import type { JoinedAlert, Severity } from './alert.ts';
import type { Plan } from './operation.ts';
import type { TargetRef } from './target.ts';
import type { Trace } from './verdict.ts';

/**
 * The life of an incident (design: engine 1). `handed-over` keeps the hold on the target: it is left to a person,
 * not ended. `resolved` is proved; `closed` always has a reason.
 *
 *     open, waiting, asking ──► executing ──► verifying ──► resolved
 *            │                     │             │
 *            └──► closed           └─────────────┴──────► handed-over ──► resolved | closed | open (retry)
 */
export type State =
  | 'open'
  | 'waiting'
  | 'asking'
  | 'executing'
  | 'verifying'
  | 'handed-over'
  | 'resolved'
  | 'closed';

export type CloseReason = 'self-healed' | 'observed' | 'joined' | 'by-person';

export type HandoverReason =
  | 'unknown-alert'
  | 'repeated-failure'
  | 'security-incident'
  | 'data-recovery'
  | 'infrastructure-change'
  | 'ambiguous'
  | 'guard-refused'
  | 'approval-expired'
  | 'rejected'
  | 'no-rung-left'
  | 'made-worse'
  | 'undone'
  | 'storm';

/** One try of one rung, kept for the ladder, the trace and the handover. */
export interface Attempt {
  readonly operation: string;
  readonly number: string;
  readonly rung: number;
  readonly action: string;
  readonly summary: string;
  readonly outcome:
    | 'fixed'
    | 'not-fixed'
    | 'harm'
    | 'cannot-tell'
    | 'not-done'
    | 'closed'
    | 'undone'
    | 'running';
  readonly why: string;
}

/** What a proof has seen so far. Kept while the incident watches: after an effect, or while it heals by itself. */
export interface ProofState {
  /** Conditions look only at time after this (the effect, or the moment the source fell silent). */
  readonly sinceMs: number;
  /** All conditions have been true without a gap since then; absent while they are not. */
  readonly trueSinceMs?: number;
  /** Conditions were true for the whole quiet window at this time; from here only the rule is waited for. */
  readonly provedAtMs?: number;
  readonly looks: number;
  readonly trueLooks: number;
  readonly lastLookMs: number;
  /** The last readings, one a condition, as shown. */
  readonly readings: readonly Reading[];
  /** Last word of the source on the rule. */
  readonly rule: string;
  /** Values of numeric conditions just before the first write, by condition subject. */
  readonly before: Readonly<Record<string, number>>;
  /** Restarts by pod at the last look. */
  readonly restarts?: Readonly<Record<string, number>>;
  /** Looks in a row that saw harm. */
  readonly harmLooks?: number;
  /** Already told that the rule cannot clear. */
  readonly cannotClearToldAtMs?: number;
}

export interface Reading {
  readonly condition: string;
  readonly verdict: 'true' | 'false' | 'cannot-tell' | 'settling';
  readonly read: string;
  /** How far back it looks; 0 for the present. Within this time after an effect it still sees the past. */
  readonly rangeMs: number;
}

export interface Handover {
  readonly reason: HandoverReason;
  readonly why: string;
  readonly atMs: number;
  /** What an expert would look at and try, where the catalogue knows the alert better than a playbook does. */
  readonly advice?: { readonly look: readonly string[]; readonly try: readonly string[] };
}

/** The whole of one incident, as the heart sees and returns it. Stored as one document. */
export interface Incident {
  readonly id: number;
  readonly state: State;
  readonly openedAtMs: number;
  readonly severity: Severity;
  /** Every alert that joined, first one first. Their `status` is the last thing a webhook said. */
  readonly alerts: readonly JoinedAlert[];
  /** Absent until planning resolved it (or for ever, when nothing resolves). */
  readonly target?: TargetRef;
  /** `pod a → ReplicaSet b → Deployment c` */
  readonly targetThrough?: readonly string[];
  readonly playbook?: { readonly name: string; readonly version: string };
  /** Next rung of the ladder to try. */
  readonly rung: number;
  readonly attempts: readonly Attempt[];
  /** Counts up with every operation, so that numbers (`41.2`) are never used twice. */
  readonly operationsReserved: number;
  readonly wait?: {
    readonly sinceMs: number;
    readonly looks: number;
    readonly guard: string;
    readonly why: string;
    /** A wait without a limit (pause, storm, somebody holds it) is not handed over when `waitLimit` passes. */
    readonly patient: boolean;
  };
  readonly asking?: { readonly plan: Plan; readonly sinceMs: number; readonly expiresAtMs: number };
  /** Questions put to people since the last effect; a third differing digest is handed over. */
  readonly asked: number;
  readonly approval?: { readonly digest: string; readonly by: string; readonly atMs: number };
  /** The operation in flight (executing) or being proved (verifying). */
  readonly operation?: string;
  /** After an undo: hand over as made-worse. */
  readonly undoing?: boolean;
  readonly proof?: ProofState;
  /** Last decision trace: every guard with what it read. */
  readonly trace?: Trace;
  readonly handover?: Handover;
  readonly ended?: { readonly atMs: number; readonly how: 'resolved' | CloseReason; readonly why: string };
  /** Times it ended as resolved and came back, for `repeated-failure`. */
  readonly recurrences: readonly number[];
  /** People were told of it (a handover, a question): they are told when it is over. */
  readonly told?: boolean;
  readonly take?: { readonly by: string; readonly untilMs?: number; readonly because: string };
  /** For alerts without a rule at the source: when Alertmanager first lacked each (by key). */
  readonly absentSinceMs?: Readonly<Record<string, number>>;
  /** Where its alerts went when it lost the hold. */
  readonly joinedInto?: number;
}

export type TimelineKind =
  | 'alert'
  | 'target'
  | 'decided'
  | 'planned'
  | 'reserved'
  | 'claimed'
  | 'changed'
  | 'operation'
  | 'looked'
  | 'fixed'
  | 'proved'
  | 'resolved'
  | 'closed'
  | 'handed-over'
  | 'asked'
  | 'person'
  | 'reopened'
  | 'owed'
  | 'told'
  | 'noted';

/** One line of what happened, appended with the change it tells of, in the same transaction. */
export interface TimelineEntry {
  readonly kind: TimelineKind;
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export function isEnded(state: State): boolean {
  return state === 'resolved' || state === 'closed';
}
