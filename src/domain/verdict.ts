/** A guard's answer. `wait` is also what a guard says that cannot tell: it never allows. */
export type Verdict = 'allow' | 'wait' | 'ask' | 'refuse';

/** The four questions, in the order in which they are put everywhere: code, trace, docs. */
export type GuardQuestion =
  | 'May it act at all?'
  | 'Is it the right thing?'
  | 'Is it a good time?'
  | 'Is it too much?';

/** One line of the decision trace: what was read, its limit, its verdict. */
export interface GuardLine {
  readonly guard: string;
  readonly question: GuardQuestion;
  readonly verdict: Verdict;
  /** What was read, with the age of the fact where it has one. */
  readonly read: string;
  readonly limit?: string;
  /** For what is not allowed: what would change that. */
  readonly remedy?: string;
  /** A wait that lasts until somebody or something else changes it has no limit. */
  readonly patient?: boolean;
}

export interface Trace {
  readonly atMs: number;
  readonly rung: number;
  readonly action: string;
  readonly summary: string;
  readonly lines: readonly GuardLine[];
}
