import { commandAnswer } from '../../contract/command.ts';
import { incidentDocument } from '../../contract/incident.ts';
import { ApiClient } from '../api-client.ts';
import { CliError } from '../cli-error.ts';
import type { DecideFlags } from '../command-options.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { readMoment } from '../read-moment.ts';
import { targetText } from '../render/incident-table.ts';
import { ahead } from '../render/moment-text.ts';
import { plainText } from '../render/plain-text.ts';
import type { Terminal } from '../terminal.ts';

/**
 * `runova approve N`: shows the plan and asks; where nobody can be asked the plan has to be named by its digest,
 * so that what is approved is what was seen.
 */
export async function approve(id: number, flags: DecideFlags, terminal: Terminal): Promise<ExitCode> {
  const client = await ApiClient.open(flags, terminal);
  const { body, nowMs } = await client.get(`/api/v1/incidents/${id}`, incidentDocument);
  const { asking } = body;
  if (asking === undefined) {
    throw new CliError({
      what: `incident ${id}`,
      why: `it asks nothing: it is ${body.state} (${plainText(body.why)})`,
      hint: `runova incident ${id}`,
    });
  }
  const { plan } = asking;
  terminal.err(
    `${targetText({ target: plan.target })}: ${plainText(plan.summary)}   (${plan.action}, plan ${plan.digest})\n` +
      `takes ${plan.takesAway} ready replicas away at once; the question expires ${ahead(asking.expiresAt, { nowMs, timeZone: terminal.timeZone })}\n`,
  );
  const digest = flags.digest ?? plan.digest;
  if (flags.digest === undefined && flags.yes !== true && !(await isConfirmed(id, plan.digest, terminal))) {
    terminal.err('Not approved.\n');
    return EXIT.failed;
  }
  return await send(client, id, 'approve', { digest, ...reason(flags) }, terminal);
}

export async function reject(id: number, flags: DecideFlags, terminal: Terminal): Promise<ExitCode> {
  return await send(await ApiClient.open(flags, terminal), id, 'reject', reason(flags), terminal);
}

export async function retry(id: number, flags: DecideFlags, terminal: Terminal): Promise<ExitCode> {
  const rung = flags.rung === undefined ? {} : { rung: flags.rung };
  return await send(
    await ApiClient.open(flags, terminal),
    id,
    'retry',
    { ...rung, ...reason(flags) },
    terminal,
  );
}

export async function close(id: number, flags: DecideFlags, terminal: Terminal): Promise<ExitCode> {
  const because = needReason(`close ${id}`, flags);
  return await send(await ApiClient.open(flags, terminal), id, 'close', { because }, terminal);
}

export async function take(id: number, flags: DecideFlags, terminal: Terminal): Promise<ExitCode> {
  const because = needReason(`take ${id}`, flags);
  const until = flags.until === undefined ? {} : { until: readUntil(flags.until, terminal) };
  return await send(await ApiClient.open(flags, terminal), id, 'take', { because, ...until }, terminal);
}

async function send(
  client: ApiClient,
  id: number,
  word: string,
  body: object,
  terminal: Terminal,
): Promise<ExitCode> {
  const answer = await client.post(`/api/v1/incidents/${id}/${word}`, body, commandAnswer);
  terminal.err(`${plainText(answer.body.text)}\n`);
  return EXIT.good;
}

async function isConfirmed(id: number, digest: string, terminal: Terminal): Promise<boolean> {
  if (terminal.isAnswered) return /^y(es)?$/i.test((await terminal.ask('Approve this plan? [y/N] ')).trim());
  throw new CliError({
    what: `approve ${id}`,
    why: 'nobody can be asked here, so the plan has to be named',
    hint: `runova approve ${id} --digest ${digest}`,
    exit: EXIT.usage,
  });
}

function reason({ because }: DecideFlags): { readonly because?: string } {
  return because === undefined ? {} : { because };
}

/** Whoever looks at this in the morning should not have to guess. */
function needReason(command: string, { because }: DecideFlags): string {
  if (because !== undefined && because.trim() !== '') return because;
  throw new CliError({
    what: command,
    why: 'it has to say why',
    hint: `runova ${command} --because "..."`,
    exit: EXIT.usage,
  });
}

function readUntil(text: string, terminal: Terminal): string {
  const moment = readMoment(text, terminal);
  if (moment !== undefined) return moment;
  throw new CliError({
    what: `--until ${text}`,
    why: 'this is no time',
    hint: '--until 08:00, --until 2h or --until 2026-11-03T08:00:00Z',
    exit: EXIT.usage,
  });
}
