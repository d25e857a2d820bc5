import { pauseList, resumeAnswer } from '../../contract/command.ts';
import type { PauseScopeDocument } from '../../contract/command.ts';
import { ApiClient } from '../api-client.ts';
import { CliError } from '../cli-error.ts';
import type { PauseFlags } from '../command-options.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { plainText } from '../render/plain-text.ts';
import { scopeText } from '../render/status-page.ts';
import type { Terminal } from '../terminal.ts';

/** `runova pause`: from its answer on nothing new is changed. In a hurry nobody has to give a reason. */
export async function pause(flags: PauseFlags, terminal: Terminal): Promise<ExitCode> {
  const client = await ApiClient.open(flags, terminal);
  const scope = scopeOf('pause', flags);
  const body = { scope, because: flags.because ?? 'no reason given', all: flags.all ?? false };
  await client.post('/api/v1/pauses', body, pauseList);
  terminal.err(
    `Paused ${scopeText(scope)}: no new change, from now on. Receiving, proving and telling go on.\n`,
  );
  terminal.err(`hint: runova resume${scopeFlags(scope)}\n`);
  return EXIT.good;
}

export async function resume(flags: PauseFlags, terminal: Terminal): Promise<ExitCode> {
  const client = await ApiClient.open(flags, terminal);
  const scope = scopeOf('resume', flags);
  const query = new URLSearchParams({
    kind: scope.kind,
    ...(scope.kind === 'everywhere' ? {} : { name: scope.name }),
  });
  const { body } = await client.delete(`/api/v1/pauses?${query.toString()}`, resumeAnswer);
  const { body: left } = await client.get('/api/v1/pauses', pauseList);
  if (body.resumed) terminal.err(`Resumed ${scopeText(scope)}.\n`);
  for (const one of left.items)
    terminal.err(
      `Still paused: ${scopeText(one.scope)}, by ${plainText(one.by)}: ${plainText(one.because)}\n`,
    );
  if (body.resumed) return EXIT.good;
  const [first] = left.items;
  throw new CliError({
    what: 'resume',
    why: `${scopeText(scope)} is not paused`,
    hint: first === undefined ? 'nothing is paused' : `runova resume${scopeFlags(first.scope)}`,
  });
}

function scopeOf(command: string, { namespace, playbook, target }: PauseFlags): PauseScopeDocument {
  const scopes: PauseScopeDocument[] = [
    ...(namespace === undefined ? [] : [{ kind: 'namespace', name: namespace } as const]),
    ...(playbook === undefined ? [] : [{ kind: 'playbook', name: playbook } as const]),
    ...(target === undefined ? [] : [{ kind: 'target', name: target } as const]),
  ];
  if (scopes.length <= 1) return scopes[0] ?? { kind: 'everywhere' };
  throw new CliError({
    what: command,
    why: 'one of --namespace, --playbook and --target at a time',
    hint: `runova ${command} --namespace NAME, then the other`,
    exit: EXIT.usage,
  });
}

function scopeFlags(scope: PauseScopeDocument): string {
  return scope.kind === 'everywhere' ? '' : ` --${scope.kind} ${plainText(scope.name)}`;
}
