import type { ValueType } from './expression.ts';

/** What a function takes and yields. */
export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of the last argument may be left out; -1 for any number more of it. */
  readonly optional: number;
  readonly returns: ValueType;
}

const of = (returns: ValueType, args: readonly ValueType[], optional = 0): Signature => ({
  args,
  optional,
  returns,
});
const OVER_RANGE = of('vector', ['matrix']);
const OVER_VECTOR = of('vector', ['vector']);
const OF_DATE = of('vector', ['vector'], 1);

const RANGE_FUNCTIONS = [
  'absent_over_time',
  'avg_over_time',
  'changes',
  'count_over_time',
  'delta',
  'deriv',
  'idelta',
  'increase',
  'irate',
  'last_over_time',
  'max_over_time',
  'min_over_time',
  'present_over_time',
  'rate',
  'resets',
  'stddev_over_time',
  'stdvar_over_time',
  'sum_over_time',
];
const VECTOR_FUNCTIONS = [
  'abs',
  'absent',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'ceil',
  'cos',
  'cosh',
  'deg',
  'exp',
  'floor',
  'ln',
  'log10',
  'log2',
  'rad',
  'sgn',
  'sin',
  'sinh',
  'sort',
  'sort_desc',
  'sqrt',
  'tan',
  'tanh',
  'timestamp',
];
const DATE_FUNCTIONS = [
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'days_in_month',
  'hour',
  'minute',
  'month',
  'year',
];

/** Every function that the stand-in evaluates; any other name is an error of the query. */
export const FUNCTIONS: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ...RANGE_FUNCTIONS.map((name) => [name, OVER_RANGE] as const),
  ...VECTOR_FUNCTIONS.map((name) => [name, OVER_VECTOR] as const),
  ...DATE_FUNCTIONS.map((name) => [name, OF_DATE] as const),
  ['clamp', of('vector', ['vector', 'scalar', 'scalar'])],
  ['clamp_max', of('vector', ['vector', 'scalar'])],
  ['clamp_min', of('vector', ['vector', 'scalar'])],
  ['histogram_quantile', of('vector', ['scalar', 'vector'])],
  ['label_join', of('vector', ['vector', 'string', 'string', 'string'], -1)],
  ['label_replace', of('vector', ['vector', 'string', 'string', 'string', 'string'])],
  ['pi', of('scalar', [])],
  ['predict_linear', of('vector', ['matrix', 'scalar'])],
  ['quantile_over_time', of('vector', ['scalar', 'matrix'])],
  ['round', of('vector', ['vector', 'scalar'], 1)],
  ['scalar', of('scalar', ['vector'])],
  ['time', of('scalar', [])],
  ['vector', of('vector', ['scalar'])],
]);
