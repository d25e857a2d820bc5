import { decideCommand, type CommandOutcome, type PersonCommand } from '../domain/command.ts';
import type { Flow } from './flow.ts';

/** A person's word on one incident: decided inside one transaction, so that it is accepted whole or refused with the reason. */
export async function decide(
  flow: Pick<Flow, 'store' | 'settings'>,
  command: PersonCommand,
  by: string,
): Promise<CommandOutcome> {
  const { store, settings } = flow;
  const decision = await store.command(command.incident, (incident, _operation, nowMs) =>
    decideCommand(incident, command, by, { nowMs, settings }),
  );
  if (decision === undefined) return { kind: 'unknown-incident' };
  if (decision.kind === 'refused') return decision;
  return { kind: 'accepted', text: `incident ${command.incident} is now ${decision.decision.next.state}` };
}
