import type { Draft } from '../actions/action.ts';
import type { Incident } from '../domain/incident.ts';
import type { ReserveCheck } from '../domain/limits.ts';
import type { Operation, Plan, Purpose } from '../domain/operation.ts';
import type { PlaybookGuards } from '../domain/playbook.ts';
import type { Limits } from '../domain/settings.ts';
import { targetKey, type TargetRef } from '../domain/target.ts';
import type { TargetView } from '../domain/workload.ts';
import type { Flow } from './flow.ts';

/**
 * Playbooks may only tighten: the smaller count over the longer time, so that whichever of the two rates is stricter
 * holds, and neither can widen the other.
 */
export function tighten(limits: Limits, guards: PlaybookGuards): Limits {
  const configured = limits.target.changes;
  const own = guards.attempts ?? configured;
  const changes = {
    count: Math.min(own.count, configured.count),
    perMs: Math.max(own.perMs, configured.perMs),
  };
  return {
    ...limits,
    target: { changes, cooldownMs: Math.max(limits.target.cooldownMs, guards.cooldownMs ?? 0) },
  };
}

/** A plan from a draft: with the digest that an approval is for and the preconditions of the moment. */
export function makePlan(flow: Pick<Flow, 'digest'>, action: string, draft: Draft, view: TargetView): Plan {
  const { ref, uid, resourceVersion, generation } = view.workload;
  const { change, summary, takesAway, startsPods } = draft;
  const digest = flow.digest(
    JSON.stringify([action, ref.kind, ref.namespace, ref.name, uid, change, summary]),
  );
  return {
    action,
    target: ref,
    uid,
    change,
    summary,
    digest,
    resourceVersion,
    generation,
    takesAway,
    startsPods,
  };
}

export interface Reserving {
  readonly incident: number;
  readonly playbook: string;
  readonly guards: PlaybookGuards;
  readonly alertname: string;
  readonly action: string;
  readonly target: TargetRef;
  readonly purpose: Purpose;
  readonly ownChanges?: number;
  /** A person approved exactly this plan: what asks (the breaker) is answered. */
  readonly approved?: boolean;
}

/** What the limits are counted for: the same check when the guards judge and inside the reserving transaction. */
export function reserveCheck(flow: Pick<Flow, 'settings'>, reserving: Reserving): ReserveCheck {
  const { guards, target, ...rest } = reserving;
  return {
    ...rest,
    target: targetKey(target),
    namespace: target.namespace,
    limits: tighten(flow.settings.limits, guards),
  };
}

export interface Reservation {
  readonly incident: Pick<Incident, 'id' | 'operationsReserved'>;
  readonly playbook: string;
  readonly alertname: string;
  readonly rung: number;
  readonly purpose: Purpose;
  readonly plan: Plan;
  readonly before: Operation['before'];
  readonly approvedDigest?: string;
  readonly executor: string;
}

/** The operation to reserve: a fresh id, its number, and until when it must be claimed. */
export function makeOperation(
  flow: Pick<Flow, 'chance' | 'settings'>,
  reservation: Reservation,
  nowMs: number,
  number = `${reservation.incident.id}.${reservation.incident.operationsReserved + 1}`,
): Operation {
  const { incident, ...fields } = reservation;
  return {
    ...fields,
    id: flow.chance.uuid(nowMs),
    number,
    incident: incident.id,
    state: 'reserved',
    reservedAtMs: nowMs,
    claimByMs: nowMs + flow.settings.timings.claimByMs,
  };
}

/** The first executor, in the configured order, that can take an operation now. */
export function chooseExecutor(
  flow: Pick<Flow, 'executors'>,
): { readonly name: string } | { readonly why: string } {
  const reasons: string[] = [];
  for (const executor of flow.executors) {
    const ready = executor.ready();
    if (ready.kind === 'ready') return { name: executor.name };
    reasons.push(`${executor.name}: ${ready.why}`);
  }
  return { why: reasons.join('; ') };
}
