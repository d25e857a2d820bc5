import { anchoredRegex } from '../prometheus/regex.ts';
import type { LabelSet } from './alert.ts';

/** One condition on one label; a missing label counts as empty. */
export interface LabelMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
  readonly test: (value: string) => boolean;
}

/** Builds a matcher. Throws a `SyntaxError` for a bad pattern. */
export function labelMatcher(parts: {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual: boolean;
}): LabelMatcher {
  const { value, isRegex, isEqual } = parts;
  const pattern = isRegex ? anchoredRegex(value) : undefined;
  const test = (actual: string): boolean =>
    (pattern === undefined ? actual === value : pattern.test(actual)) === isEqual;
  return { ...parts, test };
}

/** Whether the labels satisfy every matcher. */
export function matchesAll(matchers: readonly LabelMatcher[], labels: LabelSet): boolean {
  return matchers.every((one) => one.test(labels.get(one.name) ?? ''));
}

const MATCHER = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"]*?))\s*$/s;

/** Reads `name="value"` (also `!=`, `=~`, `!~`, without quotes). Throws an `Error` for anything else. */
export function parseMatcher(text: string): LabelMatcher {
  const match = MATCHER.exec(text);
  if (match === null) throw new Error(`bad matcher format: ${text}`);
  const [, name = '', operator = '=', quoted, bare = ''] = match;
  const value = quoted === undefined ? bare : unescaped(quoted);
  return labelMatcher({ name, value, isRegex: operator.endsWith('~'), isEqual: operator.startsWith('=') });
}

/** Reads one matcher or several, separated by commas, with or without braces. Throws an `Error`. */
export function parseMatchers(text: string): LabelMatcher[] {
  const inner = text.trim().replace(/^\{/, '').replace(/\}$/, '');
  const parts = inner.match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return parts.filter((part) => part.trim() !== '').map(parseMatcher);
}

/** Prints matchers as they stand in a group key: sorted, in braces. */
export function formatMatchers(matchers: readonly LabelMatcher[]): string {
  const sorted = [...matchers].toSorted((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  return `{${sorted.map((one) => `${one.name}${operatorOf(one)}${quoted(one.value)}`).join(',')}}`;
}

/** A text in double quotes, escaped as Go's `%q` does for what labels hold. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

function operatorOf({ isRegex, isEqual }: LabelMatcher): string {
  if (isRegex) return isEqual ? '=~' : '!~';
  return isEqual ? '=' : '!=';
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (whole: string, char: string) => {
    if (char === 'n') return '\n';
    return char === '"' || char === '\\' ? char : whole;
  });
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
