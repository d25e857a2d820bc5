import { alertName } from '../domain/alert.ts';
import { classify, type Classified } from '../domain/classify.ts';
import { takeBefore } from '../domain/condition.ts';
import type { Incident } from '../domain/incident.ts';
import type { Operation } from '../domain/operation.ts';
import type { Playbook } from '../domain/playbook.ts';
import { securityClassOf } from '../domain/security-class.ts';
import type { PlanLook } from '../domain/step/plan-look.ts';
import type { PlannedEvent } from '../domain/step/plan.ts';
import { targetKey, type TargetRef } from '../domain/target.ts';
import type { TargetView } from '../domain/workload.ts';
import { OpsError } from '../ports/ops-error.ts';
import { askMeasures } from './ask-measures.ts';
import { askSource, type SourceWord } from './ask-source.ts';
import { choosePlaybook, verificationOf, type Chosen, type Verification } from './choose-playbook.ts';
import { chooseRung } from './choose-rung.ts';
import type { Flow } from './flow.ts';
import { judgePlan } from './judge-plan.ts';
import { lookAtProof } from './look-at-proof.ts';
import { resolveTarget } from './resolve-target.ts';

/** One look of the planner: from the alerts to a judged plan, or to the reason why there is none. */
export async function planIncident(flow: Flow, incident: Incident, nowMs: number): Promise<PlannedEvent> {
  const [word, chosen] = await Promise.all([
    askSource(flow, incident, nowMs),
    choosePlaybook(flow, incident),
  ]);
  const { leader } = chosen;
  const secured = securityClassOf(incident.alerts);
  const base = {
    kind: 'planned',
    absentSinceMs: word.absentSinceMs,
    ...(secured === undefined ? {} : { securityClass: secured }),
  } as const;
  if (leader === undefined) return { ...base, look: await withoutPlaybook(flow, incident, word, nowMs) };

  const resolved = await resolveTarget(flow, incident, leader);
  if (resolved.kind === 'cannot-tell')
    return {
      ...base,
      playbook: leader,
      look: { kind: 'cannot-tell', guard: 'target known', why: resolved.why },
    };
  if (resolved.kind === 'none')
    return {
      ...base,
      playbook: leader,
      look: await withoutTarget(flow, incident, chosen, { word, why: resolved.why, nowMs }),
    };

  const { ref, through } = resolved;
  const found = { ...base, playbook: leader, target: { ref, through } };
  const belongs = await belongsTo(flow, incident, ref, { playbook: leader.name, nowMs });
  if (belongs !== undefined) return { ...found, look: belongs };
  // Another playbook leads from the first rung of its own ladder.
  const rung = leader.name === incident.playbook?.name ? incident.rung : 0;
  const aimed = { ...incident, target: ref, rung };
  return { ...found, look: await lookAtTarget(flow, aimed, { leader, chosen, word }, nowMs) };
}

async function withoutPlaybook(
  flow: Flow,
  incident: Incident,
  word: SourceWord,
  nowMs: number,
): Promise<PlanLook> {
  if (word.firing.kind !== 'not-firing')
    return { kind: 'no-playbook', classified: await classified(flow, incident) };
  const { look } = await lookAtProof(flow, incident, verificationOf([], flow), word, nowMs);
  return { kind: 'quiet', look };
}

/** By its labels and by its rule's query as the source has it: never by a query that an alert tells. */
async function classified(flow: Flow, incident: Incident): Promise<Classified> {
  const [alert] = incident.alerts;
  if (alert === undefined) throw new Error(`incident ${incident.id} has no alert`);
  const rules = await flow.source.rules();
  const name = alertName(alert);
  const rule = rules.kind === 'answered' ? rules.rules.find((one) => one.name === name) : undefined;
  return classify({ ...alert, ...(rule === undefined ? {} : { expression: rule.query }) }, flow.catalogue);
}

async function withoutTarget(
  flow: Flow,
  incident: Incident,
  chosen: Chosen,
  seen: { readonly word: SourceWord; readonly why: string; readonly nowMs: number },
): Promise<PlanLook> {
  if (seen.word.firing.kind !== 'not-firing')
    return { kind: 'no-target', why: `exactly one object must be named: ${seen.why}` };
  const conditions = { ...verificationOf(chosen.all, flow), fixed: [], harm: [] };
  const { look } = await lookAtProof(flow, incident, conditions, seen.word, seen.nowMs);
  return { kind: 'quiet', look };
}

/** Whoever has the hold on the target gets the alert; so does an incident of the same playbook that was just resolved there. */
async function belongsTo(
  flow: Flow,
  incident: Incident,
  ref: TargetRef,
  seen: { readonly playbook: string; readonly nowMs: number },
): Promise<PlanLook | undefined> {
  const { holder, last } = await flow.store.holder(targetKey(ref));
  if (holder !== undefined)
    return holder.id === incident.id
      ? undefined
      : { kind: 'belongs', to: holder.id, why: 'it has the same target' };
  const justResolved =
    incident.target === undefined &&
    last !== undefined &&
    last.id !== incident.id &&
    last.ended?.how === 'resolved' &&
    last.playbook?.name === seen.playbook &&
    seen.nowMs - last.ended.atMs < flow.settings.timings.recurrenceMs;
  return justResolved
    ? { kind: 'belongs', to: last.id, why: 'it was resolved there a moment ago' }
    : undefined;
}

async function lookAtTarget(
  flow: Flow,
  incident: Incident & { readonly target: TargetRef },
  judged: { readonly leader: Playbook; readonly chosen: Chosen; readonly word: SourceWord },
  nowMs: number,
): Promise<PlanLook> {
  const { leader, chosen, word } = judged;
  switch (word.firing.kind) {
    case 'not-firing': {
      const { look } = await lookAtProof(flow, incident, verificationOf(chosen.all, flow), word, nowMs);
      return { kind: 'quiet', look };
    }
    case 'absent':
    case 'cannot-tell':
      return { kind: 'cannot-tell', guard: 'still firing', why: word.firing.read };
    case 'firing':
      break;
  }
  const looked = await viewOrWhy(flow, incident.target);
  if (!('view' in looked)) return { kind: 'cannot-tell', guard: 'target known', why: looked.why };
  const chosenRung = await chooseRung(flow, incident, leader, looked.view, nowMs);
  switch (chosenRung.kind) {
    case 'cannot-tell':
      return { kind: 'cannot-tell', guard: 'when', why: chosenRung.why };
    case 'none':
      return { kind: 'no-rung', skipped: chosenRung.skipped };
    case 'rung': {
      const alertname = alertName(chosen.leading ?? { labels: {} });
      const before = await valuesBefore(flow, verificationOf(chosen.all, flow), looked.view, nowMs);
      return judgePlan(flow, {
        incident,
        playbook: leader,
        alertname,
        word,
        view: looked.view,
        before,
        chosen: chosenRung,
        nowMs,
      });
    }
  }
}

/** Read just before the change, so that "more errors than before" has something to compare with. */
async function valuesBefore(
  flow: Flow,
  { fixed, harm, measures }: Verification,
  view: TargetView,
  nowMs: number,
): Promise<Operation['before']> {
  const comparing = [...fixed, ...harm].filter(({ value }) => value.kind === 'before');
  const measured = await askMeasures(flow, view, comparing, measures);
  return takeBefore({ view, ...measured, nowMs, rangeCapMs: flow.settings.timings.rangeCapMs });
}

async function viewOrWhy(
  flow: Flow,
  ref: TargetRef,
): Promise<{ readonly view: TargetView } | { readonly why: string }> {
  try {
    const looked = await flow.cluster.look(ref, 'fresh', flow.signal);
    return looked.kind === 'found'
      ? { view: looked.view }
      : { why: `there is no ${ref.kind} ${ref.namespace}/${ref.name}` };
  } catch (error) {
    if (error instanceof OpsError) return { why: error.message };
    throw error;
  }
}
