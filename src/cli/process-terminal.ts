import { createInterface } from 'node:readline/promises';
import type { Terminal } from './terminal.ts';

/** The terminal that this process was started from. */
export function processTerminal(): Terminal {
  const interrupted = new AbortController();
  // Once each: a second Ctrl-C ends the program as usual.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  // A reader that has seen enough (`runova incidents | head`) closes the pipe: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isWatched: process.stdout.isTTY,
    isAnswered: process.stdin.isTTY && process.stderr.isTTY,
    columns: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
    env: process.env,
    timeZone: undefined,
    now: () => Date.now(),
    ask: async (question) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await lines.question(question, { signal: interrupted.signal });
      } finally {
        lines.close();
      }
    },
    signal: interrupted.signal,
  };
}
