import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GUARDS } from '../../src/domain/judge.ts';

/** What kills a mutant: test files, or seeds of the simulation in one of its shapes. */
export type Killer =
  | { readonly kind: 'tests'; readonly file: string; readonly without?: string }
  | { readonly kind: 'simulation'; readonly shape: string; readonly seeds: number };

/** The program with one thing broken. */
export interface Mutant {
  readonly name: string;
  /** From the root of the project. */
  readonly file: string;
  readonly change: (source: string) => string;
  readonly killer: Killer;
}

const ROOT = join(import.meta.dirname, '..', '..');

export function sourceOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

const tests = (file: string): Killer => ({ kind: 'tests', file });
const simulation = (shape: string): Killer => ({ kind: 'simulation', shape, seeds: 40 });
/** The store's suite, without its long walk through interleavings. */
const STORE: Killer = {
  kind: 'tests',
  file: 'tests/conformance/sqlite-store.test.ts',
  without: 'any interleaving',
};

/** A mutant that replaces what a pattern finds: the whole of it, every time, and it must be found. */
function replacing(
  name: string,
  file: string,
  [find, put]: readonly [RegExp, string],
  killer: Killer,
): Mutant {
  return { name, file, killer, change: (source) => source.replace(find, put) };
}

/** Each guard allows whatever it sees. */
function guards(): readonly Mutant[] {
  return GUARDS.map(({ name }) =>
    replacing(
      `guard "${name}" always allows`,
      'src/domain/judge.ts',
      [
        /(export const GUARDS: readonly Guard\[\] = \[[^\]]*\]);/,
        `$1.map((guard) => (guard.name === '${name}' ? { ...guard, judge: () => ({ verdict: 'allow', read: '' }) } : guard));`,
      ],
      tests('src/domain/guards/guards.test.ts'),
    ),
  );
}

/** Each limit that a reservation is checked against, inside its transaction, is not. */
function limits(): readonly Mutant[] {
  const file = 'src/domain/limits.ts';
  const [, body = ''] = sourceOf(file).split('export function limitsReached');
  const names = [...body.matchAll(/\['([a-z ]+)',/g)].map((match) => match[1] ?? '');
  return names.map((name) =>
    replacing(
      `limit "${name}" is not checked`,
      file,
      [/\.map\(\(\[name\]\) => name\);/, `.map(([name]) => name).filter((name) => name !== '${name}');`],
      tests('src/domain/limits.test.ts'),
    ),
  );
}

/** Each pattern of the redaction is missing. */
function redactions(): readonly Mutant[] {
  const file = 'src/connectors/redaction.ts';
  const count = sourceOf(file).match(/\bfind:\s/g)?.length ?? 0;
  const dropped = Array.from({ length: count - 1 }, (_, index) =>
    replacing(
      `redaction ${index + 1} is missing`,
      file,
      [/(const PATTERNS[\s\S]*?\n\]);/, `$1.filter((_, index) => index !== ${index});`],
      tests('tests/mutants/redaction-shapes.ts'),
    ),
  );
  return [
    ...dropped,
    replacing(
      'redaction of PEM blocks is missing',
      file,
      [/const PEM = .*;/, 'const PEM = /(?!)/g;'],
      tests('tests/mutants/redaction-shapes.ts'),
    ),
  ];
}

type Row = readonly [name: string, find: RegExp, put: string, killer: Killer];

const PROOF = tests('src/domain/proof.test.ts');
const STEP = tests('src/domain/step.test.ts');
const FIRING = tests('src/domain/firing.test.ts');
const MEASURE = tests('src/domain/measure.test.ts');
const CONDITION = tests('src/domain/condition.test.ts');
const MARKS = tests('src/actions/marks.test.ts');
const COMMAND = tests('src/domain/command.test.ts');

/** By the file that is broken. */
const TABLE: Readonly<Record<string, readonly Row[]>> = {
  'src/domain/proof.ts': [
    ['the quiet window is 0', /nowMs - trueSinceMs >= look\.holdMs/, 'true', PROOF],
    [
      'the quiet window is 0, seen from outside',
      /nowMs - trueSinceMs >= look\.holdMs/,
      'true',
      simulation('acting'),
    ],
    ['a gap does not end the window', /steppedBack \|\| gap/, 'steppedBack', PROOF],
    ['a clock that steps back does not end the window', /steppedBack \|\| gap/, 'gap', PROOF],
    ['a bad look does not end the window', /!good\s*\?\s*undefined/, 'false ? undefined', PROOF],
    ['readings from before the effect count', /nowMs < sinceMs \+ one\.rangeMs/, 'false', PROOF],
    ['harm is believed at once', /HARM_LOOKS = 2/, 'HARM_LOOKS = 1', PROOF],
  ],
  'src/domain/step/plan.ts': [
    ['what comes back again and again is fixed again and again', /times < RECURRENCES_MAX/, 'true', STEP],
  ],
  'src/domain/step/proof.ts': [
    [
      'healed without us while the rule fired',
      /\[\.\.\.event\.look\.fixed, ruleReading\(event\.look\.rule\)\]/,
      'event.look.fixed',
      STEP,
    ],
    [
      'resolved without the word of the source',
      /switch \(look\.rule\.kind\)/,
      `switch ('not-firing' as string)`,
      STEP,
    ],
    ['harm is ignored', /\(proof\.harmLooks \?\? 0\) >= HARM_LOOKS/, 'false', STEP],
    ['cannot tell counts as not fixed', /word !== 'false'/, 'false', STEP],
  ],
  'src/domain/step/operation.ts': [
    ['a silent operation is judged before the last straggler', /nowMs < finalMs\)/g, 'false)', STEP],
    ['the same, seen from outside', /nowMs < finalMs\)/g, 'false)', simulation('straggling')],
    ['what cannot be carried out is tried for ever', /failed >= NOT_DONE_MAX/, 'false', STEP],
  ],
  'src/domain/firing.ts': [
    ['a rule that cannot be evaluated counts as inactive', /rule\.health !== 'ok'/, 'false', FIRING],
    [
      'a rule that is not evaluated any more counts as inactive',
      /ageMs > Math\.max\(fresh\.ruleFreshMs, 3 \* rule\.intervalMs\)/,
      'false',
      FIRING,
    ],
    ['an evaluation before the effect counts', /evaluatedMs <= facts\.afterMs/, 'false', FIRING],
    ['Alertmanager needs no Watchdog', /!alerts\.alerts\.some\(/, 'false && !alerts.alerts.some(', FIRING],
    ['a pending rule counts as inactive', /active\?\.state === 'pending'/, 'false', FIRING],
    ['absent once is enough', /now\.nowMs - firstMs >= now\.absentTwiceMs/, 'true', FIRING],
  ],
  'src/domain/measure.ts': [
    ['not a number counts', /value === undefined \|\| !Number\.isFinite\(value\)/, 'false', MEASURE],
    ['a stale sample counts', /ageMs > sampleFreshMs/, 'false', MEASURE],
    ['a pod without a series counts', /missing !== undefined/, 'false', MEASURE],
    ['too little traffic is enough', /value < measure\.enough\.atLeast/, 'false', MEASURE],
    [
      'any number of samples will do',
      /samples\.length !== 1\)\s*(\{?\s*)return cannotTell/,
      'false) $1return cannotTell',
      MEASURE,
    ],
    ['a quote in a name ends the matcher', /\.replaceAll\('"', '\\\\"'\)/, '', MEASURE],
    ['a name is a pattern', /\/\[\^a-zA-Z0-9_-\]\/g/, '/(?!)/g', MEASURE],
  ],
  'src/domain/condition.ts': [
    ['one good pod is enough', /found\.values\.every\(/, 'found.values.some(', CONDITION],
    ['an unseen spec counts', /workload\.observedGeneration < workload\.generation/, 'false', CONDITION],
    ['no condition at all is health', /readings\.length > 0 && /, '', CONDITION],
  ],
  'src/domain/command.ts': [
    ['an approval is for any plan', /command\.digest !== asking\.plan\.digest/, 'false', COMMAND],
    ['an approval never expires', /context\.nowMs >= asking\.expiresAtMs/, 'false', COMMAND],
    ['what has ended can be commanded', /if \(over !== undefined\) return over;/, '', COMMAND],
    ['what runs can be closed', /incident\.state === 'executing'/, 'false', COMMAND],
  ],
  'src/flow/carry-out.ts': [
    ['the source is not asked before the write', /firing\.kind !== 'firing'/, 'false', simulation('brief')],
    ['a pause is not asked for before the write', /may\.kind === 'refused'/, 'false', simulation('held')],
    ['a claim lasts for ever', /flow\.clock\.monotonic\(\) > lastSendMs/, 'false', simulation('refused')],
    [
      'a changed object is written all the same',
      /!action\.unchanged\(operation, looked\.view\)/,
      'false',
      simulation('edited'),
    ],
    [
      'a lost answer counts as not done',
      /return \{ kind: 'silent' \}/,
      `return notDone('no answer')`,
      simulation('lossy'),
    ],
  ],
  'src/flow/worker.ts': [
    [
      'a claim whose answer was lost is forgotten',
      /if \(this\.#claimInDoubt\)/,
      'if (false)',
      simulation('forgetful'),
    ],
  ],
  'src/flow/settle-owed.ts': [
    [
      'nothing tells that a give back is reserved',
      /changes: \[\{ kind: 'timeline', entry: told \}\],/,
      '',
      simulation('acting'),
    ],
  ],
  'src/actions/marks.ts': [
    ['no mark of a scale is found', /(managerMark[\s\S]*?)return found\s*\?/, '$1return false ?', MARKS],
    ['no mark of a template is found', /(templateMark[\s\S]*?)return found\s*\?/, '$1return false ?', MARKS],
    [
      'every scale bears a mark',
      /(managerMark[\s\S]*?)return found\s*\?/,
      '$1return true ?',
      simulation('lossy'),
    ],
  ],
  'src/actions/scale.ts': [
    ['a scale leaves no mark', /manager: fieldManager\(id\)/, `manager: 'runova'`, simulation('acting')],
  ],
  'src/actions/rollout-restart.ts': [
    ['a restart leaves no mark', /\[OPERATION_ANNOTATION\]: id/, `'runova.dev/restarted': id`, MARKS],
  ],
  'src/actions/roll-back.ts': [
    ['a roll back leaves no mark', /\[OPERATION_ANNOTATION\]: id/, `'runova.dev/restarted': id`, MARKS],
  ],
  // Without the precondition in the request, the server would not look: the stand-in is told not to.
  'tests/fakes/fake-cluster.ts': [
    [
      'no resourceVersion is sent',
      /write\.resourceVersion !== deployment\.resourceVersion/,
      'false',
      simulation('edited'),
    ],
    [
      'neither uid nor resourceVersion is sent',
      /const stale =[^;]*;/,
      'const stale = false;',
      simulation('edited'),
    ],
  ],
  'src/stores/transactions/claim.ts': [
    [
      'the fence has no version',
      /AND version = \$2 AND claimed_epoch = \$3/,
      'AND $2 > 0 AND claimed_epoch = $3',
      STORE,
    ],
  ],
  'src/stores/transactions/operations.ts': [
    ['another process may claim what is claimed', /operation\.nonce === nonce\)/, 'true)', STORE],
    ['a claim does not ask for a pause', /paused\.length > 0/, 'false', STORE],
    ['a claim does not ask for a take', /taker === undefined \? undefined/, 'true ? undefined', STORE],
    ['a claim does not look at the clock', /context\.nowMs > operation\.claimByMs/, 'false', STORE],
    [
      'a claim does not compare the approved plan',
      /request\.approvedDigest !== operation\.plan\.digest/,
      'false',
      STORE,
    ],
    ['a write does not look at the clock', /context\.nowMs >= operation\.actByMs/, 'false', STORE],
    ['anybody may report', /operation\.nonce !== nonce\) return false/, 'false) return false', STORE],
  ],
  'src/stores/transactions/changes.ts': [
    ['alerts are given away and wake nobody', /yield\* nudgeFiring\(context, to\);/, '', STORE],
    ['a reservation is not checked again', /!withinLimits\(facts, check\)/, 'false', STORE],
    [
      'an operation ends from any state',
      /WHERE id = \$1 AND state = \$2 RETURNING id/,
      'WHERE id = $1 AND $2 IS NOT NULL RETURNING id',
      STORE,
    ],
  ],
};

export function allMutants(): readonly Mutant[] {
  const written = Object.entries(TABLE).flatMap(([file, rows]) =>
    rows.map(([name, find, put, killer]) => replacing(name, file, [find, put], killer)),
  );
  return [...guards(), ...limits(), ...redactions(), ...written];
}

export function killerName(killer: Killer): string {
  return killer.kind === 'tests'
    ? killer.file
    : `simulation "${killer.shape}", at most ${killer.seeds} seeds`;
}
