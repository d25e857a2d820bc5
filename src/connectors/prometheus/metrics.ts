import type { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { AlertRule, Answer, Metrics, Question, RulesAnswer, Sample } from '../../ports/metrics.ts';
import { OpsError } from '../../ports/ops-error.ts';
import { answerFailure, statusFailure } from '../http-failure.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../http.ts';
import { shown } from '../server-words.ts';
import { QUESTION_LABEL, chunks, composed } from './composed-query.ts';
import { evaluatedAtMs, ruleFrom, samplesFrom } from './mapping.ts';
import {
  envelopeSchema,
  resultSchema,
  ruleSchema,
  rulesSchema,
  scalarSchema,
  vectorSchema,
} from './schema.ts';
import type { Vector } from './schema.ts';

/** A composed request that failed like this failed for one of its questions; asked singly, the others are answered. */
const ONE_SPOILS_ALL: ReadonlySet<number> = new Set([400, 413, 414, 422]);
/** Remarks of the engine about one expression (wrong metric type, odd quantile), not about missing data. */
const ABOUT_EXPRESSION = /^PromQL (?:warning|info):/;
/** The server ends a query a little before we stop waiting, so that it does not work for nobody. */
const QUERY_TIMEOUT = '9s';
const RULES_PATH = '/api/v1/rules?type=alert';

interface Envelope {
  readonly data: unknown;
  readonly warnings: readonly string[];
}

/** What the samples of a question look like before they are sorted to it. */
interface Evaluated {
  readonly vector: Vector;
  readonly warnings: readonly string[];
}

function unknown(error: unknown): { readonly kind: 'unknown'; readonly why: string } {
  if (error instanceof OpsError) return { kind: 'unknown', why: error.message };
  throw error;
}

function doubted(warnings: readonly string[]): { readonly kind: 'unknown'; readonly why: string } {
  return { kind: 'unknown', why: `The metrics source doubts its answer: ${shown(warnings.join('; '), 300)}` };
}

function spoiltByOne(error: unknown): boolean {
  return error instanceof OpsError && ONE_SPOILS_ALL.has(Number(error.details['status']));
}

/** The `Metrics` port over the HTTP API that Prometheus and Mimir share. The base URL includes Mimir's prefix. */
export class PrometheusMetrics implements Metrics {
  readonly #http: HttpClient;
  readonly #clock: Clock;

  constructor(http: HttpClient, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  async rules(signal: AbortSignal): Promise<RulesAnswer> {
    const request: HttpRequest = { method: 'GET', path: RULES_PATH, signal };
    try {
      const { data, warnings } = this.#envelope(request, await this.#http.read(request));
      if (warnings.length > 0) return doubted(warnings);
      const { groups } = this.#checked(rulesSchema, request, data);
      const rules = groups.flatMap(({ interval, rules: all }) =>
        all
          .filter(({ type }) => type === 'alerting')
          .map((rule): AlertRule => ruleFrom(this.#checked(ruleSchema, request, rule), interval ?? 0)),
      );
      return { kind: 'answered', rules };
    } catch (error) {
      return unknown(error);
    }
  }

  async ask(questions: readonly Question[], signal: AbortSignal): Promise<ReadonlyMap<string, Answer>> {
    const answers = await Promise.all(chunks(questions).map((chunk) => this.#askChunk(chunk, signal)));
    return new Map(answers.flatMap((each) => [...each]));
  }

  async #askChunk(questions: readonly Question[], signal: AbortSignal): Promise<ReadonlyMap<string, Answer>> {
    if (questions.length === 1) return this.#askSingly(questions, signal);
    try {
      const evaluated = await this.#query(composed(questions), signal);
      if (evaluated.warnings.some((warning) => ABOUT_EXPRESSION.test(warning)))
        return await this.#askSingly(questions, signal);
      return this.#sorted(questions, evaluated);
    } catch (error) {
      if (spoiltByOne(error)) return this.#askSingly(questions, signal);
      const answer = unknown(error);
      return new Map(questions.map(({ id }) => [id, answer]));
    }
  }

  async #askSingly(
    questions: readonly Question[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Answer>> {
    const answers = await Promise.all(
      questions.map(async ({ id, promql }): Promise<readonly [string, Answer]> => {
        try {
          return [id, this.#answer(await this.#query(promql, signal))];
        } catch (error) {
          return [id, unknown(error)];
        }
      }),
    );
    return new Map(answers);
  }

  #answer({ vector, warnings }: Evaluated): Answer {
    if (warnings.length > 0) return doubted(warnings);
    const evaluatedAt = evaluatedAtMs(vector) ?? this.#clock.now();
    return { kind: 'answered', samples: samplesFrom(vector), evaluatedAtMs: evaluatedAt };
  }

  #sorted(questions: readonly Question[], { vector, warnings }: Evaluated): ReadonlyMap<string, Answer> {
    if (warnings.length > 0) return new Map(questions.map(({ id }) => [id, doubted(warnings)]));
    const evaluatedAt = evaluatedAtMs(vector) ?? this.#clock.now();
    const samples = questions.map((): Sample[] => []);
    for (const { labels, value } of samplesFrom(vector)) {
      const { [QUESTION_LABEL]: index, ...own } = labels;
      samples[Number(index)]?.push({ labels: own, value });
    }
    return new Map(
      questions.map(({ id }, index) => {
        return [id, { kind: 'answered', samples: samples[index] ?? [], evaluatedAtMs: evaluatedAt }];
      }),
    );
  }

  async #query(promql: string, signal: AbortSignal): Promise<Evaluated> {
    const request: HttpRequest = {
      method: 'POST',
      path: '/api/v1/query',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query: promql, timeout: QUERY_TIMEOUT }).toString(),
      signal,
    };
    // A POST by name only: the form is longer than a URL may be, nothing is changed by it.
    const { data, warnings } = this.#envelope(request, await this.#http.read(request));
    const { resultType, result } = this.#checked(resultSchema, request, data);
    if (resultType === 'vector') return { vector: this.#checked(vectorSchema, request, result), warnings };
    if (resultType === 'scalar')
      return { vector: [{ metric: {}, value: this.#checked(scalarSchema, request, result) }], warnings };
    throw answerFailure(this.#http.call(request, false), `a ${shown(resultType, 40)} instead of a vector`);
  }

  #envelope(request: HttpRequest, answer: HttpAnswer): Envelope {
    const call = this.#http.call(request, false);
    if (answer.status !== 200) throw statusFailure(call, answer);
    let value: unknown;
    try {
      value = JSON.parse(answer.body);
    } catch (error) {
      const what = answer.body.trimStart().startsWith('<')
        ? 'it is an HTML page'
        : 'it is not JSON, or cut off';
      throw answerFailure(call, what, error);
    }
    const { data, warnings } = this.#checked(envelopeSchema, request, value);
    return { data, warnings: warnings ?? [] };
  }

  #checked<T>(schema: z.ZodType<T>, request: HttpRequest, value: unknown): T {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw answerFailure(
      this.#http.call(request, false),
      `${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'unreadable'}`,
    );
  }
}
