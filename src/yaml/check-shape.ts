import type { z } from 'zod';
import { didYouMean } from './closest-word.ts';
import { knownFields } from './known-fields.ts';
import type { Problem } from './problem.ts';
import type { FieldPath, YamlDocument } from './yaml-document.ts';

type Issue = z.core.$ZodIssue;

export type Checked<T> =
  | { readonly kind: 'valid'; readonly value: T }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/**
 * Checks a document against a strict schema. Messages of our own fields (`fields.ts`) carry their remedy after a
 * line break; for zod's own kinds of issue the words are made here.
 *
 * @param value what to check: the document's own value, or that value laid over defaults
 */
export function checkShape<T>(
  document: YamlDocument,
  schema: z.ZodType<T>,
  value: unknown = document.value,
): Checked<T> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { kind: 'valid', value: result.data };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, { document, schema, value }));
  return { kind: 'invalid', problems: problems.toSorted(byPlace) };
}

/** A problem at a field, for what a schema cannot say. `offset`: characters into a text value. */
export function problemAt(document: YamlDocument, path: FieldPath, say: Said, offset = 0): Problem {
  return { file: document.file, at: document.placeOf(path, offset), field: path.join('.'), ...say };
}

export interface Said {
  readonly message: string;
  readonly remedy: string;
}

interface Checking {
  readonly document: YamlDocument;
  readonly schema: z.ZodType;
  readonly value: unknown;
}

export function byPlace(a: Problem, b: Problem): number {
  return (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);
}

function problemsOf(issue: Issue, checking: Checking): readonly Problem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(key, path, checking));
  return [problemAt(checking.document, path, said(issue))];
}

function unknownField(key: string, path: FieldPath, { document, schema, value }: Checking): Problem {
  const known = knownFields(schema, path, value);
  return {
    file: document.file,
    at: document.placeOfKey([...path, key]),
    field: path.join('.'),
    message: `unknown field "${key}"${didYouMean(key, known)}`,
    remedy: unknownRemedy(key, known, valueAt(value, [...path, key])),
  };
}

function unknownRemedy(key: string, known: readonly string[], written: unknown): string {
  if (written === null && key.includes(' '))
    return 'a comma ends a value inside { }: put the whole text in quotes';
  const secret = /token|password|secret/i.test(key) ? 'secrets are read from files only; ' : '';
  return known.length === 0 ? `${secret}take it out` : `${secret}the fields here are ${known.join(', ')}`;
}

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}

function said(issue: Issue): Said {
  const [message, remedy] = issue.message.split('\n');
  if (message !== undefined && remedy !== undefined) return { message, remedy };
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, issue.input);
    case 'invalid_value':
      return notListed(issue.input, issue.values.map(String));
    case 'invalid_union':
      return wrongUnion(issue);
    case 'too_small':
      return outOfRange(issue.origin, 'at least', issue.minimum);
    case 'too_big':
      return outOfRange(issue.origin, 'at most', issue.maximum);
    default:
      return {
        message: issue.message.toLowerCase(),
        remedy: 'see the reference of this field in the documentation',
      };
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of fields',
  record: 'a map',
  array: 'a list',
};

function wrongType(expected: string, input: unknown): Said {
  const wanted = EXPECTED[expected] ?? expected;
  if (input === undefined) return { message: 'is missing', remedy: `add it: ${wanted} is expected here` };
  return {
    message: `is ${nameOf(input)}, not ${wanted}`,
    remedy: TYPE_REMEDIES[expected] ?? `write ${wanted}`,
  };
}

const TYPE_REMEDIES: Readonly<Record<string, string>> = {
  string: 'write text; put it in quotes where it looks like a number',
  array: 'write a list: one line with "- " for each entry, or [a, b]',
  object: 'write its fields below it, indented, or as { name: value }',
};

function nameOf(input: unknown): string {
  if (input === null) return 'empty';
  if (Array.isArray(input)) return 'a list';
  switch (typeof input) {
    case 'object':
      return 'a map';
    case 'string':
      return 'text';
    case 'boolean':
      return String(input);
    default:
      return `the number ${JSON.stringify(input)}`;
  }
}

function notListed(input: unknown, values: readonly string[]): Said {
  const remedy = values.length === 1 ? `write ${values[0]}` : `write one of ${values.join(', ')}`;
  if (input === undefined) return { message: 'is missing', remedy };
  const written = asText(input);
  return { message: `"${written}" is not known here${didYouMean(written, values)}`, remedy };
}

/** A union that one field decides (the action of a rung) lists its words; of another every reading is explained. */
function wrongUnion(issue: Extract<Issue, { code: 'invalid_union' }>): Said {
  if ('discriminator' in issue && 'options' in issue && Array.isArray(issue.options)) {
    return wrongChoice(
      String(issue.discriminator),
      valueAt(issue.input, [String(issue.discriminator)]),
      issue.options.map(String),
    );
  }
  const readings = issue.errors.flatMap((issues) => (issues[0] === undefined ? [] : [said(issues[0])]));
  const once = (texts: readonly string[]): string => [...new Set(texts)].join(', or ');
  return {
    message: once(readings.map((one) => one.message)),
    remedy: once(readings.map((one) => one.remedy)),
  };
}

function wrongChoice(field: string, written: unknown, known: readonly string[]): Said {
  const words = known.join(', ');
  if (written === undefined)
    return { message: `${field} is missing`, remedy: `write ${field}: and one of ${words}` };
  return {
    message: `unknown ${field} "${asText(written)}"${didYouMean(asText(written), known)}`,
    remedy: `known are ${words}`,
  };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function outOfRange(origin: string, bound: string, limit: number | bigint): Said {
  const what =
    origin === 'string' ? `${limit} characters` : origin === 'array' ? `${limit} entries` : String(limit);
  return { message: `is not ${bound} ${what}`, remedy: `write ${bound} ${what}` };
}
