import {
  AGGREGATIONS,
  COMPARISONS,
  SET_OPERATORS,
  type Aggregate,
  type Binary,
  type Call,
  type Expression,
  type ValueType,
} from './expression.ts';
import { FUNCTIONS } from './functions.ts';
import { QueryError } from './query-error.ts';

const SHOWN: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** The type of an expression, checked to its leaves. Throws a bad_data `QueryError`. */
export function checkTypes(expression: Expression): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
      return 'vector';
    case 'range':
      return 'matrix';
    case 'paren':
      return checkTypes(expression.inner);
    case 'unary':
      return checkUnary(expression.inner);
    case 'subquery':
      expectType(expression.inner, 'vector', 'subquery is only allowed on');
      return 'matrix';
    case 'call':
      return checkCall(expression);
    case 'aggregate':
      return checkAggregate(expression);
    case 'binary':
      return checkBinary(expression);
  }
}

/** A type in the words of Prometheus. */
export function shownType(type: ValueType): string {
  return SHOWN[type];
}

function checkUnary(inner: Expression): ValueType {
  const type = checkTypes(inner);
  if (type === 'scalar' || type === 'vector') return type;
  throw refusal(
    `unary expression only allowed on expressions of type scalar or instant vector, got "${SHOWN[type]}"`,
  );
}

function checkCall(call: Call): ValueType {
  const signature = FUNCTIONS.get(call.name);
  if (signature === undefined) throw refusal(`unknown function with name "${call.name}"`);
  const { args, optional, returns } = signature;
  const minimum = args.length - Math.abs(optional);
  const tooMany = optional >= 0 && call.args.length > args.length;
  if (call.args.length < minimum || tooMany) {
    const bound = optional === 0 ? '' : tooMany ? 'at most ' : 'at least ';
    const count = tooMany ? args.length : minimum;
    throw refusal(`expected ${bound}${count} argument(s) in call to "${call.name}", got ${call.args.length}`);
  }
  for (const [index, argument] of call.args.entries()) {
    expectType(
      argument,
      args[index] ?? args.at(-1) ?? 'vector',
      `in call to function "${call.name}", expected`,
    );
  }
  return returns;
}

function checkAggregate(aggregate: Aggregate): ValueType {
  expectType(aggregate.inner, 'vector', 'in aggregation expression, expected');
  const wanted = AGGREGATIONS.get(aggregate.operator);
  if (wanted !== undefined && aggregate.parameter !== undefined) {
    expectType(aggregate.parameter, wanted, 'in aggregation parameter, expected');
  }
  return 'vector';
}

function checkBinary(binary: Binary): ValueType {
  const left = checkTypes(binary.left);
  const right = checkTypes(binary.right);
  for (const type of [left, right]) {
    if (type !== 'scalar' && type !== 'vector') {
      throw refusal('binary expression must contain only scalar and instant vector types');
    }
  }
  const scalars = [left, right].filter((type) => type === 'scalar').length;
  if (COMPARISONS.has(binary.operator) && scalars === 2 && !binary.bool) {
    throw refusal('comparisons between scalars must use BOOL modifier');
  }
  if (SET_OPERATORS.has(binary.operator) && scalars > 0) {
    throw refusal(`set operator "${binary.operator}" not allowed in binary scalar expression`);
  }
  if (scalars > 0 && (binary.matching.on || binary.matching.labels.length > 0)) {
    throw refusal('vector matching only allowed between instant vectors');
  }
  return scalars === 2 ? 'scalar' : 'vector';
}

function expectType(expression: Expression, wanted: ValueType, where: string): void {
  const type = checkTypes(expression);
  if (type !== wanted) throw refusal(`expected type ${SHOWN[wanted]} ${where}, got ${SHOWN[type]}`);
}

function refusal(message: string): QueryError {
  return new QueryError('bad_data', `1:1: parse error: ${message}`);
}
