import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './needs.ts';
import { launch, type RealProgram } from './real-program.ts';

/** What the real Alertmanager runs with. */
export interface RealAlertmanagerOptions {
  /** The configuration as YAML (or JSON) text. */
  readonly config: string;
  /** Default: the address it listens on. */
  readonly externalUrl?: string;
}

/** Whether the program is on the PATH. */
export function available(): boolean {
  return findProgram('prometheus-alertmanager') !== undefined;
}

/** Starts the real Alertmanager, without a cluster, on a free loopback port; resolves when it is ready. */
export async function startRealAlertmanager(options: RealAlertmanagerOptions): Promise<RealProgram> {
  return launch({
    program: findProgram('prometheus-alertmanager') ?? 'prometheus-alertmanager',
    args: async ({ port, folder }) => {
      await writeFile(join(folder, 'alertmanager.yml'), options.config);
      return [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--web.external-url=${options.externalUrl ?? `http://127.0.0.1:${port}`}`,
        '--cluster.listen-address=',
        '--log.level=warn',
      ];
    },
  });
}
