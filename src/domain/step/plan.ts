import type { AlertClass } from '../catalogue.ts';
import type { Classified } from '../classify.ts';
import type { Decision, StoreChange } from '../decision.ts';
import type { HandoverReason, Incident } from '../incident.ts';
import { overall } from '../judge.ts';
import type { Playbook } from '../playbook.ts';
import { targetKey, type TargetRef } from '../target.ts';
import type { GuardLine, Trace } from '../verdict.ts';
import { askPerson } from './ask.ts';
import { cleared, handOver, note, type StepContext } from './context.ts';
import type { JudgedLook, PlanLook } from './plan-look.ts';
import { reserve } from './reserve.ts';
import { waitOn, watchHealing } from './wait.ts';

export interface PlannedEvent {
  readonly kind: 'planned';
  /** The incident's target, when this look resolved it. */
  readonly target?: { readonly ref: TargetRef; readonly through: readonly string[] };
  readonly playbook?: Playbook;
  readonly absentSinceMs: Readonly<Record<string, number>>;
  /** What kind of security trouble the alerts tell of; absent when they tell of none. */
  readonly securityClass?: string;
  readonly look: PlanLook;
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

/** What a refusal means to people, where it means more than that a guard refused. */
const REASONS: Readonly<Record<string, HandoverReason>> = { 'undone fix': 'undone' };

/** In observe mode nothing leaves our own store: what would have been handed over or done is only said. */
function refused(incident: Incident, look: JudgedLook, line: GuardLine, context: StepContext): Decision {
  if (context.settings.mode !== 'observe') {
    return handOver(
      { ...incident, trace: look.trace },
      REASONS[line.guard] ?? 'guard-refused',
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

/**
 * Left as it is, whatever else the look found: with or without a playbook, also while something is paused, and also
 * when the alert has fallen silent meanwhile. An attack is over for nobody because its alert is.
 */
function secured(incident: Incident, what: string, look: PlanLook, context: StepContext): Decision {
  const why = `${what}: nothing was changed, the evidence is kept`;
  const trace = look.kind === 'judged' ? look.trace : undefined;
  if (context.settings.mode === 'observe')
    return observed(incident, `would have handed over: ${why}`, trace, context);
  return handOver(
    { ...incident, ...(trace === undefined ? {} : { trace }) },
    'security-incident',
    why,
    context,
  );
}

function judged(incident: Incident, look: JudgedLook, context: StepContext): Decision {
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

/** What a class of the catalogue is to people; every other class is an alert that nobody wrote a playbook for. */
const CLASS_REASONS: Readonly<Partial<Record<AlertClass, HandoverReason>>> = {
  security: 'security-incident',
  'data-recovery': 'data-recovery',
  'infrastructure-change': 'infrastructure-change',
};

/** No playbook is for it: a person gets it with an expert's advice; what is no trouble at all is only noted. */
function unknown(incident: Incident, classified: Classified, context: StepContext): Decision {
  const why = `no playbook is for it; ${classified.why}`;
  // The catalogue's words are general: only what the alert itself calls information is left at that.
  if (classified.class === 'informational' && incident.severity === 'info')
    return observed(incident, why, undefined, context);
  if (context.settings.mode === 'observe')
    return observed(incident, `would have handed over: ${why}`, undefined, context);
  const reason = CLASS_REASONS[classified.class] ?? 'unknown-alert';
  const decision = handOver(incident, reason, why, context);
  const { handover } = decision.next;
  if (handover === undefined) return decision;
  return { ...decision, next: { ...decision.next, handover: { ...handover, advice: classified.advice } } };
}

function decide(incident: Incident, look: PlanLook, context: StepContext): Decision {
  const { settings, nowMs } = context;
  switch (look.kind) {
    case 'cannot-tell':
      return waitOn(incident, { guard: look.guard, read: look.why }, true, context);
    case 'quiet':
      return watchHealing(incident, look.look, context);
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
      return unknown(incident, look.classified, context);
    case 'no-target':
      if (settings.mode === 'observe')
        return observed(incident, `would have handed over: ${look.why}`, undefined, context);
      return handOver(incident, 'ambiguous', look.why, context);
    case 'no-rung': {
      const again = cameBackTooOften(incident, context);
      if (again !== undefined) return again;
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
      return cameBackTooOften(incident, context) ?? judged(incident, look, context);
  }
}

/** An alert that came back this often within a day after being resolved is a person's (engine 1). */
const RECURRENCES_MAX = 3;
const DAY_MS = 24 * 60 * 60_000;

function cameBackTooOften(incident: Incident, context: StepContext): Decision | undefined {
  const times = incident.recurrences.filter((atMs) => context.nowMs - atMs < DAY_MS).length;
  if (times < RECURRENCES_MAX || context.settings.mode === 'observe') return undefined;
  return handOver(incident, 'repeated-failure', `resolved and back ${times} times within a day`, context);
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
  const decision =
    event.securityClass === undefined || event.look.kind === 'belongs'
      ? decide(incident, event.look, context)
      : secured(incident, event.securityClass, event.look, context);
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
