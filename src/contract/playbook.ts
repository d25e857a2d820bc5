import { z } from 'zod';

export const playbookDocument = z
  .object({
    name: z.string(),
    title: z.string(),
    version: z.string(),
    rank: z.int(),
    autonomy: z.enum(['observe', 'ask', 'auto']),
    match: z.array(z.string()).meta({ description: 'Any of these lines; as Alertmanager writes matchers' }),
    target: z.object({ kind: z.string(), from: z.array(z.string()) }),
    ladder: z.array(
      z.object({
        action: z.string(),
        when: z.array(z.string()),
        with: z.record(z.string(), z.union([z.number(), z.string()])),
        autonomy: z.enum(['observe', 'ask', 'auto']).optional(),
        giveBackMs: z.int().optional(),
      }),
    ),
    fixed: z.array(z.string()),
    harm: z.array(z.string()),
    holdMs: z.int(),
    timeoutMs: z.int(),
  })
  .meta({ id: 'Playbook' });

export const playbookList = z.object({ items: z.array(playbookDocument) }).meta({ id: 'PlaybookList' });

export type PlaybookDocument = z.infer<typeof playbookDocument>;
