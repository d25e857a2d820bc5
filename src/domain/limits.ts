import type { Limits } from './settings.ts';

/**
 * Which counts a reservation is checked against; the same check runs when the guards judge and again inside the
 * reserving transaction, so that two incidents cannot both take the last place.
 */
export interface ReserveCheck {
  readonly incident: number;
  /** `targetKey` */
  readonly target: string;
  readonly namespace: string;
  readonly playbook: string;
  /** Configured limits, tightened by the playbook. */
  readonly limits: Limits;
  /** What is owed and undone is not held back by limits, only by `pause --all`. */
  readonly purpose: 'fix' | 'undo' | 'give-back';
}

/** What the store counts. Numbers of operations are those that were claimed (had or may have had an effect) or are live. */
export interface LimitFacts {
  readonly nowMs: number;
  /** Scopes of the pauses that touch this plan, as people read them. */
  readonly paused: readonly string[];
  /** Somebody's open `take` of the target. */
  readonly takenBy?: string;
  /** Live operations on the target (reserved or claimed), numbers as shown. */
  readonly liveOnTarget: readonly string[];
  readonly live: number;
  readonly changesOnTarget: number;
  readonly changesByPlaybook: number;
  readonly changesInNamespace: number;
  readonly changesInCluster: number;
  /** When the last other incident with an operation on this target ended. */
  readonly lastEndedAtMs?: number;
  /** The playbook's last proofs that counted, newest first, at most `breaker.of`: true = fixed. */
  readonly recentProofs: readonly boolean[];
  /** Proofs in a row of (alert, action) of this playbook that were fixed / not fixed, newest first. */
  readonly streak: { readonly fixed: number; readonly notFixed: number };
  /** Distinct targets (unresolved alerts counted apart) with an incident opened within the storm window. */
  readonly newTargets: { readonly cluster: number; readonly namespace: number; readonly unresolved: number };
  /** A storm that is on: since when, until when at the earliest. */
  readonly storm?: { readonly sinceMs: number; readonly calmAtMs: number; readonly scope: string };
}
