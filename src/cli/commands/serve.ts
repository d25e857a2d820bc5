import { once } from 'node:events';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { serve } from '../serve.ts';
import type { Terminal } from '../terminal.ts';

/** `runova serve`: runs until it is asked to end, then stops in order. Words go to the log, as lines of JSON. */
export async function runServe(configPath: string, terminal: Terminal): Promise<ExitCode> {
  const app = await serve(configPath);
  if (!terminal.signal.aborted) await once(terminal.signal, 'abort');
  await app.stop();
  return EXIT.good;
}
