import type { Aggregate } from './expression.ts';
import {
  labelKey,
  METRIC_NAME,
  NO_LABELS,
  onlyLabels,
  withLabels,
  withoutLabels,
  type Labels,
} from './labels.ts';
import { formatSample } from './number-format.ts';
import { quantile } from './quantile.ts';
import { QueryError } from './query-error.ts';
import type { Sample } from './value.ts';

/** The parameter of an aggregation: a number (topk, quantile) or a text (count_values). */
export interface AggregateParameter {
  readonly number: number;
  readonly text: string;
}

/** Aggregates a vector by its groups. Throws an execution `QueryError` for an impossible parameter. */
export function aggregate(
  expression: Aggregate,
  samples: readonly Sample[],
  parameter: AggregateParameter,
): Sample[] {
  if (expression.operator === 'count_values') return countValues(expression, samples, parameter.text);
  const groups = groupsOf(expression, samples);
  if (expression.operator === 'topk' || expression.operator === 'bottomk') {
    if (Number.isNaN(parameter.number)) throw new QueryError('execution', 'Scalar value NaN overflows int64');
    const count = Math.trunc(parameter.number);
    return groups.flatMap((group) =>
      ranked(group.members, expression.operator === 'topk').slice(0, Math.max(0, count)),
    );
  }
  return groups.map(({ labels, members }) => ({
    labels,
    value: combined(
      expression.operator,
      members.map((member) => member.value),
      parameter.number,
    ),
  }));
}

interface Group {
  readonly labels: Labels;
  readonly members: Sample[];
}

function groupsOf(expression: Aggregate, samples: readonly Sample[]): Group[] {
  const names = new Set(expression.without ? [...expression.labels, METRIC_NAME] : expression.labels);
  const groups = new Map<string, Group>();
  for (const sample of samples) {
    const labels = expression.without
      ? withoutLabels(sample.labels, names)
      : names.size === 0
        ? NO_LABELS
        : onlyLabels(sample.labels, names);
    const key = labelKey(labels);
    const group = groups.get(key) ?? { labels, members: [] };
    groups.set(key, group);
    group.members.push(sample);
  }
  return [...groups.values()];
}

function combined(operator: string, values: readonly number[], parameter: number): number {
  switch (operator) {
    case 'sum':
      return sum(values);
    case 'avg':
      return mean(values);
    case 'min':
      return extreme(values, (candidate, best) => candidate < best);
    case 'max':
      return extreme(values, (candidate, best) => candidate > best);
    case 'count':
      return values.length;
    case 'group':
      return 1;
    case 'stddev':
      return Math.sqrt(variance(values));
    case 'stdvar':
      return variance(values);
    case 'quantile':
      return quantile(parameter, values);
    default:
      throw new Error(`aggregation ${operator} passed the parser`);
  }
}

/** The sum of the values. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The mean of the values. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** The population variance of the values. */
export function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

/** The value that is better than all others; NaN only where nothing else is there. */
export function extreme(
  values: readonly number[],
  better: (candidate: number, best: number) => boolean,
): number {
  return values.reduce(
    (best, value) => (better(value, best) || Number.isNaN(best) ? value : best),
    Number.NaN,
  );
}

/** Largest (or smallest) first, NaN last either way. */
export function ranked(samples: readonly Sample[], largestFirst: boolean): Sample[] {
  return [...samples].toSorted((a, b) => {
    if (Number.isNaN(a.value)) return Number.isNaN(b.value) ? 0 : 1;
    if (Number.isNaN(b.value)) return -1;
    if (a.value === b.value) return 0;
    return a.value > b.value === largestFirst ? -1 : 1;
  });
}

function countValues(expression: Aggregate, samples: readonly Sample[], label: string): Sample[] {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label))
    throw new QueryError('execution', `invalid label name "${label}"`);
  const labelled = samples.map((sample) => ({
    labels: withLabels(sample.labels, [[label, formatSample(sample.value)]]),
    value: sample.value,
  }));
  const labels = expression.without
    ? expression.labels.filter((name) => name !== label)
    : [...expression.labels, label];
  return groupsOf({ ...expression, labels }, labelled).map((group) => ({
    labels: group.labels,
    value: group.members.length,
  }));
}
