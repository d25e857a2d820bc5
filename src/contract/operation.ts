import { z } from 'zod';
import { moment } from './moment.ts';
import { target } from './target.ts';

/** The exact change that an approval is for. */
export const plan = z
  .object({
    action: z.string(),
    target,
    uid: z.string(),
    summary: z.string().meta({ examples: ['replicas 3 → 4'] }),
    digest: z.string(),
    change: z.record(z.string(), z.unknown()),
    takesAway: z.int(),
    startsPods: z.boolean(),
  })
  .meta({ id: 'Plan' });

/** One reserved attempt to carry out one plan. */
export const operation = z
  .object({
    id: z.string(),
    number: z.string().meta({ examples: ['41.1'] }),
    purpose: z.enum(['fix', 'undo', 'give-back']),
    rung: z.int().meta({ description: 'Index into the ladder of the playbook, from 0' }),
    playbook: z.string(),
    plan,
    executor: z.string(),
    state: z.enum(['reserved', 'claimed', 'done', 'not-done', 'unknown', 'closed']),
    reservedAt: moment,
    claimBy: moment,
    claimedAt: moment.optional(),
    endedAt: moment.optional(),
    how: z.string().optional(),
    adopted: z
      .boolean()
      .optional()
      .meta({ description: 'Known by the mark found on the object, not by a report' }),
    verdict: z.enum(['fixed', 'not-fixed', 'cannot-tell', 'harm']).optional(),
  })
  .meta({ id: 'Operation' });

/** A temporary change that is to be given back. */
export const owed = z
  .object({
    incident: z.int(),
    target,
    playbook: z.string(),
    purpose: z.string(),
    summary: z.string(),
    dueAt: moment,
    note: z.string().optional(),
  })
  .meta({ id: 'Owed' });

export type PlanDocument = z.infer<typeof plan>;
export type OperationDocument = z.infer<typeof operation>;
export type OwedDocument = z.infer<typeof owed>;
