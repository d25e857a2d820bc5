import type { BudgetLimit } from './budget.ts';
import type { Autonomy } from './playbook.ts';

/** One line of `changes.allow` or `changes.never`: a missing field means any. Patterns know `*` only. */
export interface ChangeScope {
  readonly namespaces?: readonly string[];
  readonly kinds?: readonly string[];
  readonly actions?: readonly string[];
}

/** `count` per `perMs`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

export interface Limits {
  readonly target: { readonly changes: Rate; readonly cooldownMs: number };
  readonly playbook: Rate;
  readonly namespace: Rate;
  readonly cluster: Rate;
  readonly parallel: number;
  /** Largest share (0 to 1) of a workload's replicas that anything we do may make unavailable. */
  readonly unavailable: number;
  readonly storm: {
    readonly targets: number;
    readonly share: number;
    readonly withinMs: number;
    readonly calmForMs: number;
  };
  readonly breaker: { readonly failures: number; readonly of: number };
}

/**
 * Every waiting time of the engine in one place, so that a demo and tests can shorten them and say so
 * (`timings` in the configuration). Defaults: design/engine.md; see `DEFAULT_TIMINGS`.
 */
export interface Timings {
  /** A guard may make an incident wait this long in one go. */
  readonly waitLimitMs: number;
  readonly approvalMs: number;
  /** From reserving to claiming. */
  readonly claimByMs: number;
  /** From the claim to the last moment at which a write may be sent, plus `requestTimeoutMs`. */
  readonly actBudgetMs: number;
  readonly requestTimeoutMs: number;
  /** After actBy, how long a request of ours may still take effect at the API server (its own request timeout). */
  readonly stragglerMs: number;
  /** Between two looks at a proof. */
  readonly lookEveryMs: number;
  /** Between two looks while a guard waits; doubles up to eight times this. */
  readonly waitLookEveryMs: number;
  /** Between two looks at a handed-over incident. */
  readonly handedOverLookEveryMs: number;
  /** Caps every playbook's quiet window when set (demo and tests). */
  readonly holdCapMs?: number;
  /** Caps every measure's window when set (demo and tests). */
  readonly rangeCapMs?: number;
  /** Caps every rung's timeout when set. */
  readonly proofTimeoutCapMs?: number;
  /** A rule whose last evaluation is older than this (and than three of its intervals) is not current. */
  readonly ruleFreshMs: number;
  /** A sample older than this is stale. */
  readonly sampleFreshMs: number;
  /** An alert without a rule must be missing at Alertmanager twice, at least this far apart. */
  readonly absentTwiceMs: number;
  /** An alert that comes back this soon after `resolved` is a failed proof. */
  readonly recurrenceMs: number;
  /** Alerts on a target whose incident ended this recently join it again instead of opening a new one. */
  readonly reopenWithinMs: number;
  /** How long a rule may keep firing after the conditions are proved before that is noted as `rule-cannot-clear`. */
  readonly clearWithinMs: number;
}

/** Sources: engine 1 (waitLimit, approval, recurrence), engine 4 (act budget, request timeout, straggler), engine 3 (90 s), DESIGN 3. */
export const DEFAULT_TIMINGS: Timings = {
  waitLimitMs: 15 * 60_000,
  approvalMs: 30 * 60_000,
  claimByMs: 5 * 60_000,
  actBudgetMs: 60_000,
  requestTimeoutMs: 10_000,
  stragglerMs: 60_000,
  lookEveryMs: 15_000,
  waitLookEveryMs: 5_000,
  handedOverLookEveryMs: 60_000,
  ruleFreshMs: 120_000,
  sampleFreshMs: 120_000,
  absentTwiceMs: 90_000,
  recurrenceMs: 60 * 60_000,
  reopenWithinMs: 24 * 60 * 60_000,
  clearWithinMs: 15 * 60_000,
};

/** What the judgement needs to know of the configuration: plain values, validated by `config/`. */
export interface Settings {
  readonly clusterName: string;
  readonly mode: Autonomy;
  readonly changes: { readonly allow: readonly ChangeScope[]; readonly never: readonly ChangeScope[] };
  /** Namespaces that can never be allowed: Runova's own and its database's. */
  readonly ownNamespaces: readonly string[];
  readonly limits: Limits;
  readonly autonomy: { readonly earnSuccesses: number; readonly demoteFailures: number };
  readonly timings: Timings;
  /** By whom people are told what needs them; `nobody`: they look for themselves. */
  readonly tell: 'alertmanager' | 'nobody';
  /** Absent: no budget is configured. */
  readonly budget?: BudgetLimit;
}
