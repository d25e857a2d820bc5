import type { CommandDecision, StoreChange } from './decision.ts';
import { formatDuration } from './duration.ts';
import { isEnded, type Incident } from './incident.ts';
import { cleared, note, toldOver, type StepContext } from './step/context.ts';
import { targetKey } from './target.ts';

/** What a person may say to one incident. `because` ends up in the record. */
export type PersonCommand =
  | {
      readonly kind: 'approve';
      readonly incident: number;
      readonly digest?: string;
      readonly because?: string;
    }
  | { readonly kind: 'reject'; readonly incident: number; readonly because?: string }
  /** Starts the ladder again, at `rung` (1 is the first), else at the rung that was tried last. */
  | { readonly kind: 'retry'; readonly incident: number; readonly rung?: number; readonly because?: string }
  | { readonly kind: 'close'; readonly incident: number; readonly because?: string }
  | { readonly kind: 'take'; readonly incident: number; readonly untilMs?: number; readonly because: string };

export type CommandOutcome =
  | { readonly kind: 'accepted'; readonly text: string }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown-incident' };

const refused = (why: string): CommandDecision => ({ kind: 'refused', why });

function ended(incident: Incident): CommandDecision | undefined {
  if (!isEnded(incident.state)) return undefined;
  return refused(
    `incident ${incident.id} has ended: ${incident.ended?.how ?? incident.state}, ${incident.ended?.why ?? ''}`,
  );
}

function accept(
  next: Incident,
  changes: readonly StoreChange[],
  dueAtMs: number | undefined,
): CommandDecision {
  return { kind: 'accepted', decision: { next, changes, dueAtMs } };
}

const said = (by: string, what: string, because: string | undefined): StoreChange =>
  note('person', `${by} ${what}${because === undefined ? '' : `: ${because}`}`, { by });

function approve(
  incident: Incident,
  command: PersonCommand & { kind: 'approve' },
  by: string,
  context: StepContext,
): CommandDecision {
  const { asking } = incident;
  if (incident.state !== 'asking' || asking === undefined)
    return refused(`incident ${incident.id} asks nothing: it is ${incident.state}`);
  if (context.nowMs >= asking.expiresAtMs)
    return refused('the question has expired; runova retry asks it again');
  if (command.digest !== undefined && command.digest !== asking.plan.digest)
    return refused('the plan has changed since you saw it; look at it again');
  const { asking: _asking, ...rest } = incident;
  const approval = { digest: asking.plan.digest, by, atMs: context.nowMs };
  return accept(
    { ...rest, state: 'open', approval },
    [said(by, `approved "${asking.plan.summary}"`, command.because)],
    context.nowMs,
  );
}

function reject(
  incident: Incident,
  command: PersonCommand & { kind: 'reject' },
  by: string,
  context: StepContext,
): CommandDecision {
  if (incident.state !== 'asking')
    return refused(`incident ${incident.id} asks nothing: it is ${incident.state}`);
  const why = `${by} rejected "${incident.asking?.plan.summary ?? ''}"${command.because === undefined ? '' : `: ${command.because}`}`;
  const next: Incident = {
    ...cleared(incident),
    state: 'handed-over',
    handover: { reason: 'rejected', why, atMs: context.nowMs },
  };
  return accept(
    next,
    [said(by, 'rejected the plan', command.because), note('handed-over', `rejected: ${why}`)],
    context.nowMs,
  );
}

function retry(
  incident: Incident,
  command: PersonCommand & { kind: 'retry' },
  by: string,
  context: StepContext,
): CommandDecision {
  const taken = takenByAnother(incident, by, context);
  if (taken !== undefined) return taken;
  if (incident.state !== 'handed-over')
    return refused(`incident ${incident.id} is ${incident.state}; only a handed-over one is retried`);
  const rung =
    command.rung === undefined ? (incident.attempts.at(-1)?.rung ?? incident.rung) : command.rung - 1;
  if (!Number.isInteger(rung) || rung < 0) return refused('rungs are counted from 1');
  const { proof: _proof, take: _take, ...base } = cleared(incident);
  return accept(
    { ...base, state: 'open', rung, asked: 0, recurrences: [] },
    [said(by, `said retry, rung ${rung + 1}`, command.because), ...letGo(incident)],
    context.nowMs,
  );
}

function close(
  incident: Incident,
  command: PersonCommand & { kind: 'close' },
  by: string,
  context: StepContext,
): CommandDecision {
  const taken = takenByAnother(incident, by, context);
  if (taken !== undefined) return taken;
  if (incident.state === 'executing')
    return refused(
      `operation ${incident.attempts.at(-1)?.number ?? ''} is running; runova pause stops further ones, then close`,
    );
  const why = `${by}${command.because === undefined ? '' : `: ${command.because}`}`;
  const { take: _take, ...base } = cleared(incident);
  const next: Incident = { ...base, state: 'closed', ended: { atMs: context.nowMs, how: 'by-person', why } };
  return accept(
    next,
    [
      said(by, 'closed it', command.because),
      note('closed', `by-person, ${why}`),
      ...letGo(incident),
      ...toldOver(incident, why),
    ],
    undefined,
  );
}

/** Who says retry or close has no more use for a take of their own. */
function letGo({ take: taken, target }: Incident): readonly StoreChange[] {
  return taken === undefined || target === undefined ? [] : [{ kind: 'untake', target: targetKey(target) }];
}

/** Somebody else works on the target: their take is not ended over their head. */
function takenByAnother(
  { take: taken }: Incident,
  by: string,
  { nowMs }: StepContext,
): CommandDecision | undefined {
  if (taken === undefined || taken.by === by || (taken.untilMs !== undefined && taken.untilMs <= nowMs))
    return undefined;
  return refused(`${taken.by} has taken it (${taken.because}); take it yourself first`);
}

/** A person holds the target: nothing of ours acts on it until the take ends. */
function take(
  incident: Incident,
  command: PersonCommand & { kind: 'take' },
  by: string,
  context: StepContext,
): CommandDecision {
  if (incident.target === undefined) return refused(`incident ${incident.id} has no target to take`);
  const until =
    command.untilMs === undefined ? '' : ` for ${formatDuration(command.untilMs - context.nowMs)}`;
  const taken = {
    by,
    because: command.because,
    ...(command.untilMs === undefined ? {} : { untilMs: command.untilMs }),
  };
  return accept(
    { ...incident, take: taken },
    [
      said(by, `took the target${until}`, command.because),
      { kind: 'take', take: { target: targetKey(incident.target), ...taken } },
    ],
    context.nowMs,
  );
}

/** Decides at once, inside the store's transaction: accepted whole, or refused with the reason. */
export function decideCommand(
  incident: Incident,
  command: PersonCommand,
  by: string,
  context: StepContext,
): CommandDecision {
  const over = ended(incident);
  if (over !== undefined) return over;
  switch (command.kind) {
    case 'approve':
      return approve(incident, command, by, context);
    case 'reject':
      return reject(incident, command, by, context);
    case 'retry':
      return retry(incident, command, by, context);
    case 'close':
      return close(incident, command, by, context);
    case 'take':
      return take(incident, command, by, context);
  }
}
