import { incidentDocument } from '../../contract/incident.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Playbook } from '../../domain/playbook.ts';
import { loadEveryPlaybook } from '../../every-playbook.ts';
import { explainPlaybook } from '../../playbooks/explain-playbook.ts';
import { formatProblem } from '../../playbooks/load-playbooks.ts';
import { ApiClient, type ServerFlags } from '../api-client.ts';
import { CliError } from '../cli-error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { findConfig } from '../find-config.ts';
import { type Format, print } from '../output.ts';
import { renderTable } from '../render/table.ts';
import type { Terminal } from '../terminal.ts';
import { readConfigOrFail } from './config.ts';

export interface PlaybookFlags extends ServerFlags {
  readonly config?: string;
  readonly output: Format;
}

/** `runova playbooks lint [FOLDER…]`: without folders, what the configuration names; works without a server. */
export async function lintPlaybooks(
  folders: readonly string[],
  flags: PlaybookFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const from = folders.length > 0 ? { shipped: true, folders } : await foldersOf(flags, terminal);
  const loaded = await loadEveryPlaybook(from);
  const problems = loaded.kind === 'invalid' ? loaded.problems : loaded.warnings;
  for (const problem of problems)
    terminal.err(`${loaded.kind === 'invalid' ? 'error' : 'warning'}: ${formatProblem(problem)}\n`);
  if (loaded.kind === 'invalid') return EXIT.usage;
  terminal.err(`${loaded.playbooks.length} playbooks are good.\n`);
  return EXIT.good;
}

export async function listPlaybooks(flags: PlaybookFlags, terminal: Terminal): Promise<ExitCode> {
  const playbooks = await loaded(flags, terminal);
  await print(terminal, flags.output, { items: playbooks }, () =>
    renderTable(
      [
        { header: 'NAME', cell: ({ name }) => name },
        { header: 'VERSION', cell: ({ version }) => version },
        { header: 'RANK', cell: ({ rank }) => String(rank) },
        { header: 'AUTONOMY', cell: ({ autonomy }) => autonomy },
        { header: 'LADDER', cell: ({ ladder }) => ladder.map(({ action }) => action).join(', ') || '-' },
        { header: 'HOLD', cell: ({ verify }) => formatDuration(verify.holdMs) },
        { header: 'TITLE', cell: ({ title }) => title },
      ],
      playbooks,
      flags.output === 'wide' ? Number.POSITIVE_INFINITY : terminal.columns,
    ),
  );
  return EXIT.good;
}

/** `runova playbooks explain NAME`, or the number of an incident: the playbook that leads it. */
export async function explainOne(asked: string, flags: PlaybookFlags, terminal: Terminal): Promise<ExitCode> {
  const name = /^\d+$/.test(asked) ? await playbookOf(asked, flags, terminal) : asked;
  const playbooks = await loaded(flags, terminal);
  const playbook = playbooks.find((one) => one.name === name);
  if (playbook === undefined) {
    throw new CliError({
      what: `playbook ${name}`,
      why: `there is none of this name; there are ${playbooks.map((one) => one.name).join(', ')}`,
      hint: 'runova playbooks list',
      exit: EXIT.usage,
    });
  }
  await print(terminal, flags.output, playbook, () => `${explainPlaybook(playbook)}\n`);
  return EXIT.good;
}

async function playbookOf(incident: string, flags: PlaybookFlags, terminal: Terminal): Promise<string> {
  const client = await ApiClient.open(flags, terminal);
  const { body } = await client.get(`/api/v1/incidents/${incident}`, incidentDocument);
  if (body.playbook !== undefined) return body.playbook.name;
  throw new CliError({
    what: `incident ${incident}`,
    why: 'no playbook leads it',
    hint: `runova incident ${incident}`,
  });
}

async function loaded(flags: PlaybookFlags, terminal: Terminal): Promise<readonly Playbook[]> {
  const all = await loadEveryPlaybook(await foldersOf(flags, terminal));
  if (all.kind === 'loaded') return all.playbooks;
  for (const problem of all.problems) terminal.err(`error: ${formatProblem(problem)}\n`);
  throw new CliError({
    what: 'playbooks',
    why: 'some have errors, listed above',
    hint: 'runova playbooks lint',
    exit: EXIT.usage,
  });
}

async function foldersOf(
  flags: PlaybookFlags,
  terminal: Terminal,
): Promise<{ readonly shipped: boolean; readonly folders: readonly string[] }> {
  const file = findConfig(flags.config);
  return file === undefined
    ? { shipped: true, folders: [] }
    : (await readConfigOrFail(file, terminal)).playbooks;
}
