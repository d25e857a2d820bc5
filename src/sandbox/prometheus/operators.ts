import { COMPARISONS, SET_OPERATORS, type Binary, type Matching } from './expression.ts';
import {
  formatLabels,
  labelKey,
  METRIC_NAME,
  onlyLabels,
  withLabels,
  withoutLabels,
  withoutName,
  type Labels,
} from './labels.ts';
import { QueryError } from './query-error.ts';
import { samplesOf, scalarOf, vectorOf, type Sample, type Value } from './value.ts';

/** The value of an operation on two values whose types have been checked. */
export function applyOperator(operation: Binary, left: Value, right: Value): Value {
  if (left.type === 'scalar' && right.type === 'scalar') {
    return { type: 'scalar', value: scalarOperation(operation.operator, left.value, right.value) };
  }
  if (SET_OPERATORS.has(operation.operator)) return applySets(operation, samplesOf(left), samplesOf(right));
  if (right.type === 'scalar') return applyScalar(operation, samplesOf(left), right.value, false);
  if (left.type === 'scalar') return applyScalar(operation, samplesOf(right), scalarOf(left), true);
  return applyVectors(operation, samplesOf(left), samplesOf(right));
}

/** An arithmetic operation or, as 0 or 1, a comparison of two numbers. */
export function scalarOperation(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      // C's and Go's pow(1, x) is 1 for every x; JavaScript says NaN for NaN and infinities.
      return left === 1 ? 1 : left === -1 && Math.abs(right) === Infinity ? 1 : left ** right;
    case 'atan2':
      return Math.atan2(left, right);
    default:
      return holds(operator, left, right) ? 1 : 0;
  }
}

function holds(operator: string, left: number, right: number): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      throw new Error(`operator ${operator} passed the parser`);
  }
}

function applyScalar(
  operation: Binary,
  samples: readonly Sample[],
  scalar: number,
  scalarIsLeft: boolean,
): Value {
  const { operator, bool } = operation;
  const comparison = COMPARISONS.has(operator);
  const result: Sample[] = [];
  for (const { labels, value } of samples) {
    const outcome = scalarIsLeft
      ? scalarOperation(operator, scalar, value)
      : scalarOperation(operator, value, scalar);
    if (!comparison || bool) result.push({ labels: withoutName(labels), value: outcome });
    else if (outcome === 1) result.push({ labels, value });
  }
  return vectorOf(result);
}

function applySets(operation: Binary, left: readonly Sample[], right: readonly Sample[]): Value {
  const signature = signatureOf(operation.matching);
  const onRight = new Set(right.map(signature));
  switch (operation.operator) {
    case 'and':
      return vectorOf(left.filter((sample) => onRight.has(signature(sample))));
    case 'unless':
      return vectorOf(left.filter((sample) => !onRight.has(signature(sample))));
    default: {
      const onLeft = new Set(left.map(signature));
      return vectorOf([...left, ...right.filter((sample) => !onLeft.has(signature(sample)))]);
    }
  }
}

function signatureOf(matching: Matching): (sample: Sample) => string {
  const names = new Set(matching.on ? matching.labels : [...matching.labels, METRIC_NAME]);
  return (sample) =>
    labelKey(matching.on ? onlyLabels(sample.labels, names) : withoutLabels(sample.labels, names));
}

function applyVectors(operation: Binary, left: readonly Sample[], right: readonly Sample[]): Value {
  const { matching, operator, bool } = operation;
  const swapped = matching.cardinality === 'one-to-many';
  const signature = signatureOf(matching);
  const ones = uniqueBySignature(swapped ? left : right, matching, swapped ? 'left' : 'right');
  const used = new Set<string>();
  const result: Sample[] = [];
  for (const many of swapped ? right : left) {
    const one = ones.get(signature(many));
    if (one === undefined) continue;
    const [l, r] = swapped ? [one.value, many.value] : [many.value, one.value];
    const outcome = scalarOperation(operator, l, r);
    const filters = COMPARISONS.has(operator) && !bool;
    if (filters && outcome === 0) continue;
    const labels = resultLabels(operation, many.labels, one.labels);
    claimMatch(used, matching, signature(many), labels);
    result.push({ labels, value: filters ? l : outcome });
  }
  return vectorOf(result);
}

function uniqueBySignature(
  samples: readonly Sample[],
  matching: Matching,
  side: string,
): Map<string, Sample> {
  const signature = signatureOf(matching);
  const unique = new Map<string, Sample>();
  for (const sample of samples) {
    const key = signature(sample);
    const earlier = unique.get(key);
    if (earlier !== undefined) {
      const names = new Set(matching.labels);
      const group = matching.on
        ? onlyLabels(sample.labels, names)
        : withoutLabels(withoutName(sample.labels), names);
      throw new QueryError(
        'execution',
        `found duplicate series for the match group ${formatLabels(group)} on the ${side} hand-side of the operation: ` +
          `[${formatLabels(sample.labels)}, ${formatLabels(earlier.labels)}];` +
          'many-to-many matching not allowed: matching labels must be unique on one side',
      );
    }
    unique.set(key, sample);
  }
  return unique;
}

function claimMatch(used: Set<string>, matching: Matching, signature: string, labels: Labels): void {
  const oneToOne = matching.cardinality === 'one-to-one';
  const key = oneToOne ? signature : `${signature}${labelKey(labels)}`;
  if (used.has(key)) {
    const remedy = oneToOne
      ? 'many-to-one matching must be explicit (group_left/group_right)'
      : 'grouping labels must ensure unique matches';
    throw new QueryError('execution', `multiple matches for labels: ${remedy}`);
  }
  used.add(key);
}

function resultLabels(operation: Binary, many: Labels, one: Labels): Labels {
  const { matching, operator, bool } = operation;
  const named = COMPARISONS.has(operator) && !bool;
  let labels = named ? many : withoutName(many);
  if (matching.cardinality === 'one-to-one') {
    const names = new Set(matching.labels);
    labels = matching.on ? onlyLabels(labels, names) : withoutLabels(labels, names);
  }
  if (matching.include.length === 0) return labels;
  return withLabels(
    labels,
    matching.include.map((name) => [name, one.get(name) ?? ''] as const),
  );
}
