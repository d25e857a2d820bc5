import { startApp, type App } from '../app.ts';
import { formatProblem, loadConfig } from '../config/load-config.ts';
import { createJsonLog, type LogLevel } from '../platform/json-log.ts';
import { OpsError } from '../ports/ops-error.ts';

/** Starts the server by a configuration file. Throws `OpsError` `config/invalid` with every line that is wrong. */
export async function serve(configPath: string, level: LogLevel = 'info'): Promise<App> {
  const loaded = await loadConfig(configPath);
  if (loaded.kind === 'invalid') {
    throw new OpsError({
      code: 'config/invalid',
      retry: 'never',
      message: `the configuration has errors:\n${loaded.problems.map(formatProblem).join('\n')}`,
      hint: `runova config lint ${configPath}`,
    });
  }
  return startApp(loaded.config, createJsonLog(level));
}
