import { z } from 'zod';
import { ALERT_CLASSES, REMEDIES, TARGET_KINDS_OF_ALERTS } from '../domain/catalogue.ts';
import { lineField, nameField, textField } from '../yaml/fields.ts';

const ENTRIES_MAX = 500;
const TERMS_MAX = 120;

const termsOf = (term: z.ZodType<string, string>) => z.array(term).min(1).max(TERMS_MAX).optional();

/** Words that are looked for as they stand: no pattern that could run long. */
const wordsField = textField({
  what: 'words in small letters, blanks between them, each with * where it may go on',
  examples: ['crash-loop*', 'cert* expir*'],
  read: (text) => (/^[a-z0-9][a-z0-9-]*\*?( [a-z0-9][a-z0-9-]*\*?){0,5}$/.test(text) ? text : undefined),
});
const metricField = textField({
  what: 'the name of a metric, with * at its beginning or end where it may go on',
  examples: ['kube_pod_*', '*_errors_total'],
  read: (text) => (/^\*?[a-z_:][a-z0-9_:]{1,199}\*?$/.test(text) ? text : undefined),
});
const selectorField = textField({
  what: 'a label and words of the value that a rule selects, or the words alone',
  examples: ['job=gitea*', 'cert-manager'],
  read: (text) =>
    /^([a-zA-Z_][a-zA-Z0-9_]*=)?[a-z0-9][a-z0-9-]*\*?( [a-z0-9][a-z0-9-]*\*?){0,5}$/.test(text)
      ? text
      : undefined,
});
const callField = textField({
  what: 'the name of a function of PromQL',
  examples: ['absent', 'predict_linear'],
  read: (text) => (/^[a-z][a-z0-9_]{1,40}$/.test(text) ? text : undefined),
});
const labelField = textField({
  what: 'the name of a label of the alert',
  examples: ['persistentvolumeclaim'],
  read: (text) => (/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/.test(text) ? text : undefined),
});
const alertNameField = lineField(200);

const terms = {
  name: termsOf(wordsField).describe("Words of the alert's name."),
  metric: termsOf(metricField).describe("Metrics that the rule's query reads."),
  selector: termsOf(selectorField).describe("Values that the rule's query selects."),
  call: termsOf(callField).describe("Functions of the rule's query."),
  label: termsOf(labelField).describe('Labels that the alert has.'),
  severity: termsOf(wordsField),
};

const ruleTerms = {
  component: termsOf(nameField).describe('Components of components.yaml.'),
  trait: termsOf(nameField).describe('Traits of components.yaml.'),
  ...terms,
};

const adviceField = z.array(lineField(400)).max(10).default([]);
const kindField = z.enum(TARGET_KINDS_OF_ALERTS).describe('What the alert is about.');
const remedyField = z.enum(REMEDIES).describe('The first change that is safe. With class automatic only.');
const classField = z.enum(ALERT_CLASSES);

function file<T extends string, S extends z.ZodType>(kind: T, title: string, entry: S) {
  return z
    .strictObject({
      apiVersion: z.literal('runova.dev/v1'),
      kind: z.literal(kind),
      spec: z.array(entry).min(1).max(ENTRIES_MAX),
    })
    .meta({ title });
}

export const componentsSchema = file(
  'AlertComponents',
  'Parts of a platform that alerts are about',
  z.strictObject({
    name: nameField,
    kind: kindField,
    traits: z.array(nameField).max(10).default([]),
    leads: z
      .boolean()
      .default(false)
      .describe(
        'Its words count wherever they stand in a name; else the component whose words stand first wins.',
      ),
    known: z.strictObject(terms).describe('Any of these makes it known.'),
    look: adviceField,
    try: adviceField,
  }),
);

export const aliasesSchema = file(
  'AlertAliases',
  "Names under which the runbook's alerts are known",
  z.strictObject({
    alert: alertNameField,
    names: z.array(alertNameField).max(50).default([]),
    component: nameField,
    kind: kindField,
    class: classField,
    remedy: remedyField.optional(),
    why: lineField(200),
    look: adviceField,
    try: adviceField,
  }),
);

export const rulesSchema = file(
  'AlertRules',
  'What class an alert has',
  z.strictObject({
    name: nameField,
    class: classField,
    remedy: remedyField.optional(),
    kind: kindField.optional(),
    when: z.strictObject(ruleTerms).describe('Every field must hold, each by any of its terms.'),
    unless: z.strictObject(ruleTerms).default({}).describe('None of these may hold.'),
    why: lineField(200),
    look: adviceField,
    try: adviceField,
  }),
);

/** The JSON Schema of a file of the catalogue for editors: one of three kinds. */
export function catalogueJsonSchema(): unknown {
  return z.toJSONSchema(z.discriminatedUnion('kind', [componentsSchema, aliasesSchema, rulesSchema]), {
    target: 'draft-7',
    io: 'input',
  });
}
