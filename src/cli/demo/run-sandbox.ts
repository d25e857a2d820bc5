import { runSandbox as open } from '../../demo/run-sandbox.ts';
import type { Terminal } from '../terminal.ts';

export interface SandboxCommand {
  readonly what: string;
  readonly fault: string | undefined;
  readonly target: string | undefined;
  readonly terminal: Terminal;
}

/** A platform in a box, alone; or a word to one that runs. */
export function runSandbox({ what, fault, target, terminal }: SandboxCommand): Promise<number> {
  return open({
    what,
    fault,
    target,
    control: terminal.env['RUNOVA_SANDBOX'],
    signal: terminal.signal,
    out: (line) => terminal.out(`${line}\n`),
    err: (line) => terminal.err(`${line}\n`),
  });
}
