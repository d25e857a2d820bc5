import { METRIC_NAME, type Labels } from './labels.ts';
import { anchoredRegex } from './regex.ts';

/** The four ways to compare a label. */
export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One condition on one label; a missing label counts as empty. */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  readonly test: (value: string) => boolean;
}

/** Builds a matcher. Throws a `SyntaxError` when the pattern is not RE2. */
export function matcher(name: string, operator: MatchOperator, value: string): Matcher {
  return { name, operator, value, test: comparison(operator, value) };
}

/** Whether the labels satisfy every matcher. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((one) => one.test(labels.get(one.name) ?? ''));
}

/** Prints a selector the way Prometheus does: the metric's name in front, the matchers sorted. */
export function formatSelector(name: string, matchers: readonly Matcher[]): string {
  const shown = matchers.filter((one) => name === '' || one.name !== METRIC_NAME || one.operator !== '=');
  const texts = shown.map((one) => `${one.name}${one.operator}${JSON.stringify(one.value)}`);
  const inside = texts.toSorted().join(',');
  return inside === '' ? name : `${name}{${inside}}`;
}

function comparison(operator: MatchOperator, value: string): (value: string) => boolean {
  switch (operator) {
    case '=':
      return (actual) => actual === value;
    case '!=':
      return (actual) => actual !== value;
    case '=~': {
      const pattern = anchoredRegex(value);
      return (actual) => pattern.test(actual);
    }
    case '!~': {
      const pattern = anchoredRegex(value);
      return (actual) => !pattern.test(actual);
    }
  }
}
