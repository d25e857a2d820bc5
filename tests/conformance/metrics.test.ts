import { test } from 'node:test';
import { prometheusMetrics } from '../../src/connectors/prometheus/prometheus.ts';
import { SystemChance } from '../../src/platform/system-chance.ts';
import { WallClock } from '../../src/platform/wall-clock.ts';
import type { AlertRule, Sample } from '../../src/ports/metrics.ts';
import { startPrometheus } from '../../src/sandbox/prometheus/prometheus.ts';
import { FakeMetrics } from '../fakes/fake-metrics.ts';
import { scriptedServer, text } from '../fakes/scripted-server.ts';
import type { ScriptedServer } from '../fakes/scripted-server.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { needs } from '../neighbours/needs.ts';
import { until } from '../neighbours/real-program.ts';
import { available, startRealPrometheus } from '../neighbours/real-prometheus.ts';
import { metricsConformance } from './metrics.suite.ts';
import type { MetricsHarness } from './metrics.suite.ts';

const EXPOSED = `suite_up{pod="a"} 1
suite_up{pod="b"} 1
suite_nan NaN
suite_inf{sign="+"} +Inf
suite_inf{sign="-"} -Inf
`;
const RULES = `
groups:
  - name: suite
    rules:
      - { alert: SuiteFires, expr: suite_up == 1, labels: { severity: warning } }
`;
const READY_WITHIN_MS = 20_000;
const { signal } = new AbortController();

function exporter(): Promise<ScriptedServer> {
  return scriptedServer((_, response) =>
    text(response, 200, EXPOSED, { 'content-type': 'text/plain; version=0.0.4' }),
  );
}

/** The connector on whatever answers at `url`, once the rule has fired there. */
async function over(url: string, stop: () => Promise<void>): Promise<MetricsHarness> {
  const metrics = prometheusMetrics({
    url,
    clock: new WallClock(),
    chance: new SystemChance(),
    version: 'test',
  });
  const fired = async (): Promise<boolean> => {
    const answer = await metrics.rules(signal);
    return answer.kind === 'answered' && answer.rules.some(({ alerts }) => alerts.length === 2);
  };
  await until(fired, READY_WITHIN_MS, 'the rule fires');
  return { metrics, [Symbol.asyncDispose]: stop };
}

metricsConformance('in memory', () => {
  const clock = new VirtualClock();
  const metrics = new FakeMetrics(clock);
  const series: Readonly<Record<string, readonly Sample[]>> = {
    suite_up: [
      { labels: { pod: 'a' }, value: 1 },
      { labels: { pod: 'b' }, value: 1 },
    ],
    suite_nan: [{ labels: {}, value: Number.NaN }],
    suite_inf: [
      { labels: { sign: '+' }, value: Infinity },
      { labels: { sign: '-' }, value: -Infinity },
    ],
    suite_absent: [],
  };
  metrics.answerAt = ({ promql }) => series[promql] ?? { unknown: 'no such question in this world' };
  const alerts = ['a', 'b'].map((pod) => {
    return {
      labels: { alertname: 'SuiteFires', severity: 'warning', pod },
      state: 'firing',
      activeAtMs: 1,
      value: '1e+00',
    } as const;
  });
  metrics.rulesAt = (nowMs): readonly AlertRule[] => [
    {
      name: 'SuiteFires',
      query: 'suite_up == 1',
      labels: { severity: 'warning' },
      health: 'ok',
      lastEvaluationMs: nowMs,
      intervalMs: 15_000,
      durationMs: 0,
      alerts,
    },
  ];
  return Promise.resolve({ metrics, [Symbol.asyncDispose]: () => Promise.resolve() });
});

metricsConformance('stand-in', async () => {
  const exposed = await exporter();
  const standIn = await startPrometheus({
    clock: new WallClock(),
    scrape: [{ job: 'suite', url: `${exposed.url}/metrics` }],
    rules: RULES,
    scrapeIntervalMs: 200,
  });
  return over(standIn.url, async () => {
    await standIn.stop();
    await exposed[Symbol.asyncDispose]();
  });
});

if (available()) {
  metricsConformance('real Prometheus', async () => {
    const exposed = await exporter();
    const real = await startRealPrometheus({
      scrape: [{ job: 'suite', url: `${exposed.url}/metrics` }],
      rules: RULES,
    });
    return over(real.url, async () => {
      await real.stop();
      await exposed[Symbol.asyncDispose]();
    });
  });
} else {
  test('metrics conformance: real Prometheus', (t) => void needs(t, 'prometheus'));
}
