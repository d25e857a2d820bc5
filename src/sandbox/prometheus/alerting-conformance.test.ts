import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs } from '../../../tests/neighbours/needs.ts';
import { until } from '../../../tests/neighbours/real-program.ts';
import { available, startRealPrometheus } from '../../../tests/neighbours/real-prometheus.ts';
import { WallClock } from '../../platform/wall-clock.ts';
import { listenOnLoopback, readBody, type LoopbackServer } from '../loopback-server.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';

const RULES = `
groups:
  - name: shop
    interval: 500ms
    rules:
      - record: job:temperature:max
        expr: max by (job) (temperature_celsius)
        labels: {team: shop}
      - alert: TooHot
        expr: temperature_celsius{room!="cellar"} > 30
        for: 1s
        labels: {severity: page, where: "{{ $labels.room }}"}
        annotations:
          summary: '{{ $labels.room }} at {{ $value }} ({{ $value | humanize }}) in {{ $externalLabels.cluster }}, {{ $labels.nosuch }}'
          more: '{{ printf "%.2f" $value }} {{ humanizePercentage 0.1234 }} {{ 12345.678 | humanize1024 }} {{ humanizeDuration 98765 }} {{ humanize 0.0021 }}'
      - alert: Slow
        expr: temperature_celsius > 30
        for: 1h
        keep_firing_for: 5m
      - alert: Always
        expr: vector(1234567.5)
      - alert: Never
        expr: temperature_celsius{room="nowhere"} > 1e6
      - alert: Broken
        expr: temperature_celsius / on (job) temperature_celsius
`;

/** A program, and the alerts that it alone posts. */
interface Side {
  readonly url: string;
  readonly posted: Record<string, unknown>[];
  stop(): Promise<void>;
}

describe('the stand-in scrapes, evaluates rules and alerts as the real Prometheus does', () => {
  const exporter = { status: 200, text: '' };
  let exporterServer: LoopbackServer;
  let sides: readonly Side[] = [];

  before(async () => {
    if (!available()) return;
    exporter.text = rooms({ kitchen: 41.5, attic: 30, cellar: 99 });
    exporterServer = await listenOnLoopback((_request, response) => {
      response.writeHead(exporter.status, { 'content-type': 'text/plain; version=0.0.4' }).end(exporter.text);
    });
    const shared = {
      scrape: [{ job: 'house', url: `${exporterServer.url}/metrics`, labels: { site: 's1' } }],
      rules: RULES,
      scrapeIntervalMs: 500,
      evaluationIntervalMs: 500,
      resendDelayMs: 1_000,
      externalLabels: { cluster: 'mothership', severity: 'never wins' },
    };
    const real = await startSide((alertmanagers) => startRealPrometheus({ ...shared, alertmanagers }));
    const own = (alertmanagers: string[]): Promise<Prometheus> =>
      startPrometheus({ ...shared, alertmanagers, clock: new WallClock() });
    sides = [await startSide(own), real];
  });
  after(async () => {
    await Promise.all(sides.map((side) => side.stop()));
    await exporterServer?.close();
  });

  const answers = (path: string): Promise<string[]> =>
    Promise.all(sides.map((side) => comparableAnswer(side, path)));
  const query = (text: string): Promise<string[]> =>
    answers(`/api/v1/query?query=${encodeURIComponent(text)}`);

  /** Waits until both sides answer the same and the answer contains `expected`; then shows both. */
  const same = async (ask: () => Promise<string[]>, expected: string | RegExp): Promise<void> => {
    let own = '';
    let theirs = '';
    const agree = async (): Promise<boolean> => {
      [own = '', theirs = ''] = await ask();
      return own === theirs && (typeof expected === 'string' ? own.includes(expected) : expected.test(own));
    };
    await until(agree, 15_000, `both sides agree on ${String(expected)}`).catch((error: unknown) => {
      assert.deepEqual(JSON.parse(own), JSON.parse(theirs));
      assert.fail(`${String(error)}: ${own}`);
    });
  };

  test('scraped series carry the target, clashing labels are renamed, reports are added', async (t) => {
    if (!needs(t, 'prometheus')) return;
    await same(
      () => query('{job="house",__name__!~"ALERTS.*|scrape_(duration.*|series_added)"}'),
      'exported_job',
    );
  });

  test('rules show the same states, printed queries, templates and health', async (t) => {
    if (!needs(t, 'prometheus')) return;
    await same(() => answers('/api/v1/rules?type=alert'), '"state":"firing"');
    await same(() => answers('/api/v1/rules?type=record'), 'recording');
    await same(() => answers('/api/v1/alerts'), '4.15e+01');
    await same(() => query('ALERTS'), '"alertstate":"pending"');
    await same(() => query('sum by (alertname) (ALERTS_FOR_STATE > bool 1e9)'), 'TooHot');
  });

  test('what is sent to Alertmanager is the same, external labels included', async (t) => {
    if (!needs(t, 'prometheus')) return;
    const sent = (): Promise<string[]> => Promise.resolve(sides.map((side) => newestPerAlert(side.posted)));
    await same(sent, 'mothership');
    await same(sent, 'kitchen');
  });

  test('a vanished series is gone at once, and its alert is resolved', async (t) => {
    if (!needs(t, 'prometheus')) return;
    exporter.text = rooms({ attic: 30, cellar: 99 });
    await same(() => query('temperature_celsius'), /^(?!.*kitchen).*attic/);
    await same(() => query('count(last_over_time(temperature_celsius[5m]))'), '"3"');
    await same(() => answers('/api/v1/rules?type=alert'), /"name":"TooHot"[^}]*/);
    await same(() => query('count(ALERTS{alertname="TooHot"}) or vector(0)'), '"0"');
    const ended = (side: Side): boolean =>
      side.posted.some(
        (alert) => nameOf(alert) === 'TooHot' && Date.parse(String(alert['endsAt'])) <= Date.now(),
      );
    await until(() => sides.every(ended), 20_000, 'both sides send the end');
  });

  test('a failed scrape ends every series of the target and shows in up', async (t) => {
    if (!needs(t, 'prometheus')) return;
    exporter.status = 500;
    await same(() => query('up'), '"0"');
    await same(() => query('temperature_celsius'), '"result":[]');
    exporter.status = 200;
    await same(() => query('count(temperature_celsius)'), '"2"');
    exporter.text = 'not the format at all {\n';
    await same(() => query('up'), '"0"');
    await same(() => answers('/api/v1/targets?state=active'), '"health":"down"');
  });
});

async function startSide(
  start: (alertmanagers: string[]) => Promise<{ url: string; stop(): Promise<void> }>,
): Promise<Side> {
  const posted: Record<string, unknown>[] = [];
  const alertmanager = await listenOnLoopback(async (request, response) => {
    posted.push(...(JSON.parse(await readBody(request)) as Record<string, unknown>[]));
    response.writeHead(200).end();
  });
  const program = await start([alertmanager.url]);
  return {
    url: program.url,
    posted,
    stop: async () => {
      await program.stop();
      await alertmanager.close();
    },
  };
}

function rooms(temperatures: Readonly<Record<string, number>>): string {
  const lines = Object.entries(temperatures).map(
    ([room, value]) => `temperature_celsius{room="${room}",job="sensor"} ${value}`,
  );
  return `# TYPE temperature_celsius gauge\n${lines.join('\n')}\n`;
}

function nameOf(alert: Record<string, unknown>): string {
  return (alert['labels'] as Record<string, string>)['alertname'] ?? '';
}

/** The newest form of each alert that was sent, times and addresses masked, in one order. */
function newestPerAlert(posted: readonly Record<string, unknown>[]): string {
  const newest = new Map(posted.map((alert) => [JSON.stringify(sorted(alert['labels'])), alert]));
  return masked([...newest].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, alert]) => sorted(alert)));
}

async function comparableAnswer(side: Side, path: string): Promise<string> {
  return masked(sorted(await (await fetch(`${side.url}${path}`)).json()));
}

/** The same value with keys sorted, result elements in one order, and without what only one side can know. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const elements = value.map(sorted);
    const named = elements.every(
      (element) => typeof element === 'object' && element !== null && !Array.isArray(element),
    );
    return named ? elements.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : elements;
  }
  if (typeof value !== 'object' || value === null) return value;
  const own = new Set([
    'evaluationTime',
    'lastScrapeDuration',
    'file',
    'discoveredLabels',
    'lastError',
    'droppedTargets',
    'globalUrl',
    'scrapeInterval',
    'scrapeTimeout',
  ]);
  const entries = Object.entries(value).filter(([name]) => !own.has(name));
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]),
  );
}

function masked(value: unknown): string {
  return JSON.stringify(value)
    .replace(/"(lastEvaluation|activeAt|startsAt|endsAt|lastScrape)":"[^"]*"/g, '"$1":"T"')
    .replace(/"value":\[[\d.e+]+,/g, '"value":[0,')
    .replace(/"generatorURL":"http:\/\/[^/]*/g, '"generatorURL":"http://host');
}
