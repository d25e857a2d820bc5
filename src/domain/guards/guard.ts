import type { Alert } from '../alert.ts';
import type { Firing } from '../firing.ts';
import type { FreezeLook } from '../freeze.ts';
import type { LimitFacts } from '../limits.ts';
import type { Operation, Plan } from '../operation.ts';
import type { Playbook, Rung } from '../playbook.ts';
import type { RoomLook } from '../room.ts';
import type { Limits, Settings } from '../settings.ts';
import type { AlertsAnswer } from '../source.ts';
import type { GuardLine, GuardQuestion } from '../verdict.ts';
import type { TargetView } from '../workload.ts';

/** What an outside check said: `unknown` when it could not be asked, which never allows. */
export type Checked =
  | { readonly kind: 'ok'; readonly read: string }
  | { readonly kind: 'no'; readonly read: string }
  | { readonly kind: 'unknown'; readonly read: string };

/** Everything that guards look at, gathered before any of them is asked. */
export interface GuardFacts {
  readonly nowMs: number;
  readonly settings: Settings;
  /** Configured limits, tightened by the playbook. */
  readonly limits: Limits;
  readonly playbook: Playbook;
  readonly rung: Rung;
  readonly plan: Plan;
  readonly alerts: readonly Alert[];
  /** What kind of security trouble the alerts tell of; undefined when they tell of none. */
  readonly securityClass: string | undefined;
  readonly firing: Firing;
  readonly listed: AlertsAnswer;
  readonly view: TargetView;
  readonly freeze: FreezeLook;
  readonly counts: LimitFacts;
  /** Ids of operations whose marks are on the object and that our ledger does not know. */
  readonly unknownMarks: readonly string[];
  /** What was reserved for the target within `UNDONE_WITHIN_MS`, newest first. */
  readonly recentOperations: readonly Operation[];
  readonly dryRun: Checked;
  /** Would a replacement pod be admitted? `ok` where the plan starts no pods. */
  readonly admission: Checked;
  readonly room: RoomLook;
  readonly size: { readonly targets: number; readonly namespace: number } | undefined;
  /** Digest that a person has approved, if any. */
  readonly approved: string | undefined;
  /** Operations that this incident has carried out before: rungs of one incident follow the ladder, not the cooldown. */
  readonly ownChanges: number;
}

export type Judged = Omit<GuardLine, 'guard' | 'question'>;

/** One question before a change. `Needs` are the facts that it looks at: some are put again right before the write. */
export interface Guard<Needs = GuardFacts> {
  readonly name: string;
  readonly question: GuardQuestion;
  judge(facts: Needs): Judged;
}

export const allow = (read: string, limit?: string): Judged =>
  limit === undefined ? { verdict: 'allow', read } : { verdict: 'allow', read, limit };

export const refuse = (read: string, remedy: string): Judged => ({ verdict: 'refuse', read, remedy });

export const wait = (read: string, remedy: string): Judged => ({ verdict: 'wait', read, remedy });

/** A wait that only somebody's or something's change ends: no time limit hands it over. */
export const waitPatiently = (read: string, remedy: string): Judged => ({
  verdict: 'wait',
  read,
  remedy,
  patient: true,
});

export const ask = (read: string, remedy: string): Judged => ({ verdict: 'ask', read, remedy });
