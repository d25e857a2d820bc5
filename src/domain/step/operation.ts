import type { Decision, StoreChange } from '../decision.ts';
import type { Attempt, Incident } from '../incident.ts';
import type { Operation } from '../operation.ts';
import { newProof } from '../proof.ts';
import { cleared, handOver, note, type StepContext } from './context.ts';

/**
 * What the target says about an operation that was claimed and never reported (engine 4): our mark is on it, it is
 * exactly as planned, or neither. `unseen`: it could not be read.
 */
export type Mark =
  | { readonly kind: 'ours'; readonly read: string }
  | { readonly kind: 'unchanged'; readonly read: string }
  | { readonly kind: 'other'; readonly read: string }
  | { readonly kind: 'unseen'; readonly read: string };

export interface OperationEvent {
  readonly kind: 'operation';
  readonly operation: Operation | undefined;
  /** Read only when the operation is claimed and nobody in this process carries it out. */
  readonly mark: Mark | undefined;
  /** Reserved, and nobody will claim it: the process that did is gone, or was not let. */
  readonly orphaned: boolean;
  /** Conditions' values just before the write, kept for `before`. */
  readonly before: Readonly<Record<string, number>>;
}

/** An operation that could not be carried out is planned again this many times before a person looks. */
const NOT_DONE_MAX = 3;

function withOutcome(
  incident: Incident,
  operation: Operation,
  outcome: Attempt['outcome'],
  why: string,
): Incident {
  return {
    ...incident,
    attempts: incident.attempts.map((one) =>
      one.operation === operation.id ? { ...one, outcome, why } : one,
    ),
  };
}

function done(
  incident: Incident,
  operation: Operation,
  how: string,
  changes: readonly StoreChange[],
  context: StepContext,
  before: OperationEvent['before'],
): Decision {
  const { nowMs, settings } = context;
  if (operation.purpose === 'undo') {
    return handOver(
      incident,
      'made-worse',
      `the change made it worse and was undone: ${operation.plan.summary}`,
      context,
      changes,
    );
  }
  const effectMs = operation.endedAtMs ?? nowMs;
  const { operation: _operation, ...rest } = incident;
  return {
    next: {
      ...rest,
      state: 'verifying',
      operation: operation.id,
      asked: 0,
      proof: newProof(effectMs, before),
    },
    changes: [...changes, note('changed', `${operation.plan.summary}: ${how}`, { operation: operation.id })],
    dueAtMs: nowMs + Math.min(settings.timings.lookEveryMs, 1_000),
  };
}

function undone(
  incident: Incident,
  operation: Operation,
  why: string,
  changes: readonly StoreChange[],
  context: StepContext,
): Decision {
  if (operation.purpose === 'undo') {
    return handOver(
      incident,
      'made-worse',
      `the change made it worse, and taking it back did not work: ${why}`,
      context,
      changes,
    );
  }
  const outcome = operation.state === 'reserved' ? 'closed' : 'not-done';
  const next = withOutcome(incident, operation, outcome, why);
  const failed = next.attempts.filter((one) => one.outcome === 'not-done' || one.outcome === 'closed').length;
  if (failed >= NOT_DONE_MAX)
    return handOver(
      next,
      'repeated-failure',
      `${failed} operations could not be carried out, last: ${why}`,
      context,
      changes,
    );
  return {
    next: { ...cleared(next), state: 'open' },
    changes: [...changes, note('operation', `${operation.number} not carried out: ${why}`)],
    dueAtMs: context.nowMs,
  };
}

/**
 * What an earlier process decided is decided anew: between then and now everything may have changed. Certainly not
 * executed, so it does not count as a try.
 */
function forgotten(incident: Incident, operation: Operation, context: StepContext): Decision {
  const how = 'nobody carries it out: certainly not executed';
  const attempts = incident.attempts.filter((one) => one.operation !== operation.id);
  return {
    next: { ...cleared(incident), state: 'open', attempts },
    changes: [
      end(operation, 'reserved', 'closed', how),
      note('operation', `${operation.number} not carried out: ${how}`),
    ],
    dueAtMs: context.nowMs,
  };
}

function ambiguous(
  incident: Incident,
  operation: Operation,
  why: string,
  changes: readonly StoreChange[],
  context: StepContext,
): Decision {
  const next = withOutcome(incident, operation, 'cannot-tell', why);
  return handOver(
    next,
    operation.purpose === 'undo' ? 'made-worse' : 'ambiguous',
    `operation ${operation.number}: ${why}`,
    context,
    changes,
  );
}

function end(
  operation: Operation,
  from: 'reserved' | 'claimed',
  to: 'closed' | 'done' | 'not-done' | 'unknown',
  how: string,
): StoreChange {
  return to === 'done'
    ? { kind: 'end-operation', id: operation.id, from, to, how, adopted: true }
    : { kind: 'end-operation', id: operation.id, from, to, how };
}

function claimed(
  incident: Incident,
  operation: Operation,
  event: OperationEvent,
  context: StepContext,
): Decision {
  const { nowMs, settings } = context;
  const { timings } = settings;
  const finalMs = (operation.actByMs ?? nowMs) + timings.stragglerMs;
  const { mark } = event;
  const lookAgain: Decision = {
    next: incident,
    changes: [],
    dueAtMs: Math.min(Math.max(finalMs, nowMs + 1), nowMs + timings.lookEveryMs),
  };
  if (mark === undefined) return { ...lookAgain, dueAtMs: nowMs + timings.lookEveryMs };
  switch (mark.kind) {
    case 'ours':
      return done(
        incident,
        { ...operation, endedAtMs: nowMs },
        `no report; ${mark.read}. Not sent again`,
        [end(operation, 'claimed', 'done', mark.read)],
        context,
        event.before,
      );
    case 'unchanged':
      // Until no straggler can arrive any more, "unchanged" is not final.
      if (nowMs < finalMs) return { ...lookAgain, dueAtMs: Math.min(finalMs, nowMs + timings.lookEveryMs) };
      return undone(
        incident,
        operation,
        `no report, and ${mark.read}`,
        [end(operation, 'claimed', 'not-done', mark.read)],
        context,
      );
    case 'other':
      if (nowMs < finalMs) return lookAgain;
      return ambiguous(
        incident,
        operation,
        mark.read,
        [end(operation, 'claimed', 'unknown', mark.read)],
        context,
      );
    case 'unseen':
      if (nowMs < finalMs + timings.waitLimitMs)
        return { ...lookAgain, dueAtMs: nowMs + timings.lookEveryMs };
      return ambiguous(
        incident,
        operation,
        `no report, and the target could not be read: ${mark.read}`,
        [end(operation, 'claimed', 'unknown', mark.read)],
        context,
      );
  }
}

/** executing: what has become of the operation? */
export function stepOperation(incident: Incident, event: OperationEvent, context: StepContext): Decision {
  const { operation } = event;
  if (operation === undefined)
    return handOver(incident, 'ambiguous', 'its operation is not in the ledger', context);
  switch (operation.state) {
    case 'reserved': {
      if (event.orphaned) return forgotten(incident, operation, context);
      if (context.nowMs < operation.claimByMs) {
        return {
          next: incident,
          changes: [],
          dueAtMs: Math.min(operation.claimByMs, context.nowMs + context.settings.timings.lookEveryMs),
        };
      }
      const how = 'nobody claimed it in time: certainly not executed';
      return undone(incident, operation, how, [end(operation, 'reserved', 'closed', how)], context);
    }
    case 'claimed':
      return claimed(incident, operation, event, context);
    case 'done':
      return done(incident, operation, operation.how ?? 'done', [], context, event.before);
    case 'not-done':
    case 'closed':
      return undone(incident, operation, operation.how ?? 'not carried out', [], context);
    case 'unknown':
      return ambiguous(
        incident,
        operation,
        operation.how ?? 'nobody can tell whether it had an effect',
        [],
        context,
      );
  }
}
