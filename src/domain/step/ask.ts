import type { Decision } from '../decision.ts';
import { formatDuration } from '../duration.ts';
import type { Incident } from '../incident.ts';
import type { GuardLine } from '../verdict.ts';
import { handOver, note, subjectOf, type StepContext } from './context.ts';
import type { JudgedLook } from './plan-look.ts';

/** A question whose plan changed is put again, twice at most (engine 1). */
const QUESTIONS_MAX = 3;

/** The question stands until it is answered or expires; what cannot be seen meanwhile does not take it back. */
export function keepAsking(
  incident: Incident,
  asking: NonNullable<Incident['asking']>,
  context: StepContext,
): Decision {
  const { nowMs, settings } = context;
  if (nowMs >= asking.expiresAtMs) {
    return handOver(
      incident,
      'approval-expired',
      `nobody answered for ${formatDuration(nowMs - asking.sinceMs)}: ${asking.plan.summary}`,
      context,
    );
  }
  return {
    next: incident,
    changes: [],
    dueAtMs: Math.min(asking.expiresAtMs, nowMs + settings.timings.lookEveryMs),
  };
}

/** A guard asks: the plan is put to a person, bound to its digest. */
export function askPerson(
  incident: Incident,
  look: JudgedLook,
  line: GuardLine,
  context: StepContext,
): Decision {
  const { nowMs, settings } = context;
  const { asking } = incident;
  if (asking !== undefined && asking.plan.digest === look.plan.digest)
    return keepAsking(incident, asking, context);
  if (incident.asked >= QUESTIONS_MAX)
    return handOver(
      incident,
      'ambiguous',
      `the plan changed ${QUESTIONS_MAX} times while it was asked for`,
      context,
    );
  const { wait: _wait, approval: _approval, ...rest } = incident;
  const expiresAtMs = nowMs + settings.timings.approvalMs;
  return {
    next: {
      ...rest,
      state: 'asking',
      told: true,
      trace: look.trace,
      asked: incident.asked + 1,
      asking: { plan: look.plan, sinceMs: nowMs, expiresAtMs },
    },
    changes: [
      note('asked', `${look.plan.summary}? ${line.guard}: ${line.read}`, { digest: look.plan.digest }),
      {
        kind: 'tell',
        notice: {
          kind: 'asks',
          incident: incident.id,
          title: `${subjectOf(incident)}: may Runova do "${look.plan.summary}"?`,
          text: `runova approve ${incident.id}`,
          severity: incident.severity,
        },
      },
    ],
    dueAtMs: Math.min(expiresAtMs, nowMs + settings.timings.lookEveryMs),
  };
}
