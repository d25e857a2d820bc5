import { parseDuration } from './duration.ts';
import {
  AGGREGATIONS,
  COMPARISONS,
  SET_OPERATORS,
  type Expression,
  type FixedTime,
  type Matching,
} from './expression.ts';
import { METRIC_NAME } from './labels.ts';
import { tokenize, type Token } from './lexer.ts';
import { matcher, type Matcher, type MatchOperator } from './matcher.ts';
import { parseNumber } from './number-format.ts';
import { parseError, type QueryError } from './query-error.ts';
import { checkTypes } from './type-check.ts';

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ['and', 2],
  ['unless', 2],
  ...[...COMPARISONS].map((operator) => [operator, 3] as const),
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['atan2', 5],
  ['^', 6],
]);
const POWER = 6;

/** Parses and type-checks a PromQL expression. Throws a bad_data `QueryError` with place and reason. */
export function parseExpression(query: string): Expression {
  const parser = new Parser(query);
  const expression = parser.whole();
  checkTypes(expression);
  return expression;
}

/** Parses a bare series selector, as `match[]` takes it. Throws a bad_data `QueryError`. */
export function parseSelector(query: string): readonly Matcher[] {
  const expression = parseExpression(query);
  if (expression.kind === 'selector') return expression.matchers;
  throw parseError(query, 0, 'unexpected expression, expected a series selector');
}

class Parser {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(query: string) {
    this.#query = query;
    this.#tokens = tokenize(query);
  }

  whole(): Expression {
    if (this.#token().kind === 'end') throw this.#error('no expression found in input');
    const expression = this.#binary(1);
    if (this.#token().kind !== 'end') throw this.#unexpected('');
    return expression;
  }

  #binary(minimum: number): Expression {
    let left = this.#unary();
    for (;;) {
      const operator = this.#operator();
      const precedence = operator === undefined ? undefined : PRECEDENCE.get(operator);
      if (operator === undefined || precedence === undefined || precedence < minimum) return left;
      this.#next += 1;
      const bool = this.#acceptWord('bool');
      if (bool && !COMPARISONS.has(operator)) {
        throw this.#error('bool modifier can only be used on comparison operators');
      }
      const matching = this.#matching(operator);
      const right = this.#binary(precedence === POWER ? precedence : precedence + 1);
      left = { kind: 'binary', operator, left, right, bool, matching };
    }
  }

  #unary(): Expression {
    const token = this.#token();
    if (token.kind === 'symbol' && (token.text === '-' || token.text === '+')) {
      this.#next += 1;
      // A sign binds weaker than a power and stronger than everything else: -2^2 is -4.
      const inner = this.#binary(POWER);
      if (inner.kind === 'number')
        return { kind: 'number', value: token.text === '-' ? -inner.value : inner.value };
      return { kind: 'unary', operator: token.text, inner };
    }
    return this.#postfix(this.#primary());
  }

  #primary(): Expression {
    const token = this.#token();
    switch (token.kind) {
      case 'number':
        this.#next += 1;
        return { kind: 'number', value: parseNumber(token.text) ?? Number.NaN };
      case 'string':
        this.#next += 1;
        return { kind: 'string', value: token.text };
      case 'identifier':
        return this.#named(token);
      case 'symbol':
        if (token.text === '{') return this.#selector('');
        if (token.text === '(') return this.#parenthesized();
        throw this.#unexpected('');
      case 'duration':
      case 'end':
        throw this.#unexpected('');
    }
  }

  #parenthesized(): Expression {
    this.#expect('(');
    const inner = this.#binary(1);
    this.#expect(')');
    return { kind: 'paren', inner };
  }

  #named(token: Token): Expression {
    this.#next += 1;
    const lower = token.text.toLowerCase();
    const opens = this.#isSymbol('(');
    if (AGGREGATIONS.has(lower) && (opens || this.#isWord('by') || this.#isWord('without'))) {
      return this.#aggregate(lower);
    }
    if (opens) return { kind: 'call', name: token.text, args: this.#args() };
    const literal = /^(?:inf|nan)$/i.test(token.text) ? parseNumber(token.text) : undefined;
    if (literal !== undefined) return { kind: 'number', value: literal };
    if (PRECEDENCE.has(lower)) throw this.#error(`unexpected <op:${lower}>`, token);
    return this.#selector(token.text);
  }

  #args(): Expression[] {
    this.#expect('(');
    const args: Expression[] = [];
    if (this.#acceptSymbol(')')) return args;
    do args.push(this.#binary(1));
    while (this.#acceptSymbol(','));
    this.#expect(')');
    return args;
  }

  #aggregate(operator: string): Expression {
    let grouping = this.#grouping();
    const args = this.#args();
    grouping ??= this.#grouping();
    const wanted = AGGREGATIONS.get(operator) === undefined ? 1 : 2;
    const inner = args.at(-1);
    if (args.length !== wanted || inner === undefined) {
      throw this.#error(
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    }
    const parameter = wanted === 2 ? args[0] : undefined;
    return { kind: 'aggregate', operator, parameter, inner, ...(grouping ?? { without: false, labels: [] }) };
  }

  #grouping(): { without: boolean; labels: string[] } | undefined {
    if (this.#acceptWord('by')) return { without: false, labels: this.#labelList() };
    if (this.#acceptWord('without')) return { without: true, labels: this.#labelList() };
    return undefined;
  }

  #labelList(): string[] {
    this.#expect('(');
    const labels: string[] = [];
    while (!this.#isSymbol(')')) {
      const token = this.#token();
      if (token.kind !== 'identifier' || token.text.includes(':'))
        throw this.#unexpected('grouping opts, expected label');
      labels.push(token.text);
      this.#next += 1;
      if (!this.#acceptSymbol(',')) break;
    }
    this.#expect(')');
    return labels;
  }

  #matching(operator: string): Matching {
    const cardinality = 'one-to-one';
    const on = this.#acceptWord('on');
    if (!on && !this.#acceptWord('ignoring')) return { on: false, labels: [], cardinality, include: [] };
    const labels = this.#labelList();
    const left = this.#acceptWord('group_left');
    if (!left && !this.#acceptWord('group_right')) return { on, labels, cardinality, include: [] };
    if (SET_OPERATORS.has(operator)) throw this.#error(`no grouping allowed for "${operator}" operation`);
    const include = this.#isSymbol('(') ? this.#labelList() : [];
    const twice = on ? include.find((label) => labels.includes(label)) : undefined;
    if (twice !== undefined)
      throw this.#error(`label "${twice}" must not occur in ON and GROUP clause at once`);
    return { on, labels, cardinality: left ? 'many-to-one' : 'one-to-many', include };
  }

  #selector(name: string): Expression {
    const start = this.#token();
    const matchers = this.#isSymbol('{') ? this.#matchers() : [];
    if (name !== '') {
      const twice = matchers.find((one) => one.name === METRIC_NAME);
      if (twice !== undefined) {
        throw this.#error(`metric name must not be set twice: "${name}" or "${twice.value}"`, start);
      }
      matchers.push(matcher(METRIC_NAME, '=', name));
    }
    if (matchers.every((one) => one.test(''))) {
      throw this.#error('vector selector must contain at least one non-empty matcher', start);
    }
    const shownName = name === '' ? (matchers.find(namesMetric)?.value ?? '') : name;
    return { kind: 'selector', name: shownName, matchers, offsetMs: 0, at: undefined };
  }

  #matchers(): Matcher[] {
    this.#expect('{');
    const matchers: Matcher[] = [];
    while (!this.#isSymbol('}')) {
      const name = this.#token();
      if (name.kind !== 'identifier' || name.text.includes(':')) {
        throw this.#unexpected('label matching, expected identifier or "}"');
      }
      this.#next += 1;
      const operator = this.#token();
      if (!['=', '!=', '=~', '!~'].includes(operator.text) || operator.kind !== 'symbol') {
        throw this.#unexpected('label matching, expected label matching operator');
      }
      this.#next += 1;
      const value = this.#token();
      if (value.kind !== 'string') throw this.#unexpected('label matching, expected string');
      this.#next += 1;
      matchers.push(this.#matcher(name, operator.text as MatchOperator, value));
      if (!this.#acceptSymbol(',')) break;
    }
    this.#expect('}');
    return matchers;
  }

  #matcher(name: Token, operator: MatchOperator, value: Token): Matcher {
    try {
      return matcher(name.text, operator, value.text);
    } catch (error) {
      throw this.#error(
        `error parsing regexp: ${error instanceof Error ? error.message : String(error)}`,
        value,
      );
    }
  }

  #postfix(primary: Expression): Expression {
    let expression = primary;
    for (;;) {
      if (this.#isSymbol('[')) expression = this.#ranged(expression);
      else if (this.#acceptWord('offset'))
        expression = this.#shifted(expression, { offsetMs: this.#signedDuration() });
      else if (this.#acceptSymbol('@')) expression = this.#shifted(expression, { at: this.#fixedTime() });
      else return expression;
    }
  }

  #ranged(inner: Expression): Expression {
    this.#expect('[');
    const rangeMs = this.#duration();
    if (this.#acceptSymbol(':')) {
      const stepMs = this.#isSymbol(']') ? undefined : this.#duration();
      this.#expect(']');
      return { kind: 'subquery', inner, rangeMs, stepMs, offsetMs: 0, at: undefined };
    }
    this.#expect(']');
    if (inner.kind !== 'selector') throw this.#error('ranges only allowed for vector selectors');
    if (inner.offsetMs !== 0) throw this.#error('no offset modifiers allowed before range');
    if (inner.at !== undefined) throw this.#error('no @ modifiers allowed before range');
    return { kind: 'range', selector: inner, rangeMs };
  }

  #shifted(expression: Expression, shift: { offsetMs: number } | { at: FixedTime }): Expression {
    switch (expression.kind) {
      case 'selector':
      case 'subquery':
        return { ...expression, ...shift };
      case 'range':
        return { ...expression, selector: { ...expression.selector, ...shift } };
      default: {
        const what = 'at' in shift ? '@' : 'offset';
        throw this.#error(
          `${what} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
        );
      }
    }
  }

  #duration(): number {
    const token = this.#token();
    const durationMs = token.kind === 'duration' ? parseDuration(token.text) : undefined;
    if (durationMs === undefined) throw this.#unexpected('duration, expected a duration');
    if (durationMs === 0) throw this.#error('duration must be greater than 0');
    this.#next += 1;
    return durationMs;
  }

  #signedDuration(): number {
    const negative = this.#acceptSymbol('-');
    const durationMs = this.#duration();
    return negative ? -durationMs : durationMs;
  }

  #fixedTime(): FixedTime {
    const token = this.#token();
    const word = token.text.toLowerCase();
    if (token.kind === 'identifier' && (word === 'start' || word === 'end')) {
      this.#next += 1;
      this.#expect('(');
      this.#expect(')');
      return word;
    }
    const negative = this.#acceptSymbol('-');
    const seconds = this.#token().kind === 'number' ? parseNumber(this.#token().text) : undefined;
    if (seconds === undefined) throw this.#unexpected('@ modifier, expected a timestamp');
    this.#next += 1;
    return { timeMs: Math.round((negative ? -seconds : seconds) * 1000) };
  }

  #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', position: this.#query.length };
  }

  #operator(): string | undefined {
    const token = this.#token();
    if (token.kind === 'identifier') return token.text.toLowerCase();
    return token.kind === 'symbol' ? token.text : undefined;
  }

  #isSymbol(text: string): boolean {
    const token = this.#token();
    return token.kind === 'symbol' && token.text === text;
  }

  #isWord(word: string): boolean {
    const token = this.#token();
    return token.kind === 'identifier' && token.text.toLowerCase() === word;
  }

  #acceptSymbol(text: string): boolean {
    const found = this.#isSymbol(text);
    if (found) this.#next += 1;
    return found;
  }

  #acceptWord(word: string): boolean {
    const found = this.#isWord(word);
    if (found) this.#next += 1;
    return found;
  }

  #expect(text: string): void {
    if (!this.#acceptSymbol(text)) throw this.#unexpected(`expression, expected "${text}"`);
  }

  #unexpected(where: string): QueryError {
    const token = this.#token();
    const what = token.kind === 'end' ? 'end of input' : `${token.kind} ${JSON.stringify(token.text)}`;
    return this.#error(`unexpected ${what}${where === '' ? '' : ` in ${where}`}`);
  }

  #error(message: string, token = this.#token()): QueryError {
    return parseError(this.#query, token.position, message);
  }
}

function namesMetric(one: Matcher): boolean {
  return one.name === METRIC_NAME && one.operator === '=';
}
