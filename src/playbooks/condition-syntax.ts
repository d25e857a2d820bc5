import type { Cause } from '../domain/diagnosis.ts';
import type { Comparison, Condition, ConditionValue, Measure, ObjectFact } from '../domain/playbook.ts';
import { didYouMean } from '../yaml/closest-word.ts';
import { readBytes, readDuration, readPercent } from '../yaml/units.ts';

/** The whole grammar. */
export const CONDITION_GRAMMAR =
  '(measure | available | ready | new-restarts | rolled-out | cause) (< | <= | > | >= | = | !=) (number with unit | all | before | word)';

export type ReadCondition =
  | { readonly kind: 'condition'; readonly condition: Condition }
  /** `offset`: where in the text. */
  | { readonly kind: 'refused'; readonly offset: number; readonly message: string; readonly remedy: string };

/** Where a condition stands decides what it may ask: before the first write there is no `before`. */
export type ConditionPlace = 'when' | 'verify';

export const CAUSE_WORDS: readonly Cause[] = [
  'rollout',
  'config-newer',
  'bad-node',
  'image',
  'memory-kill',
  'unknown',
];

interface FactRule {
  readonly compare: readonly Comparison[];
  readonly example: string;
  readonly read: (text: string) => ConditionValue | undefined;
  /** Compares with the time before the effect, by itself or through `before`. */
  readonly onlyAfterEffect?: boolean;
}

const ORDERED: readonly Comparison[] = ['<', '<=', '>', '>=', '=', '!='];

const FACTS: Readonly<Record<ObjectFact, FactRule>> = {
  available: { compare: ORDERED, example: 'available = all', read: readPodCount },
  ready: { compare: ORDERED, example: 'ready < before', read: readPodCount },
  'new-restarts': { compare: ORDERED, example: 'new-restarts = 0', read: readCount, onlyAfterEffect: true },
  'rolled-out': { compare: ['<', '<=', '>', '>='], example: 'rolled-out < 30m', read: readTime },
  cause: { compare: ['=', '!='], example: 'cause = rollout', read: readCause },
};

interface UnitRule {
  readonly is: string;
  readonly example: string;
  readonly read: (text: string) => number | undefined;
}

/** How a number is written for each unit, and what it is stored as (the unit that the query answers in). */
const UNITS: Readonly<Record<Measure['unit'], UnitRule>> = {
  percent: { is: 'a percentage', example: '80%', read: readPercentPoints },
  ratio: { is: 'a ratio', example: '1.2 or 1%', read: (text) => readNumber(text) ?? readPercent(text) },
  seconds: { is: 'a time', example: '500ms or 2s', read: (text) => scaled(readDuration(text), 1 / 1_000) },
  bytes: { is: 'an amount of memory', example: '512Mi', read: readBytes },
  count: { is: 'a count', example: '3', read: readNumber },
  'per-second': {
    is: 'a rate per second',
    example: '5/s',
    read: (text) => (text.endsWith('/s') ? readNumber(text.slice(0, -2)) : undefined),
  },
};

/**
 * Reads one condition, `memory-of-limit < 80%`.
 *
 * @param measures those that the playbook may name
 */
export function readCondition(
  text: string,
  measures: ReadonlyMap<string, Measure>,
  place: ConditionPlace,
): ReadCondition {
  const match = /^\s*([a-z][a-z0-9-]*)(\s*)(<=|>=|!=|==|<|>|=)(\s*)(\S+)\s*$/.exec(text);
  if (match === null)
    return refused(
      0,
      `"${text}" is not a condition`,
      `write ${CONDITION_GRAMMAR}, such as memory-of-limit < 80%`,
    );
  const [, subject = '', , op = '', , value = ''] = match;
  const opOffset = text.indexOf(op);
  if (op === '==') return refused(opOffset, '"==" is not a comparison here', `write ${subject} = ${value}`);
  const written: Written = {
    text: text.trim(),
    subject,
    op: op as Comparison,
    value,
    place,
    opOffset,
    valueOffset: text.lastIndexOf(value),
  };
  if (Object.hasOwn(FACTS, subject)) return factCondition(written, subject as ObjectFact);
  const measure = measures.get(subject);
  return measure === undefined ? unknownSubject(subject, measures) : measureCondition(written, measure);
}

interface Written {
  readonly text: string;
  readonly subject: string;
  readonly op: Comparison;
  readonly value: string;
  readonly place: ConditionPlace;
  readonly opOffset: number;
  readonly valueOffset: number;
}

function unknownSubject(subject: string, measures: ReadonlyMap<string, Measure>): ReadCondition {
  const known = [...measures.keys(), ...Object.keys(FACTS)];
  return refused(
    0,
    `unknown measure "${subject}"${didYouMean(subject, known)}`,
    `known are ${known.join(', ')}; a measure of your own is a file of kind Measure`,
  );
}

function factCondition(written: Written, fact: ObjectFact): ReadCondition {
  const { compare, example, read, onlyAfterEffect } = FACTS[fact];
  const { text, op, place } = written;
  if (place === 'when' && onlyAfterEffect === true) return tooEarly(fact, 0);
  if (!compare.includes(op))
    return refused(
      written.opOffset,
      `${fact} cannot be compared with "${op}"`,
      `use ${compare.join(', ')}, such as ${example}`,
    );
  const value = read(written.value);
  if (value === undefined) return wrongFactValue(written, fact, example);
  if (value.kind === 'before' && place === 'when') return tooEarly('before', written.valueOffset);
  return { kind: 'condition', condition: { text, of: { kind: 'object', fact }, op, value } };
}

function wrongFactValue({ value, valueOffset }: Written, fact: ObjectFact, example: string): ReadCondition {
  const words = fact === 'cause' ? CAUSE_WORDS : [];
  const remedy = fact === 'cause' ? `write one of ${words.join(', ')}` : `write, for example, ${example}`;
  return refused(
    valueOffset,
    `${fact} cannot be compared with "${value}"${didYouMean(value, words)}`,
    remedy,
  );
}

function measureCondition(written: Written, measure: Measure): ReadCondition {
  const { text, op, place, valueOffset } = written;
  const of = { kind: 'measure', measure: measure.name } as const;
  if (written.value === 'before') {
    if (place === 'when') return tooEarly('before', valueOffset);
    return { kind: 'condition', condition: { text, of, op, value: { kind: 'before' } } };
  }
  const unit = UNITS[measure.unit];
  const number = unit.read(written.value);
  if (number === undefined) {
    return refused(
      valueOffset,
      `${measure.name} is ${unit.is}, "${written.value}" is not`,
      `write ${measure.name} ${op} ${unit.example.split(' or ')[0]}${corrected(written.value, unit)}`,
    );
  }
  return { kind: 'condition', condition: { text, of, op, value: { kind: 'number', number } } };
}

/** ` (for 80: 80%)`, where the written number is clear and only its unit is missing. */
function corrected(value: string, unit: UnitRule): string {
  const number = /^\d+(\.\d+)?/.exec(value)?.[0];
  const suffix = /[a-zA-Z%/]+$/.exec(unit.example.split(' or ')[0] ?? '')?.[0] ?? '';
  return number === undefined || number === value.slice(0, -suffix.length)
    ? ''
    : `, here perhaps ${number}${suffix}`;
}

function tooEarly(word: string, offset: number): ReadCondition {
  return refused(
    offset,
    `"${word}" has no meaning before something was changed`,
    'use it under verify, or compare with a number here',
  );
}

function refused(offset: number, message: string, remedy: string): ReadCondition {
  return { kind: 'refused', offset, message, remedy };
}

function readNumber(text: string): number | undefined {
  return /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}

function readPercentPoints(text: string): number | undefined {
  return text.endsWith('%') ? readNumber(text.slice(0, -1)) : undefined;
}

function scaled(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value * by;
}

function readPodCount(text: string): ConditionValue | undefined {
  return text === 'all' || text === 'before' ? { kind: text } : readCount(text);
}

function readCount(text: string): ConditionValue | undefined {
  return /^\d{1,6}$/.test(text) ? { kind: 'number', number: Number(text) } : undefined;
}

function readTime(text: string): ConditionValue | undefined {
  const ms = readDuration(text);
  return ms === undefined ? undefined : { kind: 'duration', ms };
}

function readCause(text: string): ConditionValue | undefined {
  return CAUSE_WORDS.some((word) => word === text) ? { kind: 'word', word: text } : undefined;
}
