import { z } from 'zod';
import { moment } from './moment.ts';

/** Longest sentence that a person may leave. */
export const BECAUSE_LENGTH_MAX = 1_000;
const because = z.string().trim().min(1).max(BECAUSE_LENGTH_MAX);

export const approveBody = z
  .strictObject({
    digest: z.string().max(200).meta({ description: 'Of the plan that was judged' }),
    because: because.optional(),
  })
  .meta({ id: 'Approve' });
export const rejectBody = z.strictObject({ because: because.optional() }).meta({ id: 'Reject' });
export const retryBody = z
  .strictObject({
    rung: z.int().min(1).max(100).optional().meta({ description: 'Begin at this rung, counted from 1' }),
    because: because.optional(),
  })
  .meta({ id: 'Retry' });
export const closeBody = z.strictObject({ because }).meta({ id: 'Close' });
export const takeBody = z
  .strictObject({ because, until: z.iso.datetime({ offset: true }).optional() })
  .meta({ id: 'Take' });

/** A person's word was taken. */
export const commandAnswer = z.object({ incident: z.int(), text: z.string() }).meta({ id: 'CommandAnswer' });

const scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everywhere') }),
  z.strictObject({ kind: z.literal('namespace'), name: z.string().min(1).max(63) }),
  z.strictObject({ kind: z.literal('playbook'), name: z.string().min(1).max(200) }),
  z.strictObject({ kind: z.literal('target'), name: z.string().min(1).max(400) }),
]);

export const pauseBody = z
  .strictObject({
    scope,
    because,
    all: z.boolean().optional().meta({ description: 'Holds back also what is owed' }),
  })
  .meta({ id: 'PauseOrder' });

export const pause = z
  .object({ scope, by: z.string(), because: z.string(), at: moment, all: z.boolean() })
  .meta({ id: 'Pause' });
export const pauseList = z.object({ items: z.array(pause) }).meta({ id: 'PauseList' });
export const resumeAnswer = z.object({ resumed: z.boolean() }).meta({ id: 'ResumeAnswer' });

export type CommandAnswer = z.infer<typeof commandAnswer>;
export type PauseDocument = z.infer<typeof pause>;
export type PauseList = z.infer<typeof pauseList>;
export type PauseScopeDocument = z.infer<typeof scope>;
