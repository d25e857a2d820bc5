import { alertName } from '../alert.ts';
import type { Decision, StoreChange } from '../decision.ts';
import type { HandoverReason, Incident, TimelineKind } from '../incident.ts';
import { newProof } from '../proof.ts';
import type { Settings } from '../settings.ts';
import { targetKey, targetName } from '../target.ts';

/** What every step may know besides the incident and its event: one `now` for the whole pass. */
export interface StepContext {
  readonly nowMs: number;
  readonly settings: Settings;
}

export function note(
  kind: TimelineKind,
  text: string,
  fields?: Readonly<Record<string, unknown>>,
): StoreChange {
  return { kind: 'timeline', entry: fields === undefined ? { kind, text } : { kind, text, fields } };
}

/** Drops what belongs to the moment (waiting, asking, an operation in flight) and keeps what belongs to the incident. */
export function cleared(incident: Incident): Incident {
  const {
    wait: _wait,
    asking: _asking,
    approval: _approval,
    operation: _operation,
    undoing: _undoing,
    handover: _handover,
    ended: _ended,
    ...kept
  } = incident;
  return kept;
}

export function subjectOf(incident: Incident): string {
  if (incident.target !== undefined) return `${incident.target.kind} ${targetName(incident.target)}`;
  const first = incident.alerts[0];
  return first === undefined ? 'an alert' : alertName(first);
}

/** Leaves the incident to a person: the hold stays, the evidence is there, somebody is told. */
export function handOver(
  incident: Incident,
  reason: HandoverReason,
  why: string,
  context: StepContext,
  changes: readonly StoreChange[] = [],
): Decision {
  const { nowMs, settings } = context;
  const { proof, ...rest } = cleared(incident);
  return {
    next: {
      ...rest,
      state: 'handed-over',
      told: true,
      handover: { reason, why, atMs: nowMs },
      // What was proved until now says nothing about what a person does from here on.
      ...(proof === undefined
        ? {}
        : { proof: { ...newProof(nowMs, proof.before), readings: proof.readings } }),
    },
    changes: [
      ...changes,
      note('handed-over', `${reason}: ${why}`, { reason }),
      {
        kind: 'tell',
        notice: {
          kind: 'handover',
          incident: incident.id,
          title: `${subjectOf(incident)}: handed over, ${reason}`,
          text: why,
          severity: incident.severity,
        },
      },
    ],
    dueAtMs: nowMs + settings.timings.handedOverLookEveryMs,
  };
}

/** What an end brings with it: a take without an end of its own ends too, and whoever was told of trouble is told. */
export function atItsEnd(incident: Incident, why: string): readonly StoreChange[] {
  const { take, target } = incident;
  const letGo: readonly StoreChange[] =
    take === undefined || take.untilMs !== undefined || target === undefined
      ? []
      : [{ kind: 'untake', target: targetKey(target) }];
  return [...letGo, ...toldOver(incident, why)];
}

/** Told of its trouble, told of its end, however it ended. */
export function toldOver(incident: Incident, why: string): readonly StoreChange[] {
  if (incident.told !== true) return [];
  const title = `${subjectOf(incident)}: over`;
  return [
    {
      kind: 'tell',
      notice: { kind: 'over', incident: incident.id, title, text: why, severity: incident.severity },
    },
  ];
}
