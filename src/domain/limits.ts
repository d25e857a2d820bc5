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
  /** The alert that leads and the action of the plan: a streak is counted for this pair. */
  readonly alertname: string;
  readonly action: string;
  /** Configured limits, tightened by the playbook. */
  readonly limits: Limits;
  /** Changes of the same incident before this one: its rungs follow the ladder, not the cooldown. */
  readonly ownChanges?: number;
  /** What is owed and undone is not held back by limits, only by `pause --all`. */
  readonly purpose: 'fix' | 'undo' | 'give-back';
  /** A person approved this very plan: an open breaker asks, so it does not hold back what was answered. */
  readonly approved?: boolean;
}

/** What the store counts. Numbers of operations are those that were claimed (had or may have had an effect) or are live. */
export interface LimitFacts {
  readonly nowMs: number;
  /** Scopes of the pauses that hold this plan back, as people read them (for what is owed only `pause --all`). */
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

/** The limits by the names of their guards, in the guards' order. */
export type LimitName =
  | 'paused'
  | 'held by a person'
  | 'one at a time'
  | 'parallel'
  | 'cooldown'
  | 'attempts'
  | 'rate'
  | 'storm'
  | 'breaker';

/** The scopes whose storm holds a plan back, in the words that `stormAhead` names them by. */
export function stormScopes(namespace: string): readonly [string, string] {
  return ['the cluster', `namespace ${namespace}`];
}

function coolingDown(facts: LimitFacts, limits: Limits): boolean {
  return facts.lastEndedAtMs !== undefined && facts.nowMs < facts.lastEndedAtMs + limits.target.cooldownMs;
}

function rateReached(facts: LimitFacts, limits: Limits): boolean {
  return (
    facts.changesByPlaybook >= limits.playbook.count ||
    facts.changesInNamespace >= limits.namespace.count ||
    facts.changesInCluster >= limits.cluster.count
  );
}

/** The breaker is open: this many of the playbook's last proofs that counted were failures. */
export function breakerOpen(facts: LimitFacts, limits: Limits): boolean {
  const failures = facts.recentProofs.slice(0, limits.breaker.of).filter((fixed) => !fixed).length;
  return failures >= limits.breaker.failures;
}

/** Every limit that holds the reservation back now; empty: it may be reserved. */
export function limitsReached(facts: LimitFacts, check: ReserveCheck): readonly LimitName[] {
  const { limits } = check;
  const always: readonly (readonly [LimitName, boolean])[] = [
    ['paused', facts.paused.length > 0],
    ['one at a time', facts.liveOnTarget.length > 0],
  ];
  // What is owed and undone puts things back: holding it back would leave the platform in between.
  const forFixes: readonly (readonly [LimitName, boolean])[] = [
    ['held by a person', facts.takenBy !== undefined],
    ['parallel', facts.live >= limits.parallel],
    ['cooldown', (check.ownChanges ?? 0) === 0 && coolingDown(facts, limits)],
    ['attempts', facts.changesOnTarget >= limits.target.changes.count],
    ['rate', rateReached(facts, limits)],
    ['storm', facts.storm !== undefined],
    ['breaker', check.approved !== true && breakerOpen(facts, limits)],
  ];
  const asked = check.purpose === 'fix' ? [...always, ...forFixes] : always;
  return asked.filter(([, reached]) => reached).map(([name]) => name);
}

/** May this be reserved, by everything that the store counts? */
export function withinLimits(facts: LimitFacts, check: ReserveCheck): boolean {
  return limitsReached(facts, check).length === 0;
}
