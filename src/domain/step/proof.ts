import { allOf } from '../condition.ts';
import type { Decision, StoreChange } from '../decision.ts';
import { formatDuration } from '../duration.ts';
import type { Attempt, Incident, ProofState, Reading } from '../incident.ts';
import type { ReserveCheck } from '../limits.ts';
import type { Operation } from '../operation.ts';
import { advance, HARM_LOOKS, newProof, type ProofLook } from '../proof.ts';
import { cleared, handOver, note, atItsEnd, type StepContext } from './context.ts';
import { GAP_LOOKS } from './wait.ts';

export interface ProofEvent {
  readonly kind: 'looked';
  readonly look: ProofLook;
  /** For alerts without a rule: when Alertmanager first lacked each. */
  readonly absentSinceMs: Readonly<Record<string, number>>;
  /** The undo of the operation that is being proved, ready to be reserved; absent when it cannot be undone. */
  readonly undo?: { readonly operation: Operation; readonly check: ReserveCheck };
}

const DAY_MS = 24 * 60 * 60_000;

function lastAttempt(incident: Incident, outcome: Attempt['outcome'], why: string): Incident {
  return {
    ...incident,
    attempts: incident.attempts.map((one) =>
      one.operation === incident.operation ? { ...one, outcome, why } : one,
    ),
  };
}

function verdict(
  incident: Incident,
  kind: 'fixed' | 'not-fixed' | 'cannot-tell' | 'harm',
): readonly StoreChange[] {
  return incident.operation === undefined
    ? []
    : [{ kind: 'verdict', operation: incident.operation, verdict: kind }];
}

const shown = (proof: ProofState): string =>
  proof.readings.map((one) => `${one.condition}: ${one.read}`).join(' · ');

function resolve(incident: Incident, look: ProofLook, proof: ProofState, context: StepContext): Decision {
  const why = `${look.rule.read}; quiet for ${formatDuration(context.nowMs - (proof.trueSinceMs ?? context.nowMs))}`;
  const done = lastAttempt(incident, 'fixed', why);
  return {
    next: {
      ...cleared(done),
      state: 'resolved',
      proof,
      ended: { atMs: context.nowMs, how: 'resolved', why },
    },
    changes: [
      note('proved', `${proof.looks} looks, ${proof.trueLooks} true; ${shown(proof)}`),
      note('resolved', why),
      ...verdict(incident, 'fixed'),
      ...atItsEnd(incident, why),
    ],
    dueAtMs: undefined,
  };
}

/** Proved, but the source cannot say what has become of the rule: asked again, and at last a person's. */
function sourceAway(incident: Incident, look: ProofLook, proof: ProofState, context: StepContext): Decision {
  const { nowMs, settings } = context;
  const waitedMs = nowMs - (proof.provedAtMs ?? nowMs);
  if (waitedMs < Math.max(look.timeoutMs, settings.timings.waitLimitMs)) {
    return { next: { ...incident, proof }, changes: [], dueAtMs: nowMs + settings.timings.lookEveryMs };
  }
  const why = `all conditions hold, but nobody can tell whether the rule still fires: ${look.rule.read}`;
  return handOver(
    { ...lastAttempt(incident, 'cannot-tell', why), proof },
    'ambiguous',
    why,
    context,
    verdict(incident, 'cannot-tell'),
  );
}

/** Proved, but the rule still fires: no further rung; past its own window that is noted for analysis. */
function notCleared(incident: Incident, look: ProofLook, proof: ProofState, context: StepContext): Decision {
  const { nowMs, settings } = context;
  const provedAtMs = proof.provedAtMs ?? nowMs;
  const tell =
    proof.cannotClearToldAtMs === undefined && nowMs - provedAtMs >= settings.timings.clearWithinMs;
  const first = incident.proof?.provedAtMs === undefined;
  return {
    next: { ...incident, proof: tell ? { ...proof, cannotClearToldAtMs: nowMs } : proof },
    changes: [
      ...(first
        ? [note('proved', `all conditions held for ${formatDuration(look.holdMs)}; ${shown(proof)}`)]
        : []),
      ...(tell
        ? [
            note(
              'noted',
              `rule-cannot-clear: proved ${formatDuration(nowMs - provedAtMs)} ago, ${look.rule.read}`,
            ),
          ]
        : []),
    ],
    dueAtMs: nowMs + settings.timings.lookEveryMs,
  };
}

function harmed(incident: Incident, event: ProofEvent, proof: ProofState, context: StepContext): Decision {
  const seen = event.look.harm
    .filter((one) => one.verdict === 'true')
    .map((one) => `${one.condition}: ${one.read}`)
    .join(' · ');
  const changes = [note('noted', `harm: ${seen}`), ...verdict(incident, 'harm')];
  const next = { ...lastAttempt(incident, 'harm', seen), proof };
  if (event.undo === undefined)
    return handOver(next, 'made-worse', `${seen}; there is nothing that could be undone`, context, changes);
  const { operation, check } = event.undo;
  return {
    next: {
      ...next,
      state: 'executing',
      undoing: true,
      operation: operation.id,
      operationsReserved: incident.operationsReserved + 1,
      attempts: [
        ...next.attempts,
        {
          operation: operation.id,
          number: operation.number,
          rung: operation.rung,
          action: operation.plan.action,
          summary: operation.plan.summary,
          outcome: 'running',
          why: 'undo',
        },
      ],
    },
    changes: [
      ...changes,
      { kind: 'reserve', operation, check },
      note('reserved', `operation ${operation.number} undoes it: ${operation.plan.summary}`, {
        operation: operation.id,
      }),
    ],
    dueAtMs: Math.min(operation.claimByMs, context.nowMs + context.settings.timings.lookEveryMs),
  };
}

/** Past the rung's time: positively bad is not fixed; what cannot be told is a person's. */
function timedOut(incident: Incident, proof: ProofState, context: StepContext): Decision {
  const word = allOf(proof.readings);
  if (word !== 'false') {
    const why = `no proof in time: ${proof.readings.find((one) => one.verdict !== 'true')?.read ?? proof.rule}`;
    return handOver(
      { ...lastAttempt(incident, 'cannot-tell', why), proof },
      'ambiguous',
      why,
      context,
      verdict(incident, 'cannot-tell'),
    );
  }
  const why = proof.readings
    .filter((one) => one.verdict === 'false')
    .map((one) => `${one.condition}: ${one.read}`)
    .join(' · ');
  const next = lastAttempt(incident, 'not-fixed', why);
  return {
    next: { ...cleared({ ...next, proof }), state: 'open', rung: incident.rung + 1 },
    changes: [note('looked', `proved not fixed: ${why}`), ...verdict(incident, 'not-fixed')],
    dueAtMs: context.nowMs,
  };
}

export function stepVerifying(incident: Incident, event: ProofEvent, context: StepContext): Decision {
  const { nowMs, settings } = context;
  const { look } = event;
  const before = incident.proof ?? newProof(nowMs, {});
  const proof = advance(before, look, { nowMs, gapMs: GAP_LOOKS * settings.timings.lookEveryMs });
  if ((proof.harmLooks ?? 0) >= HARM_LOOKS) return harmed(incident, event, proof, context);
  if (proof.provedAtMs !== undefined) {
    switch (look.rule.kind) {
      case 'not-firing':
        return resolve(incident, look, proof, context);
      case 'firing':
        return notCleared(incident, look, proof, context);
      case 'absent':
      case 'cannot-tell':
        return sourceAway(incident, look, proof, context);
    }
  }
  if (proof.trueSinceMs === undefined && nowMs - proof.sinceMs >= look.timeoutMs)
    return timedOut(incident, proof, context);
  const began = before.trueSinceMs === undefined && proof.trueSinceMs !== undefined;
  return {
    next: { ...incident, proof },
    changes: began ? [note('fixed', `${shown(proof)} · quiet 0 s of ${formatDuration(look.holdMs)}`)] : [],
    dueAtMs: nowMs + settings.timings.lookEveryMs,
  };
}

/** Without a change of ours, the rule's silence is itself something that must hold for the whole quiet window. */
function ruleReading(rule: ProofLook['rule']): Reading {
  const verdicts = {
    'not-firing': 'true',
    firing: 'false',
    absent: 'cannot-tell',
    'cannot-tell': 'cannot-tell',
  } as const;
  return { condition: 'the rule is inactive', verdict: verdicts[rule.kind], read: rule.read, rangeMs: 0 };
}

/** Left to a person, and healthy again without us: resolved, and said so. */
export function stepHandedOver(incident: Incident, event: ProofEvent, context: StepContext): Decision {
  const { nowMs, settings } = context;
  const everyMs = settings.timings.handedOverLookEveryMs;
  const look = { ...event.look, fixed: [...event.look.fixed, ruleReading(event.look.rule)] };
  const proof = advance(incident.proof ?? newProof(nowMs, {}), look, {
    nowMs,
    gapMs: GAP_LOOKS * everyMs,
  });
  if (proof.provedAtMs === undefined || event.look.rule.kind !== 'not-firing') {
    return { next: { ...incident, proof }, changes: [], dueAtMs: nowMs + everyMs };
  }
  const why = `not by Runova: ${event.look.rule.read}; healthy for ${formatDuration(nowMs - (proof.trueSinceMs ?? nowMs))}`;
  return {
    next: { ...cleared(incident), state: 'resolved', proof, ended: { atMs: nowMs, how: 'resolved', why } },
    changes: [note('resolved', why), ...atItsEnd(incident, why)],
    dueAtMs: undefined,
  };
}

/** An ended incident whose alert is said to fire again: only the source's word reopens it. */
export function stepRefired(incident: Incident, event: ProofEvent, context: StepContext): Decision {
  const { nowMs, settings } = context;
  const { timings } = settings;
  switch (event.look.rule.kind) {
    case 'not-firing': {
      const { wait: _wait, ...rest } = incident;
      return { next: rest, changes: [], dueAtMs: undefined };
    }
    case 'absent':
    case 'cannot-tell': {
      // "Resolved" is not left standing over a doubt: past the limit it is open again, and the planner has its own limits.
      const sinceMs = Math.min(incident.wait?.sinceMs ?? nowMs, nowMs);
      if (nowMs - sinceMs >= timings.waitLimitMs)
        return reopenOnDoubt(incident, event.look.rule.read, context);
      const wait = { sinceMs, looks: 0, guard: 'still firing', why: event.look.rule.read, patient: false };
      return { next: { ...incident, wait }, changes: [], dueAtMs: nowMs + timings.lookEveryMs };
    }
    case 'firing':
      return reopen(incident, context);
  }
}

/** Nobody can tell whether it fires: nothing counts as failed, and the planner asks on with limits of its own. */
function reopenOnDoubt(incident: Incident, read: string, context: StepContext): Decision {
  const { proof: _proof, joinedInto: _joined, ...base } = cleared(incident);
  return {
    next: { ...base, state: 'open' },
    changes: [note('reopened', `said to fire again, and nobody can tell: ${read}`)],
    dueAtMs: context.nowMs,
  };
}

function reopen(incident: Incident, context: StepContext): Decision {
  const { nowMs, settings } = context;
  const { ended } = incident;
  const wasResolved = ended?.how === 'resolved';
  const soon = wasResolved && nowMs - ended.atMs < settings.timings.recurrenceMs;
  const recent = incident.recurrences.filter((atMs) => nowMs - atMs < DAY_MS);
  const recurrences = wasResolved ? [...recent, nowMs] : recent;
  const { proof: _proof, joinedInto: _joined, ...base } = cleared(incident);
  const operation = incident.attempts.findLast((one) => one.outcome === 'fixed');
  const next: Incident = {
    ...base,
    state: 'open',
    asked: 0,
    recurrences,
    rung: soon && operation !== undefined ? operation.rung + 1 : wasResolved ? 0 : incident.rung,
    attempts: soon
      ? incident.attempts.map((one) =>
          one.operation === operation?.operation
            ? { ...one, outcome: 'not-fixed', why: 'it came back' }
            : one,
        )
      : incident.attempts,
  };
  const since = ended === undefined ? '' : ` ${formatDuration(nowMs - ended.atMs)} after ${ended.how}`;
  const changes: StoreChange[] = [note('reopened', `fires again${since}`)];
  if (soon && operation !== undefined)
    changes.push({ kind: 'verdict', operation: operation.operation, verdict: 'not-fixed' });
  return { next, changes, dueAtMs: nowMs };
}
