import { playbookList } from '../../contract/playbook.ts';
import { type StatusDocument, status } from '../../contract/status.ts';
import { presentPlaybook } from '../present-playbook.ts';
import { presentStatus } from '../present-status.ts';
import type { ServerOptions } from '../server-options.ts';
import { type ZodApp, answers } from '../zod-app.ts';

/** How Runova itself stands, and what it would do. */
export function statusRoutes(app: ZodApp, options: ServerOptions): void {
  app.get(
    '/api/v1/status',
    { config: { role: 'viewer' }, schema: { response: answers(status), summary: 'How Runova stands' } },
    () => readStatus(options),
  );
  app.get(
    '/api/v1/playbooks',
    { config: { role: 'viewer' }, schema: { response: answers(playbookList), summary: 'Playbooks in use' } },
    () => ({ items: options.facts().playbooks.map(presentPlaybook) }),
  );
}

export async function readStatus({ store, facts, notReady }: ServerOptions): Promise<StatusDocument> {
  const [nowMs, counts, owed, pauses, takes] = await Promise.all([
    store.now(),
    store.counts(),
    store.allOwed(),
    store.pauses(),
    store.takes(),
  ]);
  return presentStatus({ nowMs, counts, owed, pauses, takes, facts: facts(), notReady: notReady() });
}
