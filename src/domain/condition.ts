import { diagnose, rolledOutAtMs } from './diagnosis.ts';
import { formatDuration } from './duration.ts';
import type { Reading } from './incident.ts';
import { effectiveRangeMs, round, type MeasureReading } from './measure.ts';
import { compare } from './operation.ts';
import type { Condition, ConditionValue, Measure } from './playbook.ts';
import { livePods, rolloutComplete, type TargetView } from './workload.ts';

/** Everything that a condition may look at. */
export interface ConditionFacts {
  readonly view: TargetView;
  readonly readings: ReadonlyMap<string, MeasureReading>;
  readonly measures: Readonly<Record<string, Measure>>;
  /** By subject (`ready`, a measure's name): what it was just before the first write. */
  readonly before: Readonly<Record<string, number>>;
  /** Restarts by pod at the last look; absent at the first. */
  readonly restarts?: Readonly<Record<string, number>>;
  readonly nowMs: number;
  /** Shortens every measure's window (demo and tests). */
  readonly rangeCapMs: number | undefined;
}

const reading = (condition: Condition, verdict: Reading['verdict'], read: string, rangeMs = 0): Reading => ({
  condition: condition.text,
  verdict,
  read,
  rangeMs,
});

const UNIT_SUFFIX: Readonly<Record<Measure['unit'], string>> = {
  percent: ' %',
  ratio: '',
  seconds: ' s',
  bytes: ' bytes',
  count: '',
  'per-second': '/s',
};

/** Readings of so many pods fit a line. */
const SHOWN_MAX = 8;

/** In the unit in which the condition is written: a ratio that is compared with a percentage is read as one. */
function asWritten(value: number, condition: Condition, unit: Measure['unit'] = 'count'): string {
  return unit === 'ratio' && condition.text.endsWith('%')
    ? `${round(value * 100)} %`
    : `${round(value)}${UNIT_SUFFIX[unit]}`;
}

/** Restarts by pod, as counted by the kubelet: kept from look to look, so that a new one is seen. */
export function restartsByPod(view: TargetView): Readonly<Record<string, number>> {
  return Object.fromEntries(
    livePods(view).map((pod) => [
      pod.uid,
      pod.containers.reduce((sum, container) => sum + container.restarts, 0),
    ]),
  );
}

function numberFor(value: ConditionValue, subject: string, facts: ConditionFacts): number | undefined {
  switch (value.kind) {
    case 'number':
      return value.number;
    case 'duration':
      return value.ms;
    case 'all':
      return facts.view.workload.replicas;
    case 'before':
      return facts.before[subject];
    case 'word':
      return undefined;
  }
}

function measured(condition: Condition, name: string, facts: ConditionFacts): Reading {
  const found = facts.readings.get(name);
  if (found === undefined || found.kind === 'cannot-tell')
    return reading(condition, 'cannot-tell', found?.why ?? 'not asked');
  const right = numberFor(condition.value, name, facts);
  if (right === undefined)
    return reading(condition, 'cannot-tell', 'there is no value from before to compare with');
  const good = found.values.every(({ value }) => compare(condition.op, value, right));
  const shown = found.values
    .slice(0, SHOWN_MAX)
    .map(({ value }) => asWritten(value, condition, facts.measures[name]?.unit))
    .join('  ');
  const measure = facts.measures[name];
  return reading(
    condition,
    good ? 'true' : 'false',
    shown,
    measure === undefined ? 0 : effectiveRangeMs(measure, facts.rangeCapMs),
  );
}

/** A workload whose controller has not seen its newest spec says nothing about it. */
function counted(condition: Condition, count: number, facts: ConditionFacts): Reading {
  const { workload } = facts.view;
  const subject = condition.of.kind === 'object' ? condition.of.fact : '';
  const read = `${count} of ${workload.replicas}, generation ${workload.observedGeneration} observed`;
  if (workload.observedGeneration < workload.generation)
    return reading(condition, 'settling', `generation ${workload.generation} not observed yet`);
  if (condition.value.kind === 'all' && workload.replicas === 0)
    return reading(condition, 'cannot-tell', 'it is scaled to 0: all of none proves nothing');
  const right = numberFor(condition.value, subject, facts);
  if (right === undefined)
    return reading(condition, 'cannot-tell', 'there is no value from before to compare with');
  const whole = condition.value.kind !== 'all' || rolloutComplete(workload);
  // While pods are being replaced, as many as the strategy allows may be missing: that is no harm.
  const missing =
    condition.value.kind === 'before' && !rolloutComplete(workload) && !workload.rolloutStuck
      ? workload.maxUnavailable
      : 0;
  return reading(condition, whole && compare(condition.op, count, right - missing) ? 'true' : 'false', read);
}

function restarted(condition: Condition, facts: ConditionFacts): Reading {
  const earlier = facts.restarts;
  if (earlier === undefined) return reading(condition, 'settling', 'restarts are counted from now');
  const fresh = Object.entries(restartsByPod(facts.view)).reduce(
    (sum, [uid, count]) => sum + Math.max(0, count - (earlier[uid] ?? 0)),
    0,
  );
  const right = numberFor(condition.value, 'new-restarts', facts) ?? 0;
  return reading(
    condition,
    compare(condition.op, fresh, right) ? 'true' : 'false',
    `${fresh} since the last look`,
  );
}

function observed(condition: Condition, fact: string, facts: ConditionFacts): Reading {
  const { view, nowMs } = facts;
  switch (fact) {
    case 'available':
      return counted(condition, view.workload.status.available, facts);
    case 'ready':
      return counted(condition, view.workload.status.ready, facts);
    case 'new-restarts':
      return restarted(condition, facts);
    case 'rolled-out': {
      const atMs = rolledOutAtMs(view);
      const limitMs = numberFor(condition.value, fact, facts) ?? 0;
      if (atMs === undefined)
        return reading(condition, 'cannot-tell', 'no ReplicaSet of the running revision');
      return reading(
        condition,
        compare(condition.op, nowMs - atMs, limitMs) ? 'true' : 'false',
        `last rollout ${formatDuration(nowMs - atMs)} ago`,
      );
    }
    case 'cause': {
      const { cause, because } = diagnose(view, nowMs);
      const same = condition.value.kind === 'word' && condition.value.word === cause;
      return reading(condition, same === (condition.op === '=') ? 'true' : 'false', `${cause}: ${because}`);
    }
    default:
      return reading(condition, 'cannot-tell', `nothing reads ${fact}`);
  }
}

export function evaluate(condition: Condition, facts: ConditionFacts): Reading {
  return condition.of.kind === 'measure'
    ? measured(condition, condition.of.measure, facts)
    : observed(condition, condition.of.fact, facts);
}

/** All true, one positively false, or neither: three-valued, and an empty list is never true. */
export function allOf(readings: readonly Reading[]): 'true' | 'false' | 'cannot-tell' {
  if (readings.some((one) => one.verdict === 'false')) return 'false';
  return readings.length > 0 && readings.every((one) => one.verdict === 'true') ? 'true' : 'cannot-tell';
}

/** What numeric conditions compare `before` with: taken just before the first write. */
export function takeBefore(facts: Omit<ConditionFacts, 'before'>): Readonly<Record<string, number>> {
  const before: Record<string, number> = {
    ready: facts.view.workload.status.ready,
    available: facts.view.workload.status.available,
  };
  for (const [name, found] of facts.readings) {
    if (found.kind === 'values') before[name] = Math.max(...found.values.map(({ value }) => value));
  }
  return before;
}
