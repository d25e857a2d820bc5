import type { Answer, Question, RulesAnswer } from '../domain/source.ts';

export type { AlertRule, Answer, Question, RulesAnswer, Sample } from '../domain/source.ts';

/**
 * Prometheus or Mimir: the source that evaluates the rules. Never throws for what the outside does: what is
 * unreachable, slow, truncated, HTML or nonsense is `unknown` with a sentence.
 */
export interface Metrics {
  rules(signal: AbortSignal): Promise<RulesAnswer>;
  /** Asks all questions at one moment, in as few requests as possible. Every id has an answer. */
  ask(questions: readonly Question[], signal: AbortSignal): Promise<ReadonlyMap<string, Answer>>;
}
