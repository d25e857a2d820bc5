import type { AlertRule, Sample } from '../../ports/metrics.ts';
import type { RuleObject, Vector } from './schema.ts';

/**
 * A sample's value, which the API writes as text. NaN is no value at all: every comparison with it is false, so
 * that it would pass for both healthy and broken.
 */
export function sampleValue(text: string): number | undefined {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  if (text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** The samples of a vector; a native histogram has no single value. */
export function samplesFrom(vector: Vector): readonly Sample[] {
  return vector.map(({ metric, value }) => ({
    labels: metric,
    value: value === undefined ? undefined : sampleValue(value[1]),
  }));
}

/** The moment that a vector was evaluated for, in milliseconds since the epoch; undefined for an empty one. */
export function evaluatedAtMs(vector: Vector): number | undefined {
  const first = vector[0];
  const seconds = first?.value?.[0] ?? first?.histogram?.[0];
  return seconds === undefined ? undefined : Math.round(seconds * 1_000);
}

/** Go writes a time that never was as year 1. */
function timeMs(text: string | null | undefined): number {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

function healthOf(text: string | null | undefined): AlertRule['health'] {
  return text === 'ok' || text === 'err' ? text : 'unknown';
}

export function ruleFrom(rule: RuleObject, intervalSeconds: number): AlertRule {
  const lastError = rule.lastError ?? '';
  return {
    name: rule.name,
    query: rule.query,
    labels: rule.labels ?? {},
    health: healthOf(rule.health),
    ...(lastError === '' ? {} : { lastError }),
    lastEvaluationMs: timeMs(rule.lastEvaluation),
    intervalMs: intervalSeconds * 1_000,
    durationMs: (rule.duration ?? 0) * 1_000,
    alerts: (rule.alerts ?? []).map(({ labels, state, activeAt, value }) => {
      return { labels, state, activeAtMs: timeMs(activeAt), value };
    }),
  };
}
