import { startAlertmanager, type Alertmanager } from '../sandbox/alertmanager/alertmanager.ts';
import { startPrometheus, type Prometheus } from '../sandbox/prometheus/prometheus.ts';
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { SystemClock } from '../sandbox/system-clock.ts';
import { DEMO_RULES } from './demo-rules.ts';

/** The platform in a box with what watches it. */
export interface DemoPlatform {
  readonly sandbox: Sandbox;
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  stop(): Promise<void>;
}

const SCRAPE_MS = 500;
/** Where a sandbox listens for words where nothing else does, so that a second terminal finds it. */
export const CONTROL_PORT = 18_089;

const JOBS = ['kube-state-metrics', 'cadvisor', 'applications'] as const;

function alertmanagerConfig(webhookUrl: string): string {
  return JSON.stringify({
    route: {
      receiver: 'runova',
      group_by: ['alertname', 'namespace'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '4h',
      routes: [{ receiver: 'people', matchers: ['alertname=~"Runova.*"'] }],
    },
    receivers: [{ name: 'runova', webhook_configs: [{ url: webhookUrl }] }, { name: 'people' }],
  });
}

/** Starts the sandbox, and Prometheus and Alertmanager stand-ins that scrape it and call Runova. */
export async function startDemoPlatform(
  /** Where webhooks go; known before Runova starts, so that it may come and go. */
  webhookUrl: string,
  controlPort = 0,
): Promise<DemoPlatform> {
  const clock = new SystemClock();
  const sandbox = await startSandbox({ clock, ports: { control: controlPort } });
  const alertmanager = await startAlertmanager({ clock, config: alertmanagerConfig(webhookUrl) });
  const prometheus = await startPrometheus({
    clock,
    scrape: JOBS.map((job) => ({ job, url: `${sandbox.metricsUrl}/${job}` })),
    scrapeIntervalMs: SCRAPE_MS,
    rules: DEMO_RULES,
    alertmanagers: [alertmanager.url],
    resendDelayMs: 1_000,
    externalLabels: { cluster: 'demo' },
  });
  return {
    sandbox,
    prometheus,
    alertmanager,
    stop: async () => {
      await prometheus.stop();
      await alertmanager.stop();
      await sandbox.stop();
    },
  };
}
