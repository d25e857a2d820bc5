import { parseError } from './query-error.ts';

/** A piece of a query with its place. `text` of a string is its content. */
export interface Token {
  readonly kind: 'identifier' | 'number' | 'duration' | 'string' | 'symbol' | 'end';
  readonly text: string;
  readonly position: number;
}

const SPACE = /(?:\s+|#[^\n]*)+/y;
const DURATION = /\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*(?![\w.])/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])/y;
const IDENTIFIER = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_IDENTIFIER = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y;
const SYMBOL = /=~|!~|==|!=|<=|>=|[-+*/%^=<>(){}[\],@:]/y;

/** Cuts a query into tokens, the last of kind `end`. Throws a bad_data `QueryError`. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let position = skipSpace(query, 0);
  let inBrackets = false;
  while (position < query.length) {
    const token = nextToken(query, position, inBrackets);
    tokens.push(token.token);
    if (token.token.kind === 'symbol' && token.token.text === '[') inBrackets = true;
    if (token.token.kind === 'symbol' && token.token.text === ']') inBrackets = false;
    position = skipSpace(query, token.end);
  }
  tokens.push({ kind: 'end', text: '', position: query.length });
  return tokens;
}

function skipSpace(query: string, position: number): number {
  SPACE.lastIndex = position;
  return SPACE.test(query) ? SPACE.lastIndex : position;
}

function nextToken(query: string, position: number, inBrackets: boolean): { token: Token; end: number } {
  const patterns = [
    ['duration', DURATION],
    ['number', NUMBER],
    // A colon belongs to a metric's name, except between the range and the step of a subquery.
    ['identifier', inBrackets ? LABEL_IDENTIFIER : IDENTIFIER],
    ['string', STRING],
    ['symbol', SYMBOL],
  ] as const;
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = position;
    const match = pattern.exec(query);
    if (match === null) continue;
    const text = kind === 'string' ? unquoted(query, match[0], position) : match[0];
    return { token: { kind, text, position }, end: pattern.lastIndex };
  }
  throw parseError(query, position, complaint(query.slice(position)));
}

function complaint(rest: string): string {
  if (/^["'`]/.test(rest)) return 'unterminated quoted string';
  if (/^[.\d]/.test(rest))
    return `bad number or duration syntax: ${JSON.stringify(/^[\w.]+/.exec(rest)?.[0])}`;
  return `unexpected character: '${rest[0] ?? ''}'`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

function unquoted(query: string, quoted: string, position: number): string {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return inner;
  const escape = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/g;
  return inner.replace(escape, (whole: string, ...groups: (string | undefined)[]) => {
    const [x, u, long, octal, simple] = groups;
    const hex = x ?? u ?? long;
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    const character = ESCAPES[simple ?? ''];
    if (character !== undefined && !(simple === "'" && quoted.startsWith('"'))) return character;
    throw parseError(
      query,
      position,
      `unknown escape sequence U+${(whole.codePointAt(1) ?? 0).toString(16)}`,
    );
  });
}
