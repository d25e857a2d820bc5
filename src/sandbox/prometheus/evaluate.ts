import { aggregate } from './aggregate.ts';
import { absentLabels, callFunction } from './call-function.ts';
import {
  unwrapped,
  type Aggregate,
  type Call,
  type Expression,
  type RangeSelector,
  type Shift,
  type Subquery,
  type VectorSelector,
} from './expression.ts';
import { labelKey, withoutName } from './labels.ts';
import { applyOperator, scalarOperation } from './operators.ts';
import type { Point, SeriesStore } from './series-store.ts';
import { samplesOf, scalarOf, textOf, vectorOf, type Range, type Value } from './value.ts';

/** What an evaluation reads, and the moments it stands between. */
export interface EvaluationContext {
  readonly store: SeriesStore;
  /** First and last moment of a range query; both the same for an instant one. */
  readonly startMs: number;
  readonly endMs: number;
  readonly lookbackMs: number;
  /** The step of a subquery that names none. */
  readonly subqueryStepMs: number;
}

/** The value of a type-checked expression at a moment. Throws an execution `QueryError`. */
export function evaluate(expression: Expression, atMs: number, context: EvaluationContext): Value {
  switch (expression.kind) {
    case 'number':
      return { type: 'scalar', value: expression.value };
    case 'string':
      return { type: 'string', value: expression.value };
    case 'paren':
      return evaluate(expression.inner, atMs, context);
    case 'unary':
      return evaluateUnary(expression.operator, evaluate(expression.inner, atMs, context));
    case 'selector':
      return evaluateSelector(expression, atMs, context);
    case 'range':
      return evaluateRange(expression, atMs, context);
    case 'subquery':
      return evaluateSubquery(expression, atMs, context);
    case 'call':
      return evaluateCall(expression, atMs, context);
    case 'aggregate':
      return evaluateAggregate(expression, atMs, context);
    case 'binary': {
      const left = evaluate(expression.left, atMs, context);
      const right = evaluate(expression.right, atMs, context);
      return applyOperator(expression, left, right);
    }
  }
}

function evaluateUnary(operator: '+' | '-', value: Value): Value {
  if (operator === '+') return value;
  if (value.type === 'scalar') return { type: 'scalar', value: scalarOperation('*', value.value, -1) };
  return vectorOf(
    samplesOf(value).map(({ labels, value: v }) => ({ labels: withoutName(labels), value: -v })),
  );
}

function shiftedMs(shift: Shift, atMs: number, context: EvaluationContext): number {
  const base =
    shift.at === undefined
      ? atMs
      : shift.at === 'start'
        ? context.startMs
        : shift.at === 'end'
          ? context.endMs
          : shift.at.timeMs;
  return base - shift.offsetMs;
}

function evaluateSelector(selector: VectorSelector, atMs: number, context: EvaluationContext): Value {
  const found = context.store.instant(
    selector.matchers,
    shiftedMs(selector, atMs, context),
    context.lookbackMs,
  );
  return { type: 'vector', samples: found.map(({ labels, value }) => ({ labels, value })) };
}

function evaluateRange(range: RangeSelector, atMs: number, context: EvaluationContext): Value {
  const toMs = shiftedMs(range.selector, atMs, context);
  const fromMs = toMs - range.rangeMs;
  return { type: 'matrix', ranges: context.store.range(range.selector.matchers, fromMs, toMs), fromMs, toMs };
}

function evaluateSubquery(subquery: Subquery, atMs: number, context: EvaluationContext): Value {
  const toMs = shiftedMs(subquery, atMs, context);
  const fromMs = toMs - subquery.rangeMs;
  const stepMs = subquery.stepMs ?? context.subqueryStepMs;
  let stepAtMs = Math.trunc(fromMs / stepMs) * stepMs;
  if (stepAtMs < fromMs) stepAtMs += stepMs;
  const ranges = new SeriesCollector();
  for (; stepAtMs <= toMs; stepAtMs += stepMs) {
    ranges.add(stepAtMs, evaluate(subquery.inner, stepAtMs, context));
  }
  return { type: 'matrix', ranges: ranges.all(), fromMs, toMs };
}

function evaluateCall(call: Call, atMs: number, context: EvaluationContext): Value {
  const first = call.args[0] === undefined ? undefined : unwrapped(call.args[0]);
  if (call.name === 'timestamp' && first?.kind === 'selector') return timestamps(first, atMs, context);
  const args = call.args.map((argument) => evaluate(argument, atMs, context));
  if (call.name === 'absent' || call.name === 'absent_over_time') {
    const [value] = args;
    const empty =
      value?.type === 'matrix' ? value.ranges.length === 0 : samplesOf(value ?? emptyVector()).length === 0;
    return empty ? vectorOf([{ labels: absentLabels(first), value: 1 }]) : emptyVector();
  }
  return callFunction(call.name, args, atMs);
}

/** The time of each sample itself, which only a bare selector still knows. */
function timestamps(selector: VectorSelector, atMs: number, context: EvaluationContext): Value {
  const found = context.store.instant(
    selector.matchers,
    shiftedMs(selector, atMs, context),
    context.lookbackMs,
  );
  return vectorOf(found.map(({ labels, timeMs }) => ({ labels: withoutName(labels), value: timeMs / 1000 })));
}

function evaluateAggregate(expression: Aggregate, atMs: number, context: EvaluationContext): Value {
  const parameter =
    expression.parameter === undefined ? undefined : evaluate(expression.parameter, atMs, context);
  const samples = samplesOf(evaluate(expression.inner, atMs, context));
  const text = parameter?.type === 'string' ? textOf(parameter) : '';
  const number = parameter?.type === 'scalar' ? scalarOf(parameter) : Number.NaN;
  return vectorOf(aggregate(expression, samples, { number, text }));
}

function emptyVector(): Value {
  return { type: 'vector', samples: [] };
}

/** Gathers the values of many moments into series. */
export class SeriesCollector {
  readonly #ranges = new Map<string, { labels: Range['labels']; points: Point[] }>();

  /** Adds what an expression was worth at a moment. */
  add(timeMs: number, value: Value): void {
    const samples =
      value.type === 'scalar'
        ? [{ labels: new Map<string, string>(), value: value.value }]
        : samplesOf(value);
    for (const sample of samples) {
      const key = labelKey(sample.labels);
      const range = this.#ranges.get(key) ?? { labels: sample.labels, points: [] };
      this.#ranges.set(key, range);
      range.points.push({ timeMs, value: sample.value });
    }
  }

  /** The series so far. */
  all(): Range[] {
    return [...this.#ranges.values()];
  }
}
