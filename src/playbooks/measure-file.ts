import { z } from 'zod';
import type { Measure } from '../domain/playbook.ts';
import { checkShape, problemAt, type Checked } from '../yaml/check-shape.ts';
import { durationField, lineField, nameField, withRemedy } from '../yaml/fields.ts';
import type { Problem } from '../yaml/problem.ts';
import type { FieldPath, YamlDocument } from '../yaml/yaml-document.ts';

const QUERY_MAX = 4_096;

const queryField = z
  .string()
  .min(1)
  .max(QUERY_MAX)
  .describe(
    "PromQL. $target stands for the matchers of the target's pods, $workload for those of every pod it has or had, $range for `range`.",
  );

export const measureSchema = z
  .strictObject({
    apiVersion: z.literal('runova.dev/v1'),
    kind: z.literal('Measure'),
    metadata: z.strictObject({ name: nameField, title: lineField() }),
    spec: z.strictObject({
      each: z
        .enum(['pod', 'target'])
        .describe(
          'pod: one fresh sample for each pod of the target, else cannot tell. target: exactly one sample.',
        ),
      unit: z
        .enum(['percent', 'ratio', 'seconds', 'bytes', 'count', 'per-second'])
        .describe('What the query answers in.'),
      range: durationField
        .optional()
        .describe('The window that $range stands for. Without it the measure looks at the present only.'),
      query: queryField,
      enough: z
        .strictObject({
          query: queryField,
          atLeast: z
            .number({
              error: withRemedy(
                'is not a number',
                'write the smallest answer of the query that is enough, such as 1',
              ),
            })
            .positive(),
        })
        .optional()
        .describe('A second query that must reach this number; below it there is too little to judge by.'),
    }),
  })
  .meta({ title: 'A measure of Runova: a named query with its unit' });

/** Reads a document of kind Measure, its queries included. */
export function readMeasure(document: YamlDocument): Checked<Measure> {
  const checked = checkShape(document, measureSchema);
  if (checked.kind === 'invalid') return checked;
  const { metadata, spec } = checked.value;
  const queries: readonly (readonly [FieldPath, string])[] = [
    [['spec', 'query'], spec.query],
    ...(spec.enough === undefined ? [] : [[['spec', 'enough', 'query'], spec.enough.query] as const]),
  ];
  const problems = queries.flatMap(([path, query]) => queryProblems(document, path, query));
  const ranged = queries.some(([, query]) => query.includes('$range'));
  if (ranged !== (spec.range !== undefined)) problems.push(rangeProblem(document, ranged));
  if (problems.length > 0) return { kind: 'invalid', problems };
  const { each, unit, query, enough } = spec;
  return {
    kind: 'valid',
    value: {
      ...metadata,
      each,
      unit,
      query,
      rangeMs: spec.range ?? 0,
      ...(enough === undefined ? {} : { enough }),
    },
  };
}

function rangeProblem(document: YamlDocument, ranged: boolean): Problem {
  return problemAt(document, ['spec', 'range'], {
    message: ranged ? '$range is used, and no range is given' : 'a range is given, and no query uses $range',
    remedy: ranged ? 'add range: 5m' : 'write [$range] in the query, or take range out',
  });
}

/** Strings and comments of a query are not its code. */
function codeOf(query: string): string {
  return query.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#.*/g, (text) =>
    text.startsWith('#') ? '' : '""',
  );
}

const PLACEHOLDERS: ReadonlySet<string> = new Set(['$target', '$workload', '$range']);

function queryProblems(document: YamlDocument, path: FieldPath, query: string): Problem[] {
  const code = codeOf(query);
  const strange = [...query.matchAll(/\$\w*/g)].map(([name]) => name).find((name) => !PLACEHOLDERS.has(name));
  const window = [...code.matchAll(/\[([^\]]*)\]/g)].find(
    ([, inside = '']) => !/^\s*\$range\s*(:.*)?$/.test(inside),
  );
  const says: readonly (readonly [boolean, string, string])[] = [
    [
      !/[a-zA-Z_:][\w:]*\{[^{}]*\$target[^{}]*\}/.test(code),
      'the query does not ask about the target',
      'write $target among the matchers of a metric: http_requests_total{$target}',
    ],
    [
      strange !== undefined,
      `"${strange}" stands for nothing`,
      'only $target, $workload and $range are filled in',
    ],
    [
      window !== undefined,
      `the window ${window?.[0]} is written into the query`,
      'write [$range] in the query and range: 5m beside it, so that proofs know how far it looks back',
    ],
    [!isBalanced(code), 'a bracket of the query is not closed', 'count its ( [ and {'],
  ];
  return says
    .filter(([wrong]) => wrong)
    .map(([, message, remedy]) => problemAt(document, path, { message, remedy }));
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

function isBalanced(code: string): boolean {
  const open: string[] = [];
  for (const char of code) {
    const closing = CLOSING[char];
    if (closing !== undefined) open.push(closing);
    else if (')]}'.includes(char) && open.pop() !== char) return false;
  }
  return open.length === 0;
}
