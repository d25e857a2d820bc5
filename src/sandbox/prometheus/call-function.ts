import { ranked } from './aggregate.ts';
import { DATE_FUNCTIONS } from './date-functions.ts';
import type { Expression } from './expression.ts';
import { joinLabels, replaceLabel } from './label-functions.ts';
import { labelsOf, METRIC_NAME, NO_LABELS, withoutName, type Labels } from './labels.ts';
import { MATH_FUNCTIONS, roundTo } from './math-functions.ts';
import { histogramQuantiles } from './quantile.ts';
import { RANGE_FUNCTIONS } from './range-functions.ts';
import { matrixOf, samplesOf, scalarOf, textOf, vectorOf, type Sample, type Value } from './value.ts';

/** The value of a function of evaluated arguments (absent and timestamp of a selector are the evaluator's own). */
export function callFunction(name: string, args: readonly Value[], atMs: number): Value {
  if (RANGE_FUNCTIONS.has(name)) return callRange(name, args, atMs);
  const math = MATH_FUNCTIONS.get(name);
  if (math !== undefined) return mapped(argument(args, 0), math);
  const date = DATE_FUNCTIONS.get(name);
  if (date !== undefined) return mapped(args[0] ?? vectorAt(atMs / 1000), date);
  return callOther(name, args, atMs);
}

/** The labels of what is absent: those that the selector pins with a single `=`. */
export function absentLabels(expression: Expression | undefined): Labels {
  const selector = expression?.kind === 'range' ? expression.selector : expression;
  if (selector?.kind !== 'selector') return NO_LABELS;
  const matchers = selector.matchers.filter((one) => one.name !== METRIC_NAME);
  const pinned = matchers.filter(
    (one) => one.operator === '=' && matchers.filter((other) => other.name === one.name).length === 1,
  );
  return labelsOf(pinned.map((one) => [one.name, one.value]));
}

function callRange(name: string, args: readonly Value[], atMs: number): Value {
  const compute = RANGE_FUNCTIONS.get(name);
  const matrix = matrixOf(args.find((value) => value.type === 'matrix') ?? argument(args, 0));
  const parameter = args.find((value) => value.type === 'scalar')?.value ?? Number.NaN;
  const { fromMs, toMs } = matrix;
  const samples: Sample[] = [];
  for (const { labels, points } of matrix.ranges) {
    const value = compute?.({ points, fromMs, toMs, atMs }, parameter);
    // Only last_over_time says the same thing as its series did, so only it keeps the name.
    if (value !== undefined)
      samples.push({ labels: name === 'last_over_time' ? labels : withoutName(labels), value });
  }
  return vectorOf(samples);
}

function callOther(name: string, args: readonly Value[], atMs: number): Value {
  const number = (index: number): number => scalarOf(argument(args, index));
  const text = (index: number): string => textOf(argument(args, index));
  switch (name) {
    case 'time':
      return { type: 'scalar', value: atMs / 1000 };
    case 'pi':
      return { type: 'scalar', value: Math.PI };
    case 'scalar': {
      const samples = samplesOf(argument(args, 0));
      return { type: 'scalar', value: samples.length === 1 ? (samples[0]?.value ?? Number.NaN) : Number.NaN };
    }
    case 'vector':
      return vectorAt(number(0));
    case 'timestamp':
      return mapped(argument(args, 0), () => atMs / 1000);
    case 'clamp':
      return clamped(argument(args, 0), number(1), number(2));
    case 'clamp_min':
      return clamped(argument(args, 0), number(1), Infinity);
    case 'clamp_max':
      return clamped(argument(args, 0), -Infinity, number(1));
    case 'round':
      return mapped(argument(args, 0), (value) => roundTo(value, args[1] === undefined ? 1 : number(1)));
    case 'sort':
    case 'sort_desc':
      return { type: 'vector', samples: ranked(samplesOf(argument(args, 0)), name === 'sort_desc') };
    case 'histogram_quantile':
      return vectorOf(histogramQuantiles(number(0), samplesOf(argument(args, 1))));
    case 'label_replace': {
      const change = { destination: text(1), replacement: text(2), source: text(3), pattern: text(4) };
      return vectorOf(replaceLabel(samplesOf(argument(args, 0)), change));
    }
    case 'label_join': {
      const sources = args.slice(3).map(textOf);
      return vectorOf(
        joinLabels(samplesOf(argument(args, 0)), { destination: text(1), separator: text(2), sources }),
      );
    }
    default:
      throw new Error(`function ${name} is declared but not evaluated`);
  }
}

function argument(args: readonly Value[], index: number): Value {
  const value = args[index];
  if (value === undefined) throw new Error(`argument ${index} passed the type check without being there`);
  return value;
}

function mapped(value: Value, compute: (value: number) => number): Value {
  return vectorOf(
    samplesOf(value).map((sample) => ({ labels: withoutName(sample.labels), value: compute(sample.value) })),
  );
}

function clamped(value: Value, minimum: number, maximum: number): Value {
  if (minimum > maximum) return { type: 'vector', samples: [] };
  return mapped(value, (number) => Math.max(minimum, Math.min(maximum, number)));
}

function vectorAt(value: number): Value {
  return { type: 'vector', samples: [{ labels: NO_LABELS, value }] };
}
