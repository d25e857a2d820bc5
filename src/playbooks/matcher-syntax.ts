import type { Matcher, MatcherSet } from '../domain/playbook.ts';
import { judgeRegex } from './safe-regex.ts';

export type ReadMatchers =
  | { readonly kind: 'matchers'; readonly matchers: MatcherSet }
  /** `offset`: where in the text. */
  | { readonly kind: 'refused'; readonly offset: number; readonly message: string; readonly remedy: string };

const MATCHERS_MAX = 32;
const ONE_MATCHER =
  /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",{}=~!][^\s",{}]*))\s*/y;
const EXAMPLE = 'write matchers as Alertmanager does: alertname=~"A|B", severity="critical"';

/**
 * Reads `alertname=~"A|B", severity="critical"`: what Alertmanager's routes have, braces allowed. At least one
 * matcher must need something to be there, or the set would take every alert.
 */
export function readMatchers(text: string): ReadMatchers {
  const opened = /^\s*\{/.exec(text)?.[0].length ?? 0;
  const end = opened > 0 && /\}\s*$/.test(text) ? text.lastIndexOf('}') : text.length;
  const matchers: Matcher[] = [];
  ONE_MATCHER.lastIndex = opened;
  for (let at = opened; at < end; at = skipComma(text, end)) {
    const match = ONE_MATCHER.exec(text.slice(0, end));
    if (match === null) return refused(at, 'this is not a matcher', EXAMPLE);
    const matcher = matcherOf(match);
    const bad = refusal(matcher, at) ?? missingComma(text, ONE_MATCHER.lastIndex, end);
    if (bad !== undefined) return bad;
    matchers.push(matcher);
  }
  return judgeSet(matchers);
}

function judgeSet(matchers: MatcherSet): ReadMatchers {
  if (matchers.length > MATCHERS_MAX) {
    return refused(0, `more than ${MATCHERS_MAX} matchers`, 'make it two entries of match');
  }
  if (!matchers.some(needsSomething)) {
    return refused(0, 'would match every alert', 'name at least one label that must be there: alertname="…"');
  }
  return { kind: 'matchers', matchers };
}

function missingComma(text: string, at: number, end: number): ReadMatchers | undefined {
  return at < end && text[at] !== ','
    ? refused(at, 'a comma is missing between two matchers', EXAMPLE)
    : undefined;
}

function skipComma(text: string, end: number): number {
  while (ONE_MATCHER.lastIndex < end && /[,\s]/.test(text[ONE_MATCHER.lastIndex] ?? ''))
    ONE_MATCHER.lastIndex += 1;
  return ONE_MATCHER.lastIndex;
}

function matcherOf(match: RegExpExecArray): Matcher {
  const [, label = '', op = '=', quoted, bare] = match;
  const value =
    quoted === undefined
      ? (bare ?? '')
      : quoted.replaceAll(/\\(["\\n])/g, (_, char: string) => (char === 'n' ? '\n' : char));
  return { label, op: op as Matcher['op'], value };
}

function refusal(matcher: Matcher, offset: number): ReadMatchers | undefined {
  if (matcher.op === '=' || matcher.op === '!=') return undefined;
  const verdict = judgeRegex(matcher.value);
  return verdict.kind === 'safe' ? undefined : refused(offset, verdict.message, verdict.remedy);
}

function refused(offset: number, message: string, remedy: string): ReadMatchers {
  return { kind: 'refused', offset, message, remedy };
}

function needsSomething({ op, value }: Matcher): boolean {
  if (op === '=') return value !== '';
  return op === '=~' && !new RegExp(`^(?:${value})$`, 'su').test('');
}

/** The values that a `=` or a plain `A|B` admits; undefined when they cannot be listed. */
export function listedValues({ op, value }: Matcher): readonly string[] | undefined {
  if (op === '=') return [value];
  return op === '=~' && /^[^\\^$.*+?()[\]{}]*$/.test(value) ? value.split('|') : undefined;
}
