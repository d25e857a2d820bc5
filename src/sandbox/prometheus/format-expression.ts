import { formatDuration } from './duration.ts';
import type { Aggregate, Binary, Expression, Shift, Subquery } from './expression.ts';
import { formatSelector } from './matcher.ts';
import { formatPlain } from './number-format.ts';

/** Prints an expression the way Prometheus shows a rule's query. */
export function formatExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return formatPlain(expression.value);
    case 'string':
      return JSON.stringify(expression.value);
    case 'paren':
      return `(${formatExpression(expression.inner)})`;
    case 'unary':
      return `${expression.operator}${formatExpression(expression.inner)}`;
    case 'selector':
      return formatSelector(expression.name, expression.matchers) + formatShift(expression);
    case 'range': {
      const { selector, rangeMs } = expression;
      const range = `[${formatDuration(rangeMs)}]`;
      return formatSelector(selector.name, selector.matchers) + range + formatShift(selector);
    }
    case 'subquery':
      return formatSubquery(expression);
    case 'call':
      return `${expression.name}(${expression.args.map(formatExpression).join(', ')})`;
    case 'aggregate':
      return formatAggregate(expression);
    case 'binary':
      return formatBinary(expression);
  }
}

function formatShift({ at, offsetMs }: Shift): string {
  let text = '';
  if (at !== undefined) text += typeof at === 'string' ? ` @ ${at}()` : ` @ ${(at.timeMs / 1000).toFixed(3)}`;
  if (offsetMs > 0) text += ` offset ${formatDuration(offsetMs)}`;
  if (offsetMs < 0) text += ` offset -${formatDuration(-offsetMs)}`;
  return text;
}

function formatSubquery(subquery: Subquery): string {
  const step = subquery.stepMs === undefined ? '' : formatDuration(subquery.stepMs);
  return `${formatExpression(subquery.inner)}[${formatDuration(subquery.rangeMs)}:${step}]${formatShift(subquery)}`;
}

function formatAggregate(aggregate: Aggregate): string {
  const parameter = aggregate.parameter === undefined ? '' : `${formatExpression(aggregate.parameter)}, `;
  const inner = `(${parameter}${formatExpression(aggregate.inner)})`;
  const labels = aggregate.labels.join(', ');
  if (aggregate.without) return `${aggregate.operator} without (${labels}) ${inner}`;
  return aggregate.labels.length === 0
    ? `${aggregate.operator}${inner}`
    : `${aggregate.operator} by (${labels}) ${inner}`;
}

function formatBinary(binary: Binary): string {
  const { on, labels, cardinality, include } = binary.matching;
  let matching = '';
  if (on || labels.length > 0) {
    matching = ` ${on ? 'on' : 'ignoring'} (${labels.join(', ')})`;
    if (cardinality !== 'one-to-one') {
      matching += ` group_${cardinality === 'many-to-one' ? 'left' : 'right'} (${include.join(', ')})`;
    }
  }
  const bool = binary.bool ? ' bool' : '';
  return `${formatExpression(binary.left)} ${binary.operator}${bool}${matching} ${formatExpression(binary.right)}`;
}
