import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Measure, Playbook } from '../domain/playbook.ts';
import { didYouMean } from '../yaml/closest-word.ts';
import { formatProblem, type Problem } from '../yaml/problem.ts';
import { parseYaml, type YamlDocument } from '../yaml/yaml-document.ts';
import type { ActionShapes } from './action-shape.ts';
import { readMeasure } from './measure-file.ts';
import { readPlaybook } from './playbook-file.ts';
import { readFolders, type PlaybookSource } from './playbook-folder.ts';
import { overlapOf } from './rank-conflict.ts';

export { formatProblem, type Problem };

export interface PlaybookFolders {
  /** The folder that holds the shipped `playbooks/` and `measures/`; absent when they are not wanted. */
  readonly shipped?: string;
  /** Folders of the user's own: files directly in them, or in `playbooks/` and `measures/` below. */
  readonly extra: readonly string[];
}

export type LoadedPlaybooks =
  | {
      readonly kind: 'loaded';
      readonly playbooks: readonly Playbook[];
      readonly warnings: readonly Problem[];
    }
  /** Every problem found, in the order of files and lines; at least one. */
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Reads and checks all playbooks and measures of these folders. What is wrong with a file never throws. */
export async function loadPlaybooks(
  options: PlaybookFolders & { readonly actions: ActionShapes },
): Promise<LoadedPlaybooks> {
  const { sources, problems } = await readFolders(options);
  const loaded = checkPlaybooks(sources, options.actions);
  if (problems.length === 0) return loaded;
  return { kind: 'invalid', problems: [...problems, ...(loaded.kind === 'invalid' ? loaded.problems : [])] };
}

interface Read<T> {
  readonly source: PlaybookSource;
  readonly document: YamlDocument;
  readonly value: T;
}

/** The same for files that are already read: pure. */
export function checkPlaybooks(sources: readonly PlaybookSource[], actions: ActionShapes): LoadedPlaybooks {
  const problems: Problem[] = [];
  const documents = sources.flatMap((source) => {
    const parsed = parseYaml(source.file, source.text);
    if (parsed.kind === 'parsed')
      return [{ source, document: parsed.document, kind: kindOf(parsed.document, problems) }];
    problems.push(...parsed.problems);
    return [];
  });
  const measures = gather(
    documents.filter(({ kind }) => kind === 'Measure'),
    readMeasure,
    problems,
  );
  const known = new Map(measures.map(({ value }) => [value.name, value]));
  const files = new Map(measures.map(({ value, source }) => [value.name, source.text]));
  const read = gather(
    documents.filter(({ kind }) => kind === 'Playbook'),
    (document) => readPlaybook(document, { actions, measures: known }),
    problems,
  );
  const playbooks = read.map((one) => ({
    ...one,
    value: { ...one.value, version: versionOf(one.source, one.value.measures, files) },
  }));
  const warnings = conflicts(playbooks, problems);
  if (problems.length > 0)
    return {
      kind: 'invalid',
      problems: withoutConsequences(
        problems,
        measures.length < documents.filter(({ kind }) => kind === 'Measure').length,
      ),
    };
  return { kind: 'loaded', playbooks: playbooks.map(({ value }) => value).toSorted(byRank), warnings };
}

function byRank(a: Playbook, b: Playbook): number {
  return a.rank - b.rank || (a.name < b.name ? -1 : 1);
}

const KINDS = ['Playbook', 'Measure'] as const;

function kindOf(document: YamlDocument, problems: Problem[]): (typeof KINDS)[number] | undefined {
  const { value } = document;
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  const known = KINDS.find((one) => one === kind);
  if (known !== undefined) return known;
  const written =
    typeof kind === 'string'
      ? `unknown kind "${kind}"${didYouMean(kind, KINDS)}`
      : 'the file does not say what it is';
  problems.push({
    file: document.file,
    at: document.placeOf(['kind']),
    field: 'kind',
    message: written,
    remedy: 'write kind: Playbook or kind: Measure',
  });
  return undefined;
}

type Reader<T> = (
  document: YamlDocument,
) =>
  | { readonly kind: 'valid'; readonly value: T }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Reads the documents of one kind; of two with the same name the later one is a problem. */
function gather<T extends { readonly name: string }>(
  documents: readonly { readonly source: PlaybookSource; readonly document: YamlDocument }[],
  reader: Reader<T>,
  problems: Problem[],
): readonly Read<T>[] {
  const found = new Map<string, Read<T>>();
  for (const { source, document } of documents) {
    const checked = reader(document);
    if (checked.kind === 'invalid') {
      problems.push(...checked.problems);
      continue;
    }
    const { value } = checked;
    const twin = found.get(value.name);
    if (twin === undefined) found.set(value.name, { source, document, value });
    else problems.push(duplicate(document, value.name, twin.document.file));
  }
  return [...found.values()];
}

function duplicate(document: YamlDocument, name: string, other: string): Problem {
  const path = ['metadata', 'name'];
  return {
    file: document.file,
    at: document.placeOf(path),
    field: path.join('.'),
    message: `the name "${name}" is taken by ${other}`,
    remedy: `give one of the two another name; to replace a shipped playbook, give yours another name and a lower rank`,
  };
}

/** A measure that could not be read makes every playbook that names it wrong: only the cause is told. */
function withoutConsequences(problems: readonly Problem[], measureFailed: boolean): readonly Problem[] {
  const causes = problems.filter((problem) => !problem.message.startsWith('unknown measure'));
  return measureFailed && causes.length > 0 ? causes : problems;
}

function conflicts(playbooks: readonly Read<Playbook>[], problems: Problem[]): readonly Problem[] {
  const warnings: Problem[] = [];
  for (const [index, later] of playbooks.entries()) {
    for (const earlier of playbooks.slice(0, index)) {
      const overlap = overlapOf(earlier.value, later.value);
      if (overlap === undefined) continue;
      const { document, value } = later;
      (overlap.certain ? problems : warnings).push({
        file: document.file,
        at: document.placeOf(['spec', 'rank']),
        field: 'spec.rank',
        message: `${basename(document.file)} and ${basename(earlier.document.file)} both have rank ${value.rank} and ${overlap.certain ? 'take' : 'may both take'} ${overlap.alertname} (${document.file}, ${earlier.document.file})`,
        remedy: 'give the one that is to lead a lower rank, or make their matchers differ',
      });
    }
  }
  return warnings;
}

/** First seven digits of the SHA-256 of the file and of the files of its measures, by name. */
function versionOf(
  source: PlaybookSource,
  measures: Readonly<Record<string, Measure>>,
  files: ReadonlyMap<string, string>,
): string {
  const hash = createHash('sha256').update(source.text);
  for (const name of Object.keys(measures).toSorted()) hash.update('\0').update(files.get(name) ?? '');
  return hash.digest('hex').slice(0, 7);
}
