import type { Labels } from './alert.ts';

/** What may happen without a person, from least to most. */
export type Autonomy = 'observe' | 'ask' | 'auto';

/** One label matcher, as Alertmanager has them: anchored, a missing label is the empty text. */
export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** All of these must match. A playbook has several, any of which suffices. */
export type MatcherSet = readonly Matcher[];

export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!=';

/** What is read from the objects themselves instead of from metrics. */
export type ObjectFact =
  /** Available pods of the workload's current generation. Compared with a number, `all` or `before`. */
  | 'available'
  | 'ready'
  /** Container restarts of the target's pods since the last look, so that one inside the quiet window restarts it. */
  | 'new-restarts'
  /** Time since the newest rollout began. Compared with a duration. */
  | 'rolled-out'
  /** The diagnosed cause (`domain/diagnosis.ts`). Compared with a word. */
  | 'cause';

export type ConditionValue =
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'duration'; readonly ms: number }
  | { readonly kind: 'word'; readonly word: string }
  /** Every wanted pod. */
  | { readonly kind: 'all' }
  /** What the same thing was just before the first write. */
  | { readonly kind: 'before' };

export interface Condition {
  /** As written, shown in every trace. */
  readonly text: string;
  readonly of:
    | { readonly kind: 'measure'; readonly measure: string }
    | { readonly kind: 'object'; readonly fact: ObjectFact };
  readonly op: Comparison;
  readonly value: ConditionValue;
}

/** A named query with unit and existence rule. */
export interface Measure {
  readonly name: string;
  readonly title: string;
  /** `pod`: one fresh sample for each pod of the target, else cannot tell. `target`: exactly one sample. */
  readonly each: 'pod' | 'target';
  readonly unit: 'percent' | 'ratio' | 'seconds' | 'bytes' | 'count' | 'per-second';
  /** PromQL with `$target` (matchers, built) and `$range` (the window). */
  readonly query: string;
  /** The longest window that the query looks back over; 0 when it looks at the present only. */
  readonly rangeMs: number;
  /** A second query (same placeholders) that must reach this number, else there is too little to judge by. */
  readonly enough?: { readonly query: string; readonly atLeast: number };
}

export interface Rung {
  readonly action: string;
  readonly when: readonly Condition[];
  /** Parameters of the action, already validated by the action's own schema. */
  readonly with: Readonly<Record<string, number | string>>;
  readonly autonomy?: Autonomy;
  /** Return the change after this long, if the proof still holds. */
  readonly giveBackMs?: number;
}

/** Playbooks may only tighten the configured limits. */
export interface PlaybookGuards {
  readonly stateless: boolean;
  readonly cooldownMs?: number;
  readonly attempts?: { readonly count: number; readonly perMs: number };
}

export interface Playbook {
  readonly name: string;
  readonly title: string;
  /** First hexadecimal digits of the SHA-256 of the file and its measures: what an incident began with it ends with. */
  readonly version: string;
  /** Lower leads when several alerts join (engine 2). */
  readonly rank: number;
  readonly match: readonly MatcherSet[];
  readonly target: {
    readonly kind: string;
    /** Labels that may name it, in this order; `pod` leads to its owner. */
    readonly from: readonly string[];
  };
  readonly autonomy: Autonomy;
  readonly guards: PlaybookGuards;
  readonly ladder: readonly Rung[];
  readonly verify: {
    readonly holdMs: number;
    /** How long a rung may stay unproved before it is handed over as ambiguous, or counts as not fixed. */
    readonly timeoutMs: number;
    readonly fixed: readonly Condition[];
    readonly harm: readonly Condition[];
  };
  readonly handover: { readonly look: readonly string[]; readonly try: readonly string[] };
  /** The measures that its conditions name, so that a stored version is whole. */
  readonly measures: Readonly<Record<string, Measure>>;
}

/** The longest text that a regular expression of a matcher is tried on (threat T22). */
const MATCH_TEXT_MAX = 1_024;

function matches(matcher: Matcher, labels: Labels): boolean {
  const text = (labels[matcher.label] ?? '').slice(0, MATCH_TEXT_MAX);
  switch (matcher.op) {
    case '=':
      return text === matcher.value;
    case '!=':
      return text !== matcher.value;
    case '=~':
      return new RegExp(`^(?:${matcher.value})$`, 'su').test(text);
    case '!~':
      return !new RegExp(`^(?:${matcher.value})$`, 'su').test(text);
  }
}

export function matchesAny(sets: readonly MatcherSet[], labels: Labels): boolean {
  return sets.some((set) => set.every((matcher) => matches(matcher, labels)));
}

/**
 * The playbook that leads an alert: of those whose matchers fit, the lowest rank, then by name (two of one rank
 * on the same alert are an error that lint reports).
 */
export function playbookFor(playbooks: readonly Playbook[], labels: Labels): Playbook | undefined {
  return playbooks
    .filter((playbook) => matchesAny(playbook.match, labels))
    .toSorted((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))[0];
}

const AUTONOMY_ORDER: readonly Autonomy[] = ['observe', 'ask', 'auto'];

export function leastAutonomy(...levels: readonly Autonomy[]): Autonomy {
  return AUTONOMY_ORDER[Math.min(...levels.map((level) => AUTONOMY_ORDER.indexOf(level)))] ?? 'observe';
}

/** The names of the measures that a playbook's conditions ask for. */
export function measuresOf(conditions: readonly Condition[]): readonly string[] {
  return [...new Set(conditions.flatMap(({ of }) => (of.kind === 'measure' ? [of.measure] : [])))];
}
