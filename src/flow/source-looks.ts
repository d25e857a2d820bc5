import type { Answer, AlertsAnswer, Question, RulesAnswer } from '../domain/source.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';

interface Shared<T> {
  readonly atMs: number;
  readonly answer: Promise<T>;
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
  #queued: { readonly questions: readonly Question[]; readonly answer: (answers: ReadonlyMap<string, Answer>) => void }[] = [];

  constructor(ports: { readonly metrics: Metrics; readonly alerts: Alerts; readonly clock: Clock; readonly signal: AbortSignal }) {
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
    const [rules, alerts] = await Promise.all([this.#metrics.rules(this.#signal), this.#alerts.list(this.#signal)]);
    return { rules, alerts };
  }

  /** Asks together with everything else that is asked in this turn. Ids need to be unique per caller only. */
  ask(questions: readonly Question[]): Promise<ReadonlyMap<string, Answer>> {
    if (questions.length === 0) return Promise.resolve(new Map());
    const { promise, resolve } = Promise.withResolvers<ReadonlyMap<string, Answer>>();
    this.#queued.push({ questions, answer: resolve });
    if (this.#queued.length === 1) this.#clock.turn(() => void this.#askQueued());
    return promise;
  }

  async #askQueued(): Promise<void> {
    const callers = this.#queued;
    this.#queued = [];
    const all = callers.flatMap(({ questions }, caller) => questions.map(({ id, promql }) => ({ id: `${caller}/${id}`, promql })));
    const answers = await this.#metrics.ask(all, this.#signal);
    callers.forEach(({ questions, answer }, caller) => {
      answer(new Map(questions.map(({ id }) => [id, answers.get(`${caller}/${id}`) ?? { kind: 'unknown', why: 'the source did not answer it' }])));
    });
  }

  #share<T>(last: Shared<T> | undefined, look: () => Promise<T>): Shared<T> {
    const nowMs = this.#clock.monotonic();
    return last !== undefined && nowMs - last.atMs < SHARE_MS ? last : { atMs: nowMs, answer: look() };
  }
}
