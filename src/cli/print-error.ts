import { OpsError } from '../ports/ops-error.ts';
import { CliError } from './cli-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { plainText } from './render/plain-text.ts';
import type { Terminal } from './terminal.ts';

/** Says what did not work, why, and what to do next; returns the exit code that belongs to it. */
export function printError(error: unknown, terminal: Terminal, isDebugging: boolean): ExitCode {
  if (error instanceof CliError) {
    const { what, why, hint } = error.fields;
    say(terminal, `error: ${what}: ${why}`, hint);
    return error.exit;
  }
  if (error instanceof OpsError) {
    // What the server says names itself; everything else is found in docs/operations.md by its code.
    const name = error.code.startsWith('server/') ? '' : `${error.code}: `;
    say(terminal, `error: ${name}${error.message}`, error.hint);
    return exitOfCode(error);
  }
  const message = error instanceof Error ? error.message : String(error);
  say(
    terminal,
    `error: this is a mistake of Runova's: ${message}`,
    'please report it, with what --debug adds',
  );
  if (isDebugging && error instanceof Error) terminal.err(`${error.stack ?? ''}\n`);
  return EXIT.failed;
}

/** What a person wrote is 2, what could not be reached is 3, everything else failed. */
function exitOfCode({ code, retry, details }: OpsError): ExitCode {
  switch (code) {
    case 'config/invalid':
    case 'playbook/invalid':
    case 'server/unauthorized':
    // A second process on the same store, or the store of something else: a question of how it was started (engine 7).
    case 'store/locked':
    case 'store/wrong-cluster':
    case 'store/too-new':
      return EXIT.usage;
    case 'server/unreachable':
      return EXIT.unknown;
    case 'server/refused':
      return details['status'] === 400 ? EXIT.usage : EXIT.failed;
    default:
      return retry === 'later' ? EXIT.unknown : EXIT.failed;
  }
}

function say(terminal: Terminal, first: string, hint: string | undefined): void {
  terminal.err(`${first.split('\n').map(plainText).join('\n')}\n`);
  if (hint !== undefined && hint !== '') terminal.err(`hint: ${plainText(hint)}\n`);
}
