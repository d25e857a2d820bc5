import { GUARDS } from '../../src/domain/judge.ts';
import { FAULTS } from './knobs.ts';
import { EDGES } from './referee.ts';

/** The planner asks the guards only about what fires, so this one has nothing left to refuse; its table test has. */
const NEVER_ASKED_IN_VAIN = 'still firing';

/**
 * Where a process was killed is a fault of its own; what it was doing is seen in these. A give back whose effect nobody
 * can tell is too rare to be asked of every run: `src/flow/settle-owed.test.ts` has its table.
 */
const OUTCOMES = [
  'effect fix scale',
  'effect fix roll-back',
  'effect fix rollout-restart',
  'effect fix restart-pod',
  'effect undo scale',
  'effect give-back scale',
  'operation reserved→closed',
  'operation claimed→done',
  'operation claimed→not-done',
  'operation claimed→unknown',
  'handed over: ambiguous',
  'handed over: guard-refused',
  'handed over: approval-expired',
  'handed over: rejected',
  'handed over: no-rung-left',
  'handed over: made-worse',
  'handed over: repeated-failure',
  'handed over: unknown-alert',
  'handed over: security-incident',
  'handed over: undone',
  'closed: self-healed',
  'closed: observed',
  'closed: joined',
  'closed: by-person',
  'owed: given back',
  'owed: nothing to give back',
  'owed: the change was never made',
] as const;

/** What must have happened at least once over the seeds of a run, and did not. */
export function missing(counts: ReadonlyMap<string, number>): readonly string[] {
  const seen = (what: string): boolean => (counts.get(what) ?? 0) > 0;
  const guards = GUARDS.map(({ name }) => name).filter((name) => name !== NEVER_ASKED_IN_VAIN);
  const met = [...counts.keys()];
  return [
    ...FAULTS.map((fault) => `fault ${fault}`).filter((what) => !seen(what)),
    ...EDGES.map((edge) => `edge ${edge}`).filter((what) => !seen(what)),
    ...OUTCOMES.filter((what) => !seen(what)),
    ...guards
      .filter((name) => !met.some((what) => what.startsWith(`guard ${name}: `)))
      .map((name) => `guard ${name}`),
  ];
}
