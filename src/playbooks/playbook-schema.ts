import { z } from 'zod';
import { durationField, lineField, nameField, rateField, textField } from '../yaml/fields.ts';
import type { ActionShape, ActionShapes } from './action-shape.ts';
import { CONDITION_GRAMMAR } from './condition-syntax.ts';

/** The kinds of object that actions can change today. */
export const TARGET_KINDS = ['Deployment'] as const;

/** From least to most. */
const autonomyField = z
  .enum(['observe', 'ask', 'auto'])
  .describe('What may happen without a person, at most.');

const conditionField = lineField(200).describe(`A condition: ${CONDITION_GRAMMAR}`);
const adviceField = z.array(lineField(400)).max(20);

/** Prometheus' label names; nothing else of an alert may name a target. */
const labelField = textField({
  what: 'the name of a label of the alert',
  examples: ['pod', 'deployment'],
  read: (text) => (/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/.test(text) ? text : undefined),
});

/** A default written as a person would write it, so that the editor shows it. */
export const PLAYBOOK_DEFAULTS = { rank: 100, autonomy: 'ask', hold: '10m', timeout: '30m' } as const;

/** Actions whose change can be temporary: it is returned after `giveBack`, if the proof still holds. */
const GIVEN_BACK: ReadonlySet<string> = new Set(['scale']);

function withGiveBack({ name, parameters }: ActionShape): z.ZodType {
  if (!GIVEN_BACK.has(name) || !(parameters instanceof z.ZodObject)) return parameters;
  return parameters.extend({
    giveBack: durationField
      .optional()
      .describe('Return the change after this long, if the proof still holds.'),
  });
}

function rungSchema(action: ActionShape) {
  return z.strictObject({
    action: z.literal(action.name),
    when: z
      .union([conditionField, z.array(conditionField).min(1).max(10)])
      .optional()
      .describe('All must be true, or the rung is skipped and says so.'),
    autonomy: autonomyField.optional(),
    with: withGiveBack(action).prefault({}).describe('Parameters of the action.'),
  });
}

const guardsSchema = z
  .strictObject({
    stateless: z.boolean().default(false).describe('Only for a workload without volumes of its own.'),
    cooldown: durationField.optional(),
    attempts: rateField.optional(),
  })
  .prefault({})
  .describe('Tighter than the configured limits; they can never be widened here.');

const verifySchema = z.strictObject({
  hold: durationField
    .prefault(PLAYBOOK_DEFAULTS.hold)
    .describe('The quiet window: so long all conditions stay true.'),
  timeout: durationField.prefault(PLAYBOOK_DEFAULTS.timeout).describe('So long a rung may stay unproved.'),
  fixed: z.array(conditionField).min(1).max(20).describe('All must be true.'),
  harm: z
    .array(conditionField)
    .max(20)
    .default([])
    .describe('Any that is true stops the ladder and undoes the change.'),
});

/** The strict shape of a playbook file. Rungs are told apart by their action, so that each names its own fields. */
export function playbookSchema(actions: ActionShapes) {
  const rungs = Object.values(actions).map(rungSchema);
  return z
    .strictObject({
      apiVersion: z.literal('runova.dev/v1'),
      kind: z.literal('Playbook'),
      metadata: z.strictObject({ name: nameField, title: lineField() }),
      spec: z.strictObject({
        rank: z
          .int()
          .min(0)
          .max(1_000)
          .default(PLAYBOOK_DEFAULTS.rank)
          .describe('Lower leads when several playbooks match.'),
        match: z
          .array(
            lineField(2_048).describe(
              'Matchers in Alertmanager\'s syntax: alertname=~"A|B", severity="critical"',
            ),
          )
          .min(1)
          .max(50),
        target: z.strictObject({
          kind: z.enum(TARGET_KINDS).describe('The kind of object that is changed.'),
          from: z
            .array(labelField)
            .min(1)
            .max(8)
            .describe('Labels that may name it, tried in this order; a pod leads to its owner.'),
        }),
        autonomy: autonomyField.default(PLAYBOOK_DEFAULTS.autonomy),
        guards: guardsSchema,
        ladder: z
          .array(z.discriminatedUnion('action', rungs as [(typeof rungs)[0] & object, ...typeof rungs]))
          .max(10),
        verify: verifySchema,
        handover: z
          .strictObject({ look: adviceField.default([]), try: adviceField.default([]) })
          .prefault({}),
      }),
    })
    .meta({ title: 'A playbook of Runova' });
}

export type PlaybookFile = z.output<ReturnType<typeof playbookSchema>>;
