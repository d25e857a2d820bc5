import { runDemo as tellStories } from '../../demo/run-demo.ts';
import type { Terminal } from '../terminal.ts';

export interface DemoFlags {
  readonly exit?: boolean;
}

/** The demo on this terminal: exit code 0 only if every story ended as it should. */
export async function runDemo(flags: DemoFlags, terminal: Terminal): Promise<number> {
  const { signal } = terminal;
  const good = await tellStories({
    write: (line) => terminal.out(`${line}\n`),
    exit: flags.exit === true,
    signal,
  });
  return good ? 0 : 1;
}
