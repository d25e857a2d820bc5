import { formatDuration } from './duration.ts';
import type { Reading } from './incident.ts';
import type { AlertRule, Answer, Question } from './source.ts';

/** PromQL words that are followed by a parenthesis or a label list without being a metric. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'atan2',
  'inf',
  'nan',
]);

/** Blanks out what stands in quotes and in label lists of `by (…)`, so that only names of metrics are left. */
function withoutTexts(query: string): string {
  return query
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""')
    .replaceAll(/#[^\n]*/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)/gi, ' ')
    .replaceAll(/\{[^{}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ');
}

/** Names of the metrics that a rule's query reads, at most eight. The query is the source's own, not the alert's. */
export function metricsOf(query: string): readonly string[] {
  // Not what follows a digit or a dot: the `e9` of `1e9`, the `h` of `offset 1h`.
  const word = /(?<![a-zA-Z0-9_:.])[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\(|[a-zA-Z0-9_:])/g;
  const found = [...withoutTexts(query).matchAll(word)].map((match) => match[0]);
  return [...new Set(found.filter((name) => !KEYWORDS.has(name.toLowerCase())))].slice(0, 8);
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function metrics(rules: readonly AlertRule[]): readonly string[] {
  return [...new Set(rules.flatMap((rule) => metricsOf(rule.query)))];
}

/** Are there fresh series of what the rule reads, in the alert's namespace where the metric has namespaces? */
export function seriesQuestions(
  rules: readonly AlertRule[],
  namespace: string | undefined,
): readonly Question[] {
  return metrics(rules).flatMap((metric) => [
    { id: `${metric}/any`, promql: `max(timestamp(${metric}))` },
    ...(namespace === undefined
      ? []
      : [
          { id: `${metric}/spaced`, promql: `max(timestamp(${metric}{namespace!=""}))` },
          { id: `${metric}/here`, promql: `max(timestamp(${metric}{namespace="${escaped(namespace)}"}))` },
        ]),
  ]);
}

function ageMs(answer: Answer | undefined): number | undefined {
  if (answer === undefined || answer.kind === 'unknown') return undefined;
  const value = answer.samples[0]?.value;
  return value === undefined ? undefined : answer.evaluatedAtMs - value * 1_000;
}

/**
 * True only when every metric of the rule has a fresh series. A metric that exists only while something is wrong can
 * therefore never prove health by its absence: that is left to a person.
 */
export function seriesReading(
  rules: readonly AlertRule[],
  namespace: string | undefined,
  answers: ReadonlyMap<string, Answer>,
  sampleFreshMs: number,
): Reading {
  const condition = 'series of the rule';
  const names = metrics(rules);
  if (names.length === 0)
    return { condition, verdict: 'cannot-tell', read: 'the source has no rule for it', rangeMs: 0 };
  let oldestMs = 0;
  for (const metric of names) {
    const spaced = namespace !== undefined && ageMs(answers.get(`${metric}/spaced`)) !== undefined;
    const age = ageMs(answers.get(`${metric}/${spaced ? 'here' : 'any'}`));
    if (age === undefined)
      return { condition, verdict: 'cannot-tell', read: `no series of ${metric}`, rangeMs: 0 };
    if (age > sampleFreshMs)
      return {
        condition,
        verdict: 'cannot-tell',
        read: `${metric} is ${formatDuration(age)} old`,
        rangeMs: 0,
      };
    oldestMs = Math.max(oldestMs, age);
  }
  return {
    condition,
    verdict: 'true',
    read: `${names.join(', ')}: oldest ${formatDuration(oldestMs)}`,
    rangeMs: 0,
  };
}
