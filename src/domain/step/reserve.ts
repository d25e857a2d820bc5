import type { Decision, StoreChange } from '../decision.ts';
import { formatDuration } from '../duration.ts';
import type { Incident } from '../incident.ts';
import type { Operation } from '../operation.ts';
import { note, type StepContext } from './context.ts';
import type { JudgedLook } from './plan-look.ts';

/** Every guard allows: the operation is reserved, with what it will owe. */
export function reserve(incident: Incident, look: JudgedLook, context: StepContext): Decision {
  const { operation } = look;
  const { wait: _wait, asking: _asking, approval: _approval, proof: _proof, ...rest } = incident;
  return {
    next: {
      ...rest,
      state: 'executing',
      operation: operation.id,
      operationsReserved: incident.operationsReserved + 1,
      rung: operation.rung,
      trace: look.trace,
      attempts: [
        ...incident.attempts,
        {
          operation: operation.id,
          number: operation.number,
          rung: operation.rung,
          action: operation.plan.action,
          summary: operation.plan.summary,
          outcome: 'running',
          why: '',
        },
      ],
    },
    changes: [
      ...look.skipped.map((text) => note('noted', text)),
      note(
        'decided',
        `act: rung ${operation.rung + 1}, ${operation.plan.action}; ${look.trace.lines.length} guards, ${look.trace.lines.length} allow`,
      ),
      note('planned', look.plan.summary, { digest: look.plan.digest }),
      { kind: 'reserve', operation, check: look.check },
      ...(look.giveBackMs === undefined ? [] : [owe(operation, look.giveBackMs, context.nowMs)]),
      note(
        'reserved',
        `operation ${operation.number}, to be claimed within ${formatDuration(operation.claimByMs - context.nowMs)}`,
        { operation: operation.id },
      ),
    ],
    dueAtMs: Math.min(operation.claimByMs, context.nowMs + context.settings.timings.lookEveryMs),
  };
}

/** Written with the operation that causes it, so that it cannot be forgotten; void if that never takes effect. */
function owe(operation: Operation, giveBackMs: number, nowMs: number): StoreChange {
  const { id, incident, playbook, plan } = operation;
  return {
    kind: 'owe',
    owed: {
      incident,
      causedBy: id,
      target: plan.target,
      playbook,
      purpose: 'give-back',
      change: plan.change,
      dueAtMs: nowMs + giveBackMs,
      giveBackMs,
    },
  };
}
