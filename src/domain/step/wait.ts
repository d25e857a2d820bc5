import type { Decision } from '../decision.ts';
import { formatDuration } from '../duration.ts';
import type { Incident, Reading } from '../incident.ts';
import { advance, newProof, type ProofLook } from '../proof.ts';
import type { GuardLine } from '../verdict.ts';
import { keepAsking } from './ask.ts';
import { cleared, handOver, note, atItsEnd, type StepContext } from './context.ts';

/** A look that cannot be taken is repeated ever more slowly: eight times the first pause at most. */
const BACKOFF_DOUBLINGS_MAX = 3;
/** A window in which nobody looked for this many looks is a gap: the quiet window starts again. */
export const GAP_LOOKS = 4;

/** Waits and looks again, ever more slowly; past the limit a person gets it. `doubt`: it could not be told. */
export function waitOn(
  incident: Incident,
  line: Pick<GuardLine, 'guard' | 'read' | 'patient'>,
  doubt: boolean,
  context: StepContext,
): Decision {
  const { nowMs, settings } = context;
  if (incident.asking !== undefined) return keepAsking(incident, incident.asking, context);
  const patient = line.patient === true;
  const sinceMs =
    incident.wait === undefined || incident.wait.patient || patient || nowMs < incident.wait.sinceMs
      ? nowMs
      : incident.wait.sinceMs;
  if (nowMs - sinceMs >= settings.timings.waitLimitMs) {
    const why = `${line.guard}: ${line.read}, for ${formatDuration(nowMs - sinceMs)}`;
    return handOver(incident, doubt ? 'ambiguous' : 'guard-refused', why, context);
  }
  const sameGuard = incident.wait?.guard === line.guard;
  const looks = sameGuard ? (incident.wait?.looks ?? 0) + 1 : 0;
  const wait = { sinceMs, looks, guard: line.guard, why: line.read, patient };
  const pauseMs = settings.timings.waitLookEveryMs * 2 ** Math.min(looks, BACKOFF_DOUBLINGS_MAX);
  return {
    next: { ...incident, state: 'waiting', wait },
    changes: sameGuard ? [] : [note('decided', `wait: ${line.guard}, ${line.read}`)],
    dueAtMs: nowMs + pauseMs,
  };
}

/** The rule fell silent without us: watched with the same conditions, for the same quiet window, as a fix. */
export function watchHealing(incident: Incident, look: ProofLook, context: StepContext): Decision {
  const { nowMs, settings } = context;
  const { timings } = settings;
  const watching = incident.wait?.guard === 'healing';
  const before = watching && incident.proof !== undefined ? incident.proof : newProof(nowMs, {});
  const proof = advance(before, look, { nowMs, gapMs: GAP_LOOKS * timings.lookEveryMs });
  const sinceMs = watching ? (incident.wait?.sinceMs ?? nowMs) : nowMs;
  if (proof.provedAtMs !== undefined) {
    const why = `not by Runova: ${look.rule.read}, and all conditions held for ${formatDuration(look.holdMs)}`;
    return {
      next: { ...cleared(incident), state: 'closed', proof, ended: { atMs: nowMs, how: 'self-healed', why } },
      changes: [note('closed', `self-healed, ${why}`), ...atItsEnd(incident, why)],
      dueAtMs: undefined,
    };
  }
  if (proof.trueSinceMs === undefined && nowMs - sinceMs >= Math.max(timings.waitLimitMs, look.timeoutMs)) {
    return handOver(
      { ...incident, proof },
      'ambiguous',
      `the alert stopped, but ${unmet(proof.readings)}`,
      context,
    );
  }
  // An approval outlives a quiet moment: it has its own end, and is for one plan.
  const { asking: _asking, ...rest } = incident;
  return {
    next: {
      ...rest,
      asked: 0,
      state: 'waiting',
      proof,
      wait: { sinceMs, looks: 0, guard: 'healing', why: look.rule.read, patient: false },
    },
    changes: watching
      ? []
      : [note('decided', `nothing yet: ${look.rule.read}. Watched for ${formatDuration(look.holdMs)}`)],
    dueAtMs: nowMs + timings.lookEveryMs,
  };
}

function unmet(readings: readonly Reading[]): string {
  const first = readings.find((one) => one.verdict !== 'true');
  return first === undefined
    ? 'its conditions were not seen for long enough'
    : `"${first.condition}" is not met: ${first.read}`;
}
