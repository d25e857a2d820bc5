import type { Answer, AlertsAnswer, Question, RulesAnswer } from '../domain/source.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';

interface Shared<T> {
  readonly atMs: number;
  readonly answer: Promise<T>;
}

interface Asking {
  readonly questions: readonly Question[];
  readonly answered: PromiseWithResolvers<ReadonlyMap<string, Answer>>;
}

/** An answer this young is shared: a storm of alerts asks the source once a moment, not once an alert. */
const SHARE_MS = 200;

/** Looks at Prometheus and Alertmanager, taken together by all incidents that need them in the same moment. */
export class SourceLooks {
  readonly #metrics: Metrics;
  readonly #alerts: Alerts;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #rules: Shared<RulesAnswer> | undefined;
  #listed: Shared<AlertsAnswer> | undefined;
  #queued: Asking[] = [];

  constructor(ports: {
    readonly metrics: Metrics;
    readonly alerts: Alerts;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  }) {
    this.#metrics = ports.metrics;
    this.#alerts = ports.alerts;
    this.#clock = ports.clock;
    this.#signal = ports.signal;
  }

  /** The rules as they were asked for now, or at most `SHARE_MS` ago. */
  rules(): Promise<RulesAnswer> {
    this.#rules = this.#share(this.#rules, () => this.#metrics.rules(this.#signal));
    return this.#rules.answer;
  }

  /** What Alertmanager lists, likewise. */
  listed(): Promise<AlertsAnswer> {
    this.#listed = this.#share(this.#listed, () => this.#alerts.list(this.#signal));
    return this.#listed.answer;
  }

  /** Both, asked anew: for the last look before a write. */
  async fresh(): Promise<{ readonly rules: RulesAnswer; readonly alerts: AlertsAnswer }> {
    const [rules, alerts] = await Promise.all([
      this.#metrics.rules(this.#signal),
      this.#alerts.list(this.#signal),
    ]);
    return { rules, alerts };
  }

  /** Asks together with everything else that is asked in this turn. Ids need to be unique per caller only. */
  ask(questions: readonly Question[]): Promise<ReadonlyMap<string, Answer>> {
    if (questions.length === 0) return Promise.resolve(new Map());
    const answered = Promise.withResolvers<ReadonlyMap<string, Answer>>();
    this.#queued.push({ questions, answered });
    if (this.#queued.length === 1) this.#clock.turn(() => void this.#askQueued());
    return answered.promise;
  }

  async #askQueued(): Promise<void> {
    const askings = this.#queued;
    this.#queued = [];
    const all = askings.flatMap(({ questions }, asking) =>
      questions.map(({ id, promql }) => ({ id: `${asking}/${id}`, promql })),
    );
    try {
      const answers = await this.#metrics.ask(all, this.#signal);
      askings.forEach(({ questions, answered }, asking) => {
        answered.resolve(
          new Map(
            questions.map(({ id }) => [
              id,
              answers.get(`${asking}/${id}`) ?? { kind: 'unknown', why: 'the source did not answer it' },
            ]),
          ),
        );
      });
    } catch (error) {
      for (const { answered } of askings) answered.reject(error);
    }
  }

  #share<T>(last: Shared<T> | undefined, look: () => Promise<T>): Shared<T> {
    const nowMs = this.#clock.monotonic();
    return last !== undefined && nowMs - last.atMs < SHARE_MS ? last : { atMs: nowMs, answer: look() };
  }
}
