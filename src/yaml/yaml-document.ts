import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, ParsedNode, YAMLMap } from 'yaml';
import type { Problem, ProblemPlace } from './problem.ts';

export type FieldPath = readonly (string | number)[];

/** One YAML file as a person wrote it: its values, and the place of each. */
export interface YamlDocument {
  readonly file: string;
  /** Plain values; parsed, not yet checked against any schema. */
  readonly value: unknown;
  /** Was this field written (and not only defaulted)? */
  has(path: FieldPath): boolean;
  /** Where a field's value stands (`offset` characters into it), or the nearest thing above it that exists. */
  placeOf(path: FieldPath, offset?: number): ProblemPlace;
  /** Where a field's name stands. */
  placeOfKey(path: FieldPath): ProblemPlace;
  /** Every text in it, with its path. */
  texts(): readonly { readonly path: FieldPath; readonly text: string }[];
}

export type Parsed =
  | { readonly kind: 'parsed'; readonly document: YamlDocument }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Far above any playbook or configuration; a larger file is a mistake or an attack (threat T20). */
export const FILE_BYTES_MAX = 256 * 1024;
/** Longer lines are not written by hand, and searching them costs. */
const LINE_LENGTH_MAX = 4_096;
const DEPTH_MAX = 20;
/** A broken file can break on every line; nobody reads more than this. */
const PROBLEMS_MAX = 20;
/** Names that reach into every JavaScript object (threat T21). */
const HOSTILE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads one YAML 1.2 document strictly: one document a file, text keys only, no key twice, no aliases (they are
 * what makes a small file explode, and our files are short), no tags, at most 256 KiB. Never throws.
 */
export function parseYaml(file: string, text: string): Parsed {
  if (Buffer.byteLength(text) > FILE_BYTES_MAX) {
    return invalid([wholeFile(file, 'larger than 256 KiB', 'split it: one playbook or measure a file')]);
  }
  const long = text.split('\n').findIndex((line) => line.length > LINE_LENGTH_MAX);
  if (long !== -1) {
    return invalid([
      wholeFile(
        file,
        `line ${long + 1} is longer than ${LINE_LENGTH_MAX} characters`,
        'break it: a list over several lines, a long text after |',
      ),
    ]);
  }
  const counter = new LineCounter();
  try {
    // Keys are compared below, in one pass; the parser would compare each with each.
    const parsed = parseDocument(text, {
      lineCounter: counter,
      prettyErrors: false,
      strict: true,
      uniqueKeys: false,
      stringKeys: true,
    });
    const places = new Places(text, counter, parsed);
    const problems = [...syntaxProblems(file, parsed, places), ...structureProblems(file, parsed, places)];
    if (problems.length > 0) return invalid(withoutRepeats(problems).slice(0, PROBLEMS_MAX));
    return { kind: 'parsed', document: documentOf(file, parsed, places) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return invalid([wholeFile(file, ...TOO_DEEP)]);
  }
}

const TOO_DEEP = [
  'nested too deeply to read',
  'write it flat: nothing here needs more than ten levels',
] as const;

export function wholeFile(file: string, message: string, remedy: string): Problem {
  return { file, field: '', message, remedy };
}

function invalid(problems: readonly Problem[]): Parsed {
  return { kind: 'invalid', problems };
}

function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function documentOf(file: string, parsed: Document.Parsed, places: Places): YamlDocument {
  const value: unknown = parsed.toJS({ maxAliasCount: 0 });
  return {
    file,
    value,
    has: (path) => parsed.hasIn(path),
    placeOf: (path, offset = 0) => places.ofValue(path, offset),
    placeOfKey: (path) => places.ofKey(path),
    texts: () => textsOf(value, []),
  };
}

function textsOf(
  value: unknown,
  path: FieldPath,
): readonly { readonly path: FieldPath; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => textsOf(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsOf(inner, [...path, name]));
}

function syntaxProblems(file: string, parsed: Document.Parsed, places: Places): readonly Problem[] {
  return [...parsed.errors, ...parsed.warnings].slice(0, PROBLEMS_MAX).map((error) =>
    error.message.includes('call stack')
      ? wholeFile(file, ...TOO_DEEP)
      : {
          file,
          at: places.at(error.pos[0]),
          field: '',
          message: lowerFirst(error.message.split('\n')[0] ?? error.message),
          remedy:
            SYNTAX_REMEDIES[error.code] ??
            'this is not readable as YAML: look at the indentation and the quotes of this line and the one above',
        },
  );
}

const SYNTAX_REMEDIES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'put each document into a file of its own',
  TAB_AS_INDENT: 'indent with spaces',
  TAG_RESOLVE_FAILED: 'leave the tag (!…) out: values are plain text, numbers, lists and maps',
  NON_STRING_KEY: 'a field name is plain text',
};

/** What is readable as YAML and refused all the same. */
function structureProblems(file: string, parsed: Document.Parsed, places: Places): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (node: unknown, message: string, remedy: string): void => {
    problems.push({
      file,
      at: places.at(isNode(node) ? (node.range?.[0] ?? 0) : 0),
      field: '',
      message,
      remedy,
    });
  };
  visit(parsed, (_, node, path) => {
    if (path.length > DEPTH_MAX * 2) problems.push(wholeFile(file, ...TOO_DEEP));
    if (isAlias(node))
      add(node, `alias *${node.source} is not read`, 'write the value out where it is needed');
    if (isMap(node)) checkKeys(node, add);
    return problems.length > 0 && (path.length > DEPTH_MAX * 2 || problems.length >= PROBLEMS_MAX)
      ? visit.BREAK
      : undefined;
  });
  return problems;
}

function checkKeys(map: YAMLMap, add: (node: unknown, message: string, remedy: string) => void): void {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (HOSTILE_KEYS.has(name)) add(key, `"${name}" cannot be a field name`, 'take this field out');
    if (seen.has(name)) add(key, `"${name}" is written twice`, 'keep one of the two');
    seen.add(name);
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Turns offsets and field paths into lines and columns. */
class Places {
  readonly #text: string;
  readonly #counter: LineCounter;
  readonly #root: ParsedNode | null;

  constructor(text: string, counter: LineCounter, parsed: Document.Parsed) {
    this.#text = text;
    this.#counter = counter;
    this.#root = parsed.contents;
  }

  at(offset: number): ProblemPlace {
    const { line, col } = this.#counter.linePos(Math.min(offset, this.#text.length));
    const from = this.#counter.lineStarts[line - 1] ?? 0;
    const to = this.#text.indexOf('\n', from);
    const source = withoutSecrets(this.#text.slice(from, to === -1 ? undefined : to));
    return { line: Math.max(1, line), column: Math.max(1, col), source };
  }

  ofValue(path: FieldPath, offset: number): ProblemPlace {
    let node: Node | null = this.#root;
    let start = startOf(node);
    for (const [depth, step] of path.entries()) {
      const child: Node | null = childOf(node, step);
      if (child === null)
        return this.at(depth === 0 ? start : this.#parentStart(path.slice(0, depth), start));
      node = child;
      start = startOf(node);
    }
    return this.at(start + (isPlainLine(node, this.#text) ? offset : 0));
  }

  ofKey(path: FieldPath): ProblemPlace {
    const parent = path.slice(0, -1).reduce<Node | null>((node, step) => childOf(node, step), this.#root);
    const key = pairOf(parent, path.at(-1) ?? '')?.key;
    return isScalar(key) ? this.at(key.range?.[0] ?? 0) : this.ofValue(path, 0);
  }

  /** What is missing in a map is shown at the map's own name, where there is one. */
  #parentStart(path: FieldPath, fallback: number): number {
    const parent = path.slice(0, -1).reduce<Node | null>((node, step) => childOf(node, step), this.#root);
    const key = pairOf(parent, path.at(-1) ?? '')?.key;
    return isScalar(key) ? (key.range?.[0] ?? fallback) : fallback;
  }
}

function pairOf(node: Node | null, key: string | number): YAMLMap['items'][number] | undefined {
  return isMap(node) ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === key) : undefined;
}

function childOf(node: Node | null, step: string | number): Node | null {
  const child = isSeq(node) ? node.items[Number(step)] : pairOf(node, step)?.value;
  return (child as Node | null | undefined) ?? null;
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

/** Only in a plain scalar on one line is the n-th character of the value the n-th of the source. */
function isPlainLine(node: Node | null, text: string): boolean {
  if (!isScalar(node) || typeof node.value !== 'string') return false;
  const start = startOf(node);
  return text.slice(start, start + node.value.length) === node.value;
}

/** A token that stands where only the path of a file may stand is not repeated in an error message. */
function withoutSecrets(line: string): string {
  return line
    .replace(/\/\/[^/@\s]*@/g, '//…@')
    .replace(
      /(\b\w*(?:token|password|secret|apikey)\w*["']?\s*:\s*)("[^"]*"|'[^']*'|[^,}\s]+)/gi,
      (whole: string, name: string, value: string) =>
        /file["']?\s*:\s*$/i.test(name) && value.includes('/') ? whole : `${name}…`,
    );
}
