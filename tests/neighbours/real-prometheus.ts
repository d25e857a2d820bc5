import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './needs.ts';
import { launch, type RealProgram } from './real-program.ts';

/** What the real Prometheus scrapes, evaluates and tells. */
export interface RealPrometheusOptions {
  /** Addresses as `http://host:port/path`, by job. */
  readonly scrape?: readonly {
    job: string;
    url: string;
    labels?: Readonly<Record<string, string>>;
    honorLabels?: boolean;
  }[];
  /** A rule file's text. */
  readonly rules?: string;
  readonly scrapeIntervalMs?: number;
  readonly evaluationIntervalMs?: number;
  readonly alertmanagers?: readonly string[];
  readonly resendDelayMs?: number;
  readonly externalLabels?: Readonly<Record<string, string>>;
  /** Samples of the past in the OpenMetrics format, with times, ended by `# EOF`. */
  readonly history?: string;
}

/** Whether the program is on the PATH. */
export function available(): boolean {
  return findProgram('prometheus') !== undefined;
}

/** Starts the real Prometheus on a free loopback port with an empty database; resolves when it is ready. */
export async function startRealPrometheus(options: RealPrometheusOptions): Promise<RealProgram> {
  return launch({
    program: findProgram('prometheus') ?? 'prometheus',
    args: async ({ port, folder }) => {
      // JSON is YAML.
      await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(configuration(options, folder)));
      await writeFile(join(folder, 'rules.yml'), options.rules ?? 'groups: []');
      if (options.history !== undefined) await fill(folder, options.history);
      return [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--web.external-url=http://127.0.0.1:${port}`,
        '--web.enable-lifecycle',
        `--rules.alert.resend-delay=${options.resendDelayMs ?? 60_000}ms`,
        '--log.level=warn',
      ];
    },
  });
}

async function fill(folder: string, history: string): Promise<void> {
  const file = join(folder, 'history.txt');
  await writeFile(file, history);
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')];
  await promisify(execFile)(findProgram('promtool') ?? 'promtool', args);
}

function configuration(options: RealPrometheusOptions, folder: string): object {
  const scrapeIntervalMs = options.scrapeIntervalMs ?? 1_000;
  return {
    global: {
      scrape_interval: `${scrapeIntervalMs}ms`,
      scrape_timeout: `${scrapeIntervalMs}ms`,
      evaluation_interval: `${options.evaluationIntervalMs ?? scrapeIntervalMs}ms`,
      external_labels: options.externalLabels ?? {},
    },
    rule_files: [join(folder, 'rules.yml')],
    scrape_configs: (options.scrape ?? []).map(({ job, url, labels, honorLabels }) => ({
      job_name: job,
      metrics_path: new URL(url).pathname,
      honor_labels: honorLabels ?? false,
      static_configs: [{ targets: [new URL(url).host], labels: labels ?? {} }],
    })),
    alerting: {
      alertmanagers: (options.alertmanagers ?? []).map((url) => ({
        api_version: 'v2',
        static_configs: [{ targets: [new URL(url).host] }],
      })),
    },
  };
}
