import { z } from 'zod';

/** Every answer that is not a success (RFC 9457), with what to do next. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'A name for this kind of problem; stable, for programs' }),
    title: z.string().meta({ description: 'What happened' }),
    status: z.int(),
    detail: z.string().meta({ description: 'Why' }),
    remedy: z.string().optional().meta({ description: 'What to do next' }),
    at: z.string().optional().meta({ description: 'Where in the body, e.g. $.alerts[3].labels' }),
    requestId: z.string(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problem>;
