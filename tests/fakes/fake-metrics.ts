import type { Clock } from '../../src/ports/clock.ts';
import type { AlertRule, Answer, Metrics, Question, RulesAnswer, Sample } from '../../src/ports/metrics.ts';

/** What the scripted world says: samples, or that there is no answer. */
export type FakeAnswer = readonly Sample[] | { readonly unknown: string };

/**
 * A metrics source whose rules and samples are computed from the world of a test at the moment of asking. Without a
 * script it has no rules and no samples, as a source that knows nothing does.
 */
export class FakeMetrics implements Metrics {
  readonly #clock: Clock;
  rulesAt: (nowMs: number) => readonly AlertRule[] | { readonly unknown: string } = () => [];
  answerAt: (question: Question, nowMs: number) => FakeAnswer = () => [];
  /** Questions answered so far. */
  asked = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  rules(): Promise<RulesAnswer> {
    const rules = this.rulesAt(this.#clock.now());
    return Promise.resolve(
      'unknown' in rules ? { kind: 'unknown', why: rules.unknown } : { kind: 'answered', rules },
    );
  }

  ask(questions: readonly Question[]): Promise<ReadonlyMap<string, Answer>> {
    const nowMs = this.#clock.now();
    this.asked += questions.length;
    return Promise.resolve(
      new Map(questions.map((question) => [question.id, this.#answer(question, nowMs)])),
    );
  }

  #answer(question: Question, nowMs: number): Answer {
    const answer = this.answerAt(question, nowMs);
    if ('unknown' in answer) return { kind: 'unknown', why: answer.unknown };
    const samples = answer.map(({ labels, value }) => ({
      labels,
      value: Number.isNaN(value) ? undefined : value,
    }));
    return { kind: 'answered', samples, evaluatedAtMs: nowMs };
  }
}
