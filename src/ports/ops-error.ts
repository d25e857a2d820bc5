/** Everything that the outside world can do to us, as a closed list. `docs/operations.md` has a line for each. */
export type OpsCode =
  | 'kubernetes/unreachable'
  | 'kubernetes/unauthorized'
  | 'kubernetes/forbidden'
  | 'kubernetes/not-served'
  | 'kubernetes/invalid-answer'
  | 'kubernetes/overloaded'
  | 'kubernetes/refused'
  | 'metrics/unreachable'
  | 'metrics/unauthorized'
  | 'metrics/bad-query'
  | 'metrics/invalid-answer'
  | 'metrics/overloaded'
  | 'alerts/unreachable'
  | 'alerts/unauthorized'
  | 'alerts/invalid-answer'
  | 'alerts/overloaded'
  | 'store/unavailable'
  | 'store/locked'
  | 'store/wrong-cluster'
  | 'store/too-new'
  | 'config/invalid'
  | 'playbook/invalid'
  | 'server/unreachable'
  | 'server/unauthorized'
  | 'server/refused';

/** What is known about the effect of a request that failed: it certainly had none, or nobody can know. */
export type Effect = 'none' | 'unknown';

export interface OpsErrorFields {
  readonly code: OpsCode;
  /** Is the same request worth sending again later? */
  readonly retry: 'later' | 'never';
  /** One sentence for a person: what happened and why. Never holds a secret. */
  readonly message: string;
  /** What to do next, best as an exact command. */
  readonly hint?: string;
  /** For a failed write: `none` only if it cannot have had an effect. Default `none`. */
  readonly effect?: Effect;
  /** At least this long should pass before the next try (from `Retry-After`). */
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The outside failed. Made only at the edge (connectors, stores, loaders); decided on anywhere by its code. */
export class OpsError extends Error {
  readonly code: OpsCode;
  readonly retry: 'later' | 'never';
  readonly hint: string | undefined;
  readonly effect: Effect;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(fields: OpsErrorFields) {
    super(fields.message, { cause: fields.cause });
    this.name = 'OpsError';
    this.code = fields.code;
    this.retry = fields.retry;
    this.hint = fields.hint;
    this.effect = fields.effect ?? 'none';
    this.retryAfterMs = fields.retryAfterMs;
    this.details = fields.details ?? {};
  }
}
