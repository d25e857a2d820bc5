import type { Config } from '../../config/config.ts';
import { formatProblem, loadConfig } from '../../config/load-config.ts';
import { showConfig } from '../../config/show-config.ts';
import { unusedWarnings } from '../../config/unused-settings.ts';
import { CliError } from '../cli-error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { needConfig } from '../find-config.ts';
import type { Terminal } from '../terminal.ts';

export interface ConfigFlags {
  readonly config?: string;
}

/** `runova config show`: every value in effect, and where it comes from. */
export async function printConfig(flags: ConfigFlags, terminal: Terminal): Promise<ExitCode> {
  const config = await readConfigOrFail(needConfig(flags.config), terminal);
  terminal.out(showConfig(config));
  warnUnused(config, terminal);
  return EXIT.good;
}

export async function lintConfig(
  file: string | undefined,
  flags: ConfigFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const config = await readConfigOrFail(needConfig(file ?? flags.config), terminal);
  warnUnused(config, terminal);
  terminal.err(
    `${config.file} is good: cluster ${config.settings.clusterName}, mode ${config.settings.mode}.\n`,
  );
  return EXIT.good;
}

function warnUnused(config: Config, terminal: Terminal): void {
  for (const warning of unusedWarnings(config)) terminal.err(`warning: ${warning}\n`);
}

/** Reads a configuration; its problems go to stderr, one below the other, and end the command. */
export async function readConfigOrFail(file: string, terminal: Terminal): Promise<Config> {
  const loaded = await loadConfig(file);
  if (loaded.kind === 'loaded') return loaded.config;
  for (const problem of loaded.problems) terminal.err(`error: ${formatProblem(problem)}\n`);
  throw new CliError({
    what: `configuration ${file}`,
    why:
      loaded.problems.length === 1
        ? 'it has an error, shown above'
        : `it has ${loaded.problems.length} errors, shown above`,
    hint: `runova config lint ${file}`,
    exit: EXIT.usage,
  });
}
