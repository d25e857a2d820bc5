import type { Alias, Catalogue, CatalogueRule, Component, RuleTerms } from '../domain/catalogue.ts';
import { checkShape, problemAt } from '../yaml/check-shape.ts';
import { didYouMean } from '../yaml/closest-word.ts';
import type { Problem } from '../yaml/problem.ts';
import { parseYaml, type YamlDocument } from '../yaml/yaml-document.ts';
import { aliasesSchema, componentsSchema, rulesSchema } from './catalogue-schema.ts';
import { readFolder, type PlaybookSource } from './playbook-folder.ts';

export type LoadedCatalogue =
  | { readonly kind: 'loaded'; readonly catalogue: Catalogue }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** Reads and checks every YAML file of a folder. What is wrong with a file never throws. */
export async function loadCatalogue(folder: string): Promise<LoadedCatalogue> {
  const { sources, problems } = await readFolder(folder);
  const checked = checkCatalogue(sources);
  if (problems.length === 0) return checked;
  return {
    kind: 'invalid',
    problems: [...problems, ...(checked.kind === 'invalid' ? checked.problems : [])],
  };
}

interface Entry<T> {
  readonly document: YamlDocument;
  readonly index: number;
  readonly value: T;
}

interface Gathered {
  readonly problems: Problem[];
  readonly components: Entry<Component>[];
  readonly aliases: Entry<Alias>[];
  readonly rules: Entry<CatalogueRule>[];
}

/** The same for files that are already read: pure. Rules keep the order of files (by name) and lines. */
export function checkCatalogue(sources: readonly PlaybookSource[]): LoadedCatalogue {
  const gathered: Gathered = { problems: [], components: [], aliases: [], rules: [] };
  for (const { file, text } of sources) {
    const parsed = parseYaml(file, text);
    if (parsed.kind === 'parsed') gather(parsed.document, gathered);
    else gathered.problems.push(...parsed.problems);
  }
  const { problems, components, aliases, rules } = gathered;
  if (problems.length === 0) problems.push(...crossProblems(gathered));
  if (problems.length > 0) return { kind: 'invalid', problems };
  return {
    kind: 'loaded',
    catalogue: {
      components: components.map(({ value }) => value),
      aliases: aliases.map(({ value }) => value),
      rules: rules.map(({ value }) => value),
    },
  };
}

const KINDS = ['AlertComponents', 'AlertAliases', 'AlertRules'] as const;

function kindOf({ value }: YamlDocument): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
}

function gather(document: YamlDocument, into: Gathered): void {
  const kind = KINDS.find((one) => one === kindOf(document));
  switch (kind) {
    case 'AlertComponents':
      return gatherComponents(document, into);
    case 'AlertAliases':
      return gatherAliases(document, into);
    case 'AlertRules':
      return gatherRules(document, into);
    case undefined: {
      const written = kindOf(document);
      const guess = typeof written === 'string' ? didYouMean(written, KINDS) : '';
      into.problems.push(
        problemAt(document, ['kind'], {
          message: `the file does not say which part of the catalogue it is${guess}`,
          remedy: `write kind: and one of ${KINDS.join(', ')}`,
        }),
      );
    }
  }
}

function gatherComponents(document: YamlDocument, into: Gathered): void {
  const checked = checkShape(document, componentsSchema);
  if (checked.kind === 'invalid') into.problems.push(...checked.problems);
  else
    for (const [index, { known, look, try: tries, ...component }] of checked.value.spec.entries())
      into.components.push({
        document,
        index,
        value: { ...component, known: termsOf(known), advice: { look, try: tries } },
      });
}

function gatherAliases(document: YamlDocument, into: Gathered): void {
  const checked = checkShape(document, aliasesSchema);
  if (checked.kind === 'invalid') into.problems.push(...checked.problems);
  else
    for (const [index, { look, try: tries, remedy, names, ...alias }] of checked.value.spec.entries())
      into.aliases.push({
        document,
        index,
        value: {
          ...alias,
          names: [alias.alert, ...names],
          ...(remedy === undefined ? {} : { remedy }),
          advice: { look, try: tries },
        },
      });
}

function gatherRules(document: YamlDocument, into: Gathered): void {
  const checked = checkShape(document, rulesSchema);
  if (checked.kind === 'invalid') into.problems.push(...checked.problems);
  else
    for (const [
      index,
      { look, try: tries, remedy, kind, when, unless, ...rule },
    ] of checked.value.spec.entries())
      into.rules.push({
        document,
        index,
        value: {
          ...rule,
          ...(remedy === undefined ? {} : { remedy }),
          ...(kind === undefined ? {} : { kind }),
          when: termsOf(when),
          unless: termsOf(unless),
          advice: { look, try: tries },
        },
      });
}

/** Without the fields that were not written. */
function termsOf(written: { readonly [F in keyof RuleTerms]?: RuleTerms[F] | undefined }): RuleTerms {
  return Object.fromEntries(Object.entries(written).filter(([, terms]) => terms !== undefined));
}

/** What one file means for another: names used once, components and traits that exist, remedies where they belong. */
function crossProblems({ components, aliases, rules }: Gathered): readonly Problem[] {
  const names = components.map(({ value }) => value.name);
  const traits = components.flatMap(({ value }) => value.traits);
  return [
    ...twice(components),
    ...twice(rules),
    ...aliases.flatMap(({ document, index, value }) => [
      ...unknownNames(document, ['spec', index, 'component'], [value.component], names),
      ...remedyProblem(document, index, value),
    ]),
    ...rules.flatMap(({ document, index, value }) => [
      ...remedyProblem(document, index, value),
      ...emptyWhen(document, index, value),
      ...(['when', 'unless'] as const).flatMap((part) => [
        ...unknownNames(document, ['spec', index, part, 'component'], value[part].component ?? [], names),
        ...unknownNames(document, ['spec', index, part, 'trait'], value[part].trait ?? [], traits),
      ]),
    ]),
  ];
}

function twice(entries: readonly Entry<{ readonly name: string }>[]): readonly Problem[] {
  const seen = new Set<string>();
  return entries.flatMap(({ document, index, value: { name } }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      problemAt(document, ['spec', index, 'name'], {
        message: `the name "${name}" is taken`,
        remedy: 'give one of the two another name',
      }),
    ];
  });
}

function unknownNames(
  document: YamlDocument,
  path: readonly (string | number)[],
  written: readonly string[],
  known: readonly string[],
): readonly Problem[] {
  return written
    .filter((name) => !known.includes(name))
    .map((name) =>
      problemAt(document, path, {
        message: `"${name}" is not known${didYouMean(name, known)}`,
        remedy: 'name a component, or a trait of one, that a file of kind AlertComponents has',
      }),
    );
}

function remedyProblem(
  document: YamlDocument,
  index: number,
  value: { readonly class: string; readonly remedy?: string },
): readonly Problem[] {
  if ((value.class === 'automatic') === (value.remedy !== undefined)) return [];
  return [
    problemAt(document, ['spec', index], {
      message:
        value.remedy === undefined
          ? 'class automatic, and no remedy is given'
          : `a remedy is given, and the class is ${value.class}`,
      remedy: 'a remedy belongs to class automatic, and to no other',
    }),
  ];
}

/** A rule without any term would take every alert; one that only excludes, nearly every. */
function emptyWhen(document: YamlDocument, index: number, { when }: CatalogueRule): readonly Problem[] {
  if (Object.keys(when).length > 0) return [];
  return [
    problemAt(document, ['spec', index, 'when'], {
      message: 'would take every alert',
      remedy: 'name at least one word, metric, component or label that must be there',
    }),
  ];
}
