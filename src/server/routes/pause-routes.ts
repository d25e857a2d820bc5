import { z } from 'zod';
import { pauseBody, pauseList, resumeAnswer } from '../../contract/command.ts';
import type { PauseList, PauseScopeDocument } from '../../contract/command.ts';
import { presentPause } from '../present-status.ts';
import { Refusal } from '../refusal.ts';
import type { ServerOptions, ServerStore } from '../server-options.ts';
import { type ZodApp, answers } from '../zod-app.ts';

const PATH = '/api/v1/pauses';
const resumeQuery = z.object({
  kind: z.enum(['everywhere', 'namespace', 'playbook', 'target']),
  name: z.string().min(1).max(400).optional(),
});

/** Pausing and resuming. A pause has taken effect when its answer is sent. */
export function pauseRoutes(app: ZodApp, { store }: ServerOptions): void {
  app.get(
    PATH,
    { config: { role: 'viewer' }, schema: { response: answers(pauseList), summary: 'What is paused' } },
    () => listed(store),
  );
  app.post(
    PATH,
    {
      config: { role: 'operator' },
      schema: { body: pauseBody, response: answers(pauseList), summary: 'No new effect from now on' },
    },
    async ({ body, principal }) => {
      const { scope, because, all } = body;
      await store.pause({ scope, because, by: principal?.name ?? 'nobody', all: all ?? false });
      return await listed(store);
    },
  );
  app.delete(
    PATH,
    {
      config: { role: 'operator' },
      schema: { querystring: resumeQuery, response: answers(resumeAnswer), summary: 'Take a pause back' },
    },
    async ({ query }) => ({ resumed: await store.resume(scopeOf(query)) }),
  );
}

async function listed(store: ServerStore): Promise<PauseList> {
  return { items: (await store.pauses()).map(presentPause) };
}

function scopeOf({ kind, name }: z.infer<typeof resumeQuery>): PauseScopeDocument {
  if (kind === 'everywhere') return { kind };
  if (name !== undefined) return { kind, name };
  throw new Refusal({
    status: 400,
    type: 'shape',
    title: 'The pause is not named.',
    detail: `Which ${kind}? The query lacks "name".`,
    remedy: 'runova resume --help',
  });
}
