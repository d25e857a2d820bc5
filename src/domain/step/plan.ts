import type { Decision, StoreChange } from '../decision.ts';
import { formatDuration } from '../duration.ts';
import type { Incident } from '../incident.ts';
import { overall } from '../judge.ts';
import type { ReserveCheck } from '../limits.ts';
import type { Operation, Plan } from '../operation.ts';
import type { Playbook } from '../playbook.ts';
import { advance, newProof, type ProofLook } from '../proof.ts';
import { targetKey, type TargetRef } from '../target.ts';
import type { GuardLine, Trace } from '../verdict.ts';
import { cleared, handOver, note, subjectOf, type StepContext } from './context.ts';

/** What one look of the planner found, before the heart decides what it means. */
export type PlanLook =
  /** Something could not be asked: never a reason to act. */
  | { readonly kind: 'cannot-tell'; readonly guard: string; readonly why: string }
  /** Proved not firing at the source; watched until that has held. */
  | { readonly kind: 'quiet'; readonly look: ProofLook }
  | { readonly kind: 'no-playbook'; readonly why: string }
  | { readonly kind: 'no-target'; readonly why: string }
  | { readonly kind: 'no-rung'; readonly skipped: readonly string[] }
  /** Another incident has the hold on the target (or just ended on it): the alerts are its. */
  | { readonly kind: 'belongs'; readonly to: number; readonly why: string }
  | {
      readonly kind: 'judged';
      readonly trace: Trace;
      readonly plan: Plan;
      readonly skipped: readonly string[];
      readonly check: ReserveCheck;
      /** What is reserved if every guard allows. */
      readonly operation: Operation;
      /** A temporary change is given back this long after its incident ended. */
      readonly giveBackMs: number | undefined;
      /** A storm that these facts begin or feed. */
      readonly storm: { readonly scope: string; readonly calmAtMs: number } | undefined;
    };

export interface PlannedEvent {
  readonly kind: 'planned';
  /** The incident's target, when this look resolved it. */
  readonly target?: { readonly ref: TargetRef; readonly through: readonly string[] };
  readonly playbook?: Playbook;
  readonly absentSinceMs: Readonly<Record<string, number>>;
  readonly look: PlanLook;
}

/** A look that cannot be taken is repeated ever more slowly: eight times the first pause at most. */
const BACKOFF_DOUBLINGS_MAX = 3;
/** A question whose plan changed is put again, twice at most (engine 1). */
const QUESTIONS_MAX = 3;

function waitOn(
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

function quiet(incident: Incident, look: ProofLook, context: StepContext): Decision {
  const { nowMs, settings } = context;
  const { timings } = settings;
  const watching = incident.wait?.guard === 'healing';
  const before = watching && incident.proof !== undefined ? incident.proof : newProof(nowMs, {});
  const proof = advance(before, look, { nowMs, gapMs: 4 * timings.lookEveryMs });
  const sinceMs = watching ? (incident.wait?.sinceMs ?? nowMs) : nowMs;
  if (proof.provedAtMs !== undefined) {
    const why = `not by Runova: ${look.rule.read}, and all conditions held for ${formatDuration(look.holdMs)}`;
    return {
      next: { ...cleared(incident), state: 'closed', proof, ended: { atMs: nowMs, how: 'self-healed', why } },
      changes: [note('closed', `self-healed, ${why}`)],
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
  const { asking: _asking, approval: _approval, ...rest } = incident;
  return {
    next: {
      ...rest,
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

function unmet(readings: readonly { condition: string; verdict: string; read: string }[]): string {
  const first = readings.find((one) => one.verdict !== 'true');
  return first === undefined
    ? 'its conditions were not seen for long enough'
    : `"${first.condition}" is not met: ${first.read}`;
}

function reserve(incident: Incident, look: PlanLook & { kind: 'judged' }, context: StepContext): Decision {
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
      ...(look.giveBackMs === undefined ? [] : [owe(operation, context.nowMs + look.giveBackMs)]),
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
function owe(operation: Operation, dueAtMs: number): StoreChange {
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
      dueAtMs,
    },
  };
}

/** The question stands until it is answered or expires; what cannot be seen meanwhile does not take it back. */
function keepAsking(
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

function askPerson(
  incident: Incident,
  look: PlanLook & { kind: 'judged' },
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

function observed(incident: Incident, why: string, trace: Trace | undefined, context: StepContext): Decision {
  const base = cleared(incident);
  return {
    next: {
      ...base,
      ...(trace === undefined ? {} : { trace }),
      state: 'closed',
      ended: { atMs: context.nowMs, how: 'observed', why },
    },
    changes: [note('closed', `observed: ${why}`)],
    dueAtMs: undefined,
  };
}

/** In observe mode nothing leaves our own store: what would have been handed over or done is only said. */
function refused(
  incident: Incident,
  look: PlanLook & { kind: 'judged' },
  line: GuardLine,
  context: StepContext,
): Decision {
  if (context.settings.mode !== 'observe') {
    return handOver(
      { ...incident, trace: look.trace },
      'guard-refused',
      `${line.guard}: ${line.read}`,
      context,
    );
  }
  const other = look.trace.lines.find((one) => one.verdict === 'refuse' && one.guard !== 'autonomy');
  const why =
    other === undefined
      ? `would have done: ${look.plan.summary}`
      : `would not have acted: ${other.guard}, ${other.read}`;
  return observed(incident, why, look.trace, context);
}

function judged(incident: Incident, look: PlanLook & { kind: 'judged' }, context: StepContext): Decision {
  const { verdict, line } = overall(look.trace);
  const decision = ((): Decision => {
    if (line === undefined)
      return waitOn(incident, { guard: 'guards', read: 'none answered' }, true, context);
    switch (verdict) {
      case 'allow':
        return reserve(incident, look, context);
      case 'ask':
        return askPerson(incident, look, line, context);
      case 'wait':
        return waitOn({ ...incident, trace: look.trace }, line, false, context);
      case 'refuse':
        return refused(incident, look, line, context);
    }
  })();
  if (look.storm === undefined) return decision;
  return { ...decision, changes: [...decision.changes, { kind: 'storm', ...look.storm }] };
}

function decide(incident: Incident, look: PlanLook, context: StepContext): Decision {
  const { settings, nowMs } = context;
  switch (look.kind) {
    case 'cannot-tell':
      return waitOn(incident, { guard: look.guard, read: look.why }, true, context);
    case 'quiet':
      return quiet(incident, look.look, context);
    case 'belongs':
      return {
        next: {
          ...cleared(incident),
          state: 'closed',
          joinedInto: look.to,
          ended: { atMs: nowMs, how: 'joined', why: look.why },
        },
        changes: [
          note('closed', `joined incident ${look.to}: ${look.why}`),
          { kind: 'hand-alerts', to: look.to },
        ],
        dueAtMs: undefined,
      };
    case 'no-playbook':
    case 'no-target':
      if (settings.mode === 'observe')
        return observed(incident, `would have handed over: ${look.why}`, undefined, context);
      return handOver(
        incident,
        look.kind === 'no-playbook' ? 'unknown-alert' : 'ambiguous',
        look.why,
        context,
      );
    case 'no-rung': {
      const why = look.skipped.length === 0 ? 'every rung was tried' : look.skipped.join('; ');
      if (settings.mode === 'observe')
        return observed(incident, `would have handed over: ${why}`, undefined, context);
      return handOver(
        incident,
        incident.attempts.length > 1 ? 'repeated-failure' : 'no-rung-left',
        why,
        context,
        look.skipped.map((text) => note('noted', text)),
      );
    }
    case 'judged':
      return judged(incident, look, context);
  }
}

/** open, waiting, asking: a look of the planner was taken. */
export function stepPlanned(before: Incident, event: PlannedEvent, context: StepContext): Decision {
  const known = before.target !== undefined;
  const incident: Incident = {
    ...before,
    ...(event.target === undefined ? {} : { target: event.target.ref, targetThrough: event.target.through }),
    ...(event.playbook === undefined
      ? {}
      : { playbook: { name: event.playbook.name, version: event.playbook.version } }),
    absentSinceMs: event.absentSinceMs,
  };
  const learnt: StoreChange[] = [];
  if (event.target !== undefined && !known) {
    const { ref, through } = event.target;
    learnt.push(
      note(
        'target',
        `${through.length === 0 ? '' : `${through.join(' → ')} → `}${ref.kind} ${targetName(ref)}`,
      ),
    );
  }
  if (event.playbook !== undefined && event.playbook.version !== before.playbook?.version)
    learnt.push({ kind: 'playbook', playbook: event.playbook });
  const decision = decide(incident, event.look, context);
  if (event.look.kind === 'belongs') return decision;
  return { ...decision, changes: [{ kind: 'hold', key: holdKey(incident) }, ...learnt, ...decision.changes] };
}

/** The hold is on the target; without a resolvable one on the alert itself (engine 2). */
export function holdKey(incident: Pick<Incident, 'target' | 'alerts'>): string {
  return incident.target === undefined
    ? `alert/${incident.alerts[0]?.fingerprint ?? ''}`
    : targetKey(incident.target);
}

function targetName(ref: TargetRef): string {
  return ref.namespace === '' ? ref.name : `${ref.namespace}/${ref.name}`;
}
