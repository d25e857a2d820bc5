import { formatDuration } from './duration.ts';
import type { Measure } from './playbook.ts';
import type { Answer, Question } from './source.ts';

/** What a measure is asked about: built from the typed target, never from an alert's text. */
export interface MeasureSubject {
  readonly namespace: string;
  /** Name of the workload that owns the pods. */
  readonly workload: string;
  /** Names of the pods that must each have a sample. */
  readonly pods: readonly string[];
}

export type MeasureReading =
  | {
      readonly kind: 'values';
      readonly values: readonly { readonly subject: string; readonly value: number }[];
      readonly oldestMs: number;
    }
  | { readonly kind: 'cannot-tell'; readonly why: string };

/** Inside a double-quoted PromQL string. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function literal(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_-]/g, (char) => `\\${char}`);
}

/** `namespace="shop", pod=~"checkout-7d4b9c-a|checkout-7d4b9c-b"`, everything escaped. */
export function targetMatchers(subject: MeasureSubject): string {
  return `namespace=${quoted(subject.namespace)}, pod=~${quoted(subject.pods.map(literal).join('|'))}`;
}

/**
 * Any pod that the workload has or ever had, for looks into the past: names are `<workload>-<hash>-<five characters>`
 * (apimachinery `rand.SafeEncodeString` and `names.SimpleNameGenerator`: letters and digits only).
 */
export function workloadMatchers(subject: MeasureSubject): string {
  return `namespace=${quoted(subject.namespace)}, pod=~${quoted(`${literal(subject.workload)}-[a-z0-9]+-[a-z0-9]{5}`)}`;
}

function render(query: string, subject: MeasureSubject, rangeMs: number): string {
  return query
    .replaceAll('$target', targetMatchers(subject))
    .replaceAll('$workload', workloadMatchers(subject))
    .replaceAll('$range', `${Math.max(1, Math.round(rangeMs / 1_000))}s`);
}

/** The vector selectors that name the target: their newest samples say how fresh the measure is. */
function selectorsOf(query: string): readonly string[] {
  return [
    ...new Set(
      [...query.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*\{[^{}]*\$target[^{}]*\}/g)].map((match) => match[0]),
    ),
  ];
}

export function effectiveRangeMs(measure: Measure, rangeCapMs: number | undefined): number {
  return Math.min(measure.rangeMs, rangeCapMs ?? Number.POSITIVE_INFINITY);
}

/** The questions that one reading of a measure takes: its value, whether there is enough, and how fresh its series are. */
export function questionsFor(
  id: string,
  measure: Measure,
  subject: MeasureSubject,
  rangeCapMs?: number,
): readonly Question[] {
  const rangeMs = effectiveRangeMs(measure, rangeCapMs);
  const by = measure.each === 'pod' ? 'min by (pod) ' : 'max ';
  return [
    { id: `${id}/value`, promql: render(measure.query, subject, rangeMs) },
    ...(measure.enough === undefined
      ? []
      : [{ id: `${id}/enough`, promql: render(measure.enough.query, subject, rangeMs) }]),
    ...selectorsOf(measure.query).map((selector, index) => ({
      id: `${id}/fresh/${index}`,
      promql: `${by}(timestamp(${render(selector, subject, rangeMs)}))`,
    })),
  ];
}

interface Asked {
  readonly id: string;
  readonly measure: Measure;
  readonly subject: MeasureSubject;
  readonly answers: ReadonlyMap<string, Answer>;
  readonly sampleFreshMs: number;
}

const cannotTell = (why: string): MeasureReading => ({ kind: 'cannot-tell', why });

function tooLittle({ id, measure, answers }: Asked): string | undefined {
  if (measure.enough === undefined) return undefined;
  const answer = answers.get(`${id}/enough`);
  if (answer === undefined || answer.kind === 'unknown') return answer?.why ?? 'not asked';
  const value = answer.samples[0]?.value;
  if (value === undefined || answer.samples.length !== 1) return 'nothing says how much there is to judge by';
  return value < measure.enough.atLeast
    ? `too little to judge by: ${round(value)}, needs ${measure.enough.atLeast}`
    : undefined;
}

/** Three significant figures: what people read. */
export function round(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}

/** Age of the oldest series of the measure, or why it cannot be told. Both times are the source's own. */
function oldest({
  id,
  measure,
  subject,
  answers,
  sampleFreshMs,
}: Asked): { readonly ageMs: number } | { readonly why: string } {
  let ageMs = 0;
  for (const index of selectorsOf(measure.query).keys()) {
    const answer = answers.get(`${id}/fresh/${index}`);
    if (answer === undefined || answer.kind === 'unknown') return { why: answer?.why ?? 'not asked' };
    if (answer.samples.length === 0) return { why: 'no series' };
    if (measure.each === 'pod') {
      const seen = new Set(answer.samples.map((sample) => sample.labels['pod']));
      const missing = subject.pods.find((pod) => !seen.has(pod));
      if (missing !== undefined) return { why: `no series for pod ${missing}` };
    }
    for (const sample of answer.samples) {
      if (sample.value === undefined) return { why: 'a series without a time' };
      ageMs = Math.max(ageMs, answer.evaluatedAtMs - sample.value * 1_000);
    }
  }
  return ageMs > sampleFreshMs ? { why: `the oldest sample is ${formatDuration(ageMs)} old` } : { ageMs };
}

/** One reading: each pod (or the target) exactly one finite value from fresh series, else cannot tell. */
export function readMeasure(asked: Asked): MeasureReading {
  const { id, measure, subject, answers } = asked;
  const answer = answers.get(`${id}/value`);
  if (answer === undefined || answer.kind === 'unknown') return cannotTell(answer?.why ?? 'not asked');
  if (subject.pods.length === 0) return cannotTell('the target has no pods');
  const little = tooLittle(asked);
  if (little !== undefined) return cannotTell(little);
  const fresh = oldest(asked);
  if ('why' in fresh) return cannotTell(fresh.why);
  const wanted = measure.each === 'pod' ? subject.pods : [''];
  const values: { subject: string; value: number }[] = [];
  for (const one of wanted) {
    const samples = answer.samples.filter((sample) => one === '' || sample.labels['pod'] === one);
    const value = samples[0]?.value;
    if (samples.length !== 1)
      return cannotTell(
        samples.length === 0
          ? `no sample${one === '' ? '' : ` for pod ${one}`}`
          : `${samples.length} samples where one was expected`,
      );
    if (value === undefined || !Number.isFinite(value))
      return cannotTell(`not a number${one === '' ? '' : ` for pod ${one}`}`);
    values.push({ subject: one, value });
  }
  return { kind: 'values', values, oldestMs: fresh.ageMs };
}
