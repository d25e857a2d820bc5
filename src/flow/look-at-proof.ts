import { alertName, type JoinedAlert } from '../domain/alert.ts';
import { restartsByPod, takeBefore } from '../domain/condition.ts';
import type { Incident, Reading } from '../domain/incident.ts';
import { measuresOf, playbookFor, type Condition } from '../domain/playbook.ts';
import type { ProofLook } from '../domain/proof.ts';
import { seriesQuestions, seriesReading } from '../domain/rule-series.ts';
import type { TargetView } from '../domain/workload.ts';
import { OpsError } from '../ports/ops-error.ts';
import { askMeasures, readConditions } from './ask-measures.ts';
import type { SourceWord } from './ask-source.ts';
import type { Verification } from './choose-playbook.ts';
import type { Flow } from './flow.ts';

export interface Seen {
  readonly look: ProofLook;
  /** Values of this moment, for conditions that compare with `before`. */
  readonly before: Readonly<Record<string, number>>;
  readonly view: TargetView | undefined;
}

async function viewOf(
  flow: Flow,
  incident: Incident,
): Promise<{ readonly view: TargetView } | { readonly why: string }> {
  if (incident.target === undefined) return { why: 'no target' };
  try {
    const looked = await flow.cluster.look(incident.target, 'shared', flow.signal);
    if (looked.kind === 'absent') return { why: 'the object is gone' };
    // A shared read may be older than the effect: then it shows the past.
    const sinceMs = incident.proof?.sinceMs ?? 0;
    return looked.view.readAtMs >= sinceMs
      ? { view: looked.view }
      : { why: 'the object was not read since the effect' };
  } catch (error) {
    if (error instanceof OpsError) return { why: error.message };
    throw error;
  }
}

/** Without a playbook's conditions, that the series of the rule itself are still there is what can be asked. */
async function rulesSeries(flow: Flow, incident: Incident): Promise<readonly Reading[]> {
  if (incident.alerts.length === 0) return [];
  const rules = await flow.source.rules();
  if (rules.kind === 'unknown')
    return [{ condition: 'series of the rule', verdict: 'cannot-tell', read: rules.why, rangeMs: 0 }];
  const names = new Set(incident.alerts.map(alertName));
  const own = rules.rules.filter((rule) => names.has(rule.name));
  const namespace = incident.alerts[0]?.labels['namespace'];
  const answers = await flow.source.ask(seriesQuestions(own, namespace));
  return [seriesReading(own, namespace, answers, flow.settings.timings.sampleFreshMs)];
}

/** The alerts for which no measure would notice that their series are gone: the rule's own series are asked for them. */
function unmeasured(flow: Flow, { alerts }: Incident, fixed: readonly Condition[]): readonly JoinedAlert[] {
  if (measuresOf(fixed).length === 0) return alerts;
  return alerts.filter(({ labels }) => playbookFor(flow.playbooks(), labels) === undefined);
}

/** One look at whether the incident's target is well. Whatever cannot be read makes its conditions untellable. */
export async function lookAtProof(
  flow: Flow,
  incident: Incident,
  verification: Verification,
  word: SourceWord,
  nowMs: number,
): Promise<Seen> {
  const { fixed, harm, measures, holdMs, timeoutMs } = verification;
  const base = { rule: word.firing, holdMs, timeoutMs };
  const series = await rulesSeries(flow, { ...incident, alerts: unmeasured(flow, incident, fixed) });
  if (fixed.length === 0) {
    return { look: { ...base, fixed: series, harm: [], restarts: undefined }, before: {}, view: undefined };
  }
  const found = await viewOf(flow, incident);
  if (!('view' in found)) {
    const unread = fixed.map(({ text }): Reading => ({
      condition: text,
      verdict: 'cannot-tell',
      read: found.why,
      rangeMs: 0,
    }));
    return { look: { ...base, fixed: unread, harm: [], restarts: undefined }, before: {}, view: undefined };
  }
  const { view } = found;
  const measured = await askMeasures(flow, view, [...fixed, ...harm], measures);
  const restarts = incident.proof?.restarts;
  const facts = {
    view,
    ...measured,
    before: incident.proof?.before ?? {},
    nowMs,
    ...(restarts === undefined ? {} : { restarts }),
  };
  return {
    look: {
      ...base,
      fixed: [...readConditions(fixed, facts, flow), ...series],
      harm: readConditions(harm, facts, flow),
      restarts: restartsByPod(view),
    },
    before: takeBefore({ view, ...measured, nowMs, rangeCapMs: flow.settings.timings.rangeCapMs }),
    view,
  };
}
