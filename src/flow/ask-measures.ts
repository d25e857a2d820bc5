import { evaluate, type ConditionFacts } from '../domain/condition.ts';
import type { Reading } from '../domain/incident.ts';
import { questionsFor, readMeasure, type MeasureReading, type MeasureSubject } from '../domain/measure.ts';
import { measuresOf, type Condition, type Measure } from '../domain/playbook.ts';
import { livePods, type TargetView } from '../domain/workload.ts';
import type { Flow } from './flow.ts';

export interface Measured {
  readonly measures: Readonly<Record<string, Measure>>;
  readonly readings: ReadonlyMap<string, MeasureReading>;
}

function subjectOf(view: TargetView): MeasureSubject {
  const { namespace, name } = view.workload.ref;
  return { namespace, workload: name, pods: livePods(view).map((pod) => pod.name) };
}

/** Asks for every measure that the conditions name, in one go. A measure that nobody defined cannot be told. */
export async function askMeasures(
  flow: Flow,
  view: TargetView,
  conditions: readonly Condition[],
  measures: Readonly<Record<string, Measure>>,
): Promise<Measured> {
  const subject = subjectOf(view);
  const { rangeCapMs, sampleFreshMs } = flow.settings.timings;
  const named = measuresOf(conditions).flatMap((name) => {
    const measure = Object.hasOwn(measures, name) ? measures[name] : undefined;
    return measure === undefined ? [] : [measure];
  });
  const answers = await flow.source.ask(
    named.flatMap((measure) => questionsFor(measure.name, measure, subject, rangeCapMs)),
  );
  const readings = new Map(
    named.map((measure) => [
      measure.name,
      readMeasure({ id: measure.name, measure, subject, answers, sampleFreshMs }),
    ]),
  );
  return { measures, readings };
}

/** The conditions read from one look: a pure step once the answers are there. */
export function readConditions(
  conditions: readonly Condition[],
  facts: Omit<ConditionFacts, 'rangeCapMs'>,
  flow: Pick<Flow, 'settings'>,
): readonly Reading[] {
  return conditions.map((condition) =>
    evaluate(condition, { ...facts, rangeCapMs: flow.settings.timings.rangeCapMs }),
  );
}
