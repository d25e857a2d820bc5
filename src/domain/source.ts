import type { Labels } from './alert.ts';

/** One active alert as the rule's evaluator has it. Its labels lack the external labels that Alertmanager's have. */
export interface RuleAlert {
  readonly labels: Labels;
  readonly state: 'pending' | 'firing';
  readonly activeAtMs: number;
  /** As formatted by the source, e.g. `9.3e-01`. */
  readonly value: string;
}

export interface AlertRule {
  readonly name: string;
  readonly query: string;
  readonly labels: Labels;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  readonly lastEvaluationMs: number;
  readonly intervalMs: number;
  /** `for` of the rule. */
  readonly durationMs: number;
  readonly alerts: readonly RuleAlert[];
}

export interface Question {
  readonly id: string;
  /** PromQL, complete: built by `domain/measure.ts`, never from an alert's text. */
  readonly promql: string;
}

export interface Sample {
  readonly labels: Labels;
  /** Never NaN: a NaN sample is reported as `value: undefined`. May be infinite. */
  readonly value: number | undefined;
}

/** `samples: []` is an answer too (and never means healthy); `unknown` is no answer at all. */
export type Answer =
  | { readonly kind: 'answered'; readonly samples: readonly Sample[]; readonly evaluatedAtMs: number }
  | { readonly kind: 'unknown'; readonly why: string };

export type RulesAnswer =
  | { readonly kind: 'answered'; readonly rules: readonly AlertRule[] }
  | { readonly kind: 'unknown'; readonly why: string };

export interface ListedAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly startsAtMs: number;
  /** When Alertmanager will forget it unless it is sent again. */
  readonly endsAtMs: number;
  readonly state: 'active' | 'suppressed' | 'unprocessed';
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

export type AlertsAnswer =
  | { readonly kind: 'answered'; readonly alerts: readonly ListedAlert[] }
  | { readonly kind: 'unknown'; readonly why: string };
