import { GOOD_TIME } from './guards/good-time.ts';
import type { Guard, GuardFacts } from './guards/guard.ts';
import { MAY_IT_ACT } from './guards/may-it-act.ts';
import { RIGHT_THING } from './guards/right-thing.ts';
import { TOO_MUCH } from './guards/too-much.ts';
import type { GuardLine, GuardQuestion, Trace, Verdict } from './verdict.ts';

/** Every guard in its order: the order of code, trace and docs (design: guards). */
export const GUARDS: readonly Guard[] = [...MAY_IT_ACT, ...RIGHT_THING, ...GOOD_TIME, ...TOO_MUCH];

/**
 * The place of every guard of the design, by question. Those that are not in `GUARDS` yet have their place here, so
 * that the order never changes when they come; a test holds `GUARDS` to it.
 */
export const GUARD_ORDER: Readonly<Record<GuardQuestion, readonly string[]>> = {
  'May it act at all?': ['paused', 'scope', 'held by a person', 'security', 'autonomy', 'freeze'],
  'Is it the right thing?': ['still firing', 'target known', 'owner', 'undone fix', 'known history'],
  'Is it a good time?': ['rollout', 'backup', 'failover', 'declared experiment', 'one at a time', 'parallel'],
  'Is it too much?': [
    'cooldown',
    'attempts',
    'rate',
    'blast radius',
    'admission',
    'storm',
    'breaker',
    'budget',
    'capacity',
  ],
};

/** Asks every guard, also after a refusal, so that one look shows every obstacle. */
export function judge(facts: GuardFacts, guards: readonly Guard[] = GUARDS): Trace {
  return {
    atMs: facts.nowMs,
    rung: facts.playbook.ladder.indexOf(facts.rung),
    action: facts.plan.action,
    summary: facts.plan.summary,
    lines: guards.map((guard) => ({ guard: guard.name, question: guard.question, ...guard.judge(facts) })),
  };
}

/** The one patient wait that no person decides about at the moment. */
const FREEZE = 'freeze';

const STRICTEST: readonly Verdict[] = ['refuse', 'wait', 'ask', 'allow'];

/**
 * One verdict out of all lines: a refusal before a wait, a wait before a question. No lines at all never allow.
 * A refusal does not hide a wait that people or a storm have put in its way: they first. It does hide a freeze, whose end
 * would change nothing about it.
 */
export function overall(trace: Trace): { readonly verdict: Verdict; readonly line: GuardLine | undefined } {
  const patient = trace.lines.find((line) => line.patient === true && line.guard !== FREEZE);
  if (patient !== undefined) return { verdict: 'wait', line: patient };
  for (const verdict of STRICTEST) {
    const line = trace.lines.find((one) => one.verdict === verdict);
    if (line !== undefined) return { verdict, line };
  }
  return { verdict: 'wait', line: undefined };
}
