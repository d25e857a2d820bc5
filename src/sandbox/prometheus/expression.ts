import type { Matcher } from './matcher.ts';

/** What an expression yields. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** A fixed evaluation time (`@ 1700000000`, `@ start()`, `@ end()`). */
export type FixedTime = { readonly timeMs: number } | 'start' | 'end';

/** Where a selector or subquery looks: shifted back, or pinned to a time. */
export interface Shift {
  readonly offsetMs: number;
  readonly at: FixedTime | undefined;
}

export interface VectorSelector extends Shift {
  readonly kind: 'selector';
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

export interface RangeSelector {
  readonly kind: 'range';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
}

export interface Subquery extends Shift {
  readonly kind: 'subquery';
  readonly inner: Expression;
  readonly rangeMs: number;
  /** Undefined takes the evaluation interval. */
  readonly stepMs: number | undefined;
}

export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expression[];
}

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly operator: string;
  readonly parameter: Expression | undefined;
  readonly inner: Expression;
  readonly without: boolean;
  readonly labels: readonly string[];
}

/** How the two sides of an operation find each other. */
export interface Matching {
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many';
  readonly include: readonly string[];
}

export interface Binary {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Expression;
  readonly right: Expression;
  readonly bool: boolean;
  readonly matching: Matching;
}

/** A parsed PromQL expression. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'paren'; readonly inner: Expression }
  | { readonly kind: 'unary'; readonly operator: '+' | '-'; readonly inner: Expression }
  | VectorSelector
  | RangeSelector
  | Subquery
  | Call
  | Aggregate
  | Binary;

/** Operators that compare: they filter, or yield 0 and 1 with `bool`. */
export const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

/** Operators on the sets of series themselves. */
export const SET_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

/** Aggregations, with what their parameter must be. */
export const AGGREGATIONS: ReadonlyMap<string, ValueType | undefined> = new Map([
  ['sum', undefined],
  ['avg', undefined],
  ['min', undefined],
  ['max', undefined],
  ['count', undefined],
  ['group', undefined],
  ['stddev', undefined],
  ['stdvar', undefined],
  ['topk', 'scalar'],
  ['bottomk', 'scalar'],
  ['quantile', 'scalar'],
  ['count_values', 'string'],
]);

/** An expression without the parentheses around it. */
export function unwrapped(expression: Expression): Expression {
  return expression.kind === 'paren' ? unwrapped(expression.inner) : expression;
}
