import { parseDuration } from './duration.ts';
import { evaluate, SeriesCollector, type EvaluationContext } from './evaluate.ts';
import type { Expression } from './expression.ts';
import { labelRecord } from './labels.ts';
import { formatSample } from './number-format.ts';
import { parseExpression } from './parser.ts';
import { QueryError } from './query-error.ts';
import type { SeriesStore } from './series-store.ts';
import { checkTypes, shownType } from './type-check.ts';
import type { Value } from './value.ts';

/** More points per series than this are refused (web/api/v1). */
const MAX_POINTS = 11_000;

/** What queries run against. */
export interface QueryRunner {
  readonly store: SeriesStore;
  readonly lookbackMs: number;
  readonly evaluationIntervalMs: number;
  readonly nowMs: () => number;
}

/** `/api/v1/query`: the data of the answer. Throws a `QueryError`. */
export function instantQuery(parameters: URLSearchParams, runner: QueryRunner): object {
  const atMs = parseTime('time', parameters.get('time')) ?? runner.nowMs();
  const expression = parseQuery(parameters);
  const value = evaluate(expression, atMs, contextOf(runner, atMs, atMs));
  return { resultType: value.type, result: shownValue(value, atMs) };
}

/** `/api/v1/query_range`: the data of the answer. Throws a `QueryError`. */
export function rangeQuery(parameters: URLSearchParams, runner: QueryRunner): object {
  const startMs = required('start', parseTime('start', parameters.get('start')));
  const endMs = required('end', parseTime('end', parameters.get('end')));
  if (endMs < startMs) throw invalid('end', 'end timestamp must not be before start time');
  const stepMs = parseStep(parameters.get('step'));
  if (stepMs <= 0)
    throw invalid(
      'step',
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  if ((endMs - startMs) / stepMs > MAX_POINTS) {
    throw new QueryError(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  const expression = parseQuery(parameters);
  const type = checkTypes(expression);
  if (type !== 'scalar' && type !== 'vector') {
    const message = `invalid expression type "${shownType(type)}" for range query, must be Scalar or instant Vector`;
    throw invalid('query', message);
  }
  const collector = new SeriesCollector();
  const context = contextOf(runner, startMs, endMs);
  for (let atMs = startMs; atMs <= endMs; atMs += stepMs)
    collector.add(atMs, evaluate(expression, atMs, context));
  return { resultType: 'matrix', result: collector.all().map(shownRange) };
}

/** Milliseconds of a time parameter (seconds or RFC 3339); undefined when it is not given. Throws a `QueryError`. */
export function parseTime(name: string, text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Math.round(Number(text) * 1000);
  const parsed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(parsed)) throw invalid(name, `cannot parse "${text}" to a valid timestamp`);
  return parsed;
}

function parseQuery(parameters: URLSearchParams): Expression {
  try {
    return parseExpression(parameters.get('query') ?? '');
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw invalid('query', error.message);
  }
}

function parseStep(text: string | null): number {
  if (text !== null && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text) * 1000;
  const stepMs = text === null ? undefined : parseDuration(text);
  if (stepMs === undefined) throw invalid('step', `cannot parse "${text ?? ''}" to a valid duration`);
  return stepMs;
}

function required(name: string, timeMs: number | undefined): number {
  if (timeMs === undefined) throw invalid(name, 'cannot parse "" to a valid timestamp');
  return timeMs;
}

function invalid(name: string, message: string): QueryError {
  return new QueryError('bad_data', `invalid parameter "${name}": ${message}`);
}

function contextOf(runner: QueryRunner, startMs: number, endMs: number): EvaluationContext {
  const { store, lookbackMs, evaluationIntervalMs } = runner;
  return { store, startMs, endMs, lookbackMs, subqueryStepMs: evaluationIntervalMs };
}

function shownValue(value: Value, atMs: number): unknown {
  switch (value.type) {
    case 'scalar':
      return [atMs / 1000, formatSample(value.value)];
    case 'string':
      return [atMs / 1000, value.value];
    case 'vector':
      return value.samples.map((sample) => ({
        metric: labelRecord(sample.labels),
        value: [atMs / 1000, formatSample(sample.value)],
      }));
    case 'matrix':
      return value.ranges.map(shownRange);
  }
}

function shownRange(range: {
  labels: Parameters<typeof labelRecord>[0];
  points: readonly { timeMs: number; value: number }[];
}): object {
  return {
    metric: labelRecord(range.labels),
    values: range.points.map((point) => [point.timeMs / 1000, formatSample(point.value)]),
  };
}
