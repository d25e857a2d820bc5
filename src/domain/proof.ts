import { allOf } from './condition.ts';
import type { Firing } from './firing.ts';
import type { ProofState, Reading } from './incident.ts';

/** One look at whether a target is well: what the conditions say, what would be harm, what the source says of the rule. */
export interface ProofLook {
  readonly fixed: readonly Reading[];
  readonly harm: readonly Reading[];
  readonly rule: Firing;
  /** Restarts by pod, for the next look. */
  readonly restarts: Readonly<Record<string, number>> | undefined;
  /** Quiet window and patience of the playbooks involved, already capped where a demo shortens them. */
  readonly holdMs: number;
  readonly timeoutMs: number;
}

/** A proof that has seen nothing yet. */
export function newProof(sinceMs: number, before: Readonly<Record<string, number>>): ProofState {
  return {
    sinceMs,
    looks: 0,
    trueLooks: 0,
    lastLookMs: sinceMs,
    readings: [],
    rule: 'not asked yet',
    before,
  };
}

/** Readings that still reach back before the effect say nothing yet, good or bad. */
function settled(readings: readonly Reading[], sinceMs: number, nowMs: number): readonly Reading[] {
  return readings.map((one) =>
    nowMs < sinceMs + one.rangeMs && one.verdict !== 'cannot-tell' ? { ...one, verdict: 'settling' } : one,
  );
}

/**
 * One look more. The quiet window runs while every look is true: a false or missing reading ends it, a clock
 * that stepped back restarts it (a window never shortens), and so does a gap in which nobody looked.
 */
export function advance(
  proof: ProofState,
  look: ProofLook,
  now: { readonly nowMs: number; readonly gapMs: number },
): ProofState {
  const { nowMs, gapMs } = now;
  const readings = settled(look.fixed, proof.sinceMs, nowMs);
  const good = allOf(readings) === 'true';
  const steppedBack = nowMs < proof.lastLookMs;
  const gap = proof.looks > 0 && nowMs - proof.lastLookMs > gapMs;
  const trueSinceMs = !good ? undefined : steppedBack || gap ? nowMs : (proof.trueSinceMs ?? nowMs);
  const held = trueSinceMs !== undefined && nowMs - trueSinceMs >= look.holdMs;
  const { trueSinceMs: _since, provedAtMs: _proved, restarts: _restarts, harmLooks: _harm, ...kept } = proof;
  const harmed = settled(look.harm, proof.sinceMs, nowMs).some((one) => one.verdict === 'true');
  return {
    ...kept,
    ...(trueSinceMs === undefined ? {} : { trueSinceMs }),
    ...(held ? { provedAtMs: proof.provedAtMs ?? nowMs } : {}),
    ...(look.restarts === undefined ? {} : { restarts: look.restarts }),
    ...(harmed ? { harmLooks: (proof.harmLooks ?? 0) + 1 } : {}),
    looks: proof.looks + 1,
    trueLooks: good ? proof.trueLooks + 1 : proof.trueLooks,
    lastLookMs: nowMs,
    readings,
    rule: look.rule.read,
  };
}

/** Harm must be seen twice in a row: one look may fall between two pods. */
export const HARM_LOOKS = 2;
