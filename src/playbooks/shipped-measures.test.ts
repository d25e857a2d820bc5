import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { questionsFor, readMeasure, type MeasureReading } from '../domain/measure.ts';
import type { Answer } from '../domain/source.ts';
import { evaluate } from '../sandbox/prometheus/evaluate.ts';
import { labelsOf, METRIC_NAME } from '../sandbox/prometheus/labels.ts';
import { parseExpression } from '../sandbox/prometheus/parser.ts';
import { SeriesStore } from '../sandbox/prometheus/series-store.ts';
import { samplesOf } from '../sandbox/prometheus/value.ts';
import { parseYaml } from '../yaml/yaml-document.ts';
import { readMeasure as readMeasureFile } from './measure-file.ts';

const MINUTE = 60_000;
/** Some whole day, so that minutes count from it. */
const NOW = Date.UTC(2026, 10, 3);
const SCRAPE = 15_000;

/** One counter or gauge, scraped from `from` to `until` minutes before now; `at` gives its value by minutes before now. */
interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from: number;
  readonly until?: number;
  readonly at: (minutesAgo: number) => number;
}

const pod = (letter: string): string => `checkout-7d4b9c-${letter.repeat(5)}`;

function requests(
  letter: string,
  perSecond: number,
  options: { from: number; until?: number; status?: string },
): Line {
  const { from, status = '200' } = options;
  return {
    name: 'http_requests_total',
    labels: { pod: pod(letter), status },
    ...options,
    at: (ago) => (from - ago) * 60 * perSecond,
  };
}

function storeOf(lines: readonly Line[]): SeriesStore {
  const store = new SeriesStore(24 * 60 * MINUTE);
  for (const { name, labels, from, until = 0, at } of lines) {
    const series = labelsOf([[METRIC_NAME, name], ['namespace', 'shop'], ...Object.entries(labels)]);
    for (let ms = NOW - from * MINUTE; ms <= NOW - until * MINUTE; ms += SCRAPE)
      store.append(series, ms, at((NOW - ms) / MINUTE));
  }
  return store;
}

/** Reads a shipped measure as the engine does: rendered for the target's pods, evaluated, judged. */
async function reading(name: string, letters: string, lines: readonly Line[]): Promise<MeasureReading> {
  const file = `${name}.yaml`;
  const parsed = parseYaml(
    file,
    await readFile(join(import.meta.dirname, '..', '..', 'measures', file), 'utf8'),
  );
  assert.ok(parsed.kind === 'parsed');
  const checked = readMeasureFile(parsed.document);
  assert.ok(checked.kind === 'valid');
  const subject = { namespace: 'shop', workload: 'checkout', pods: letters.split('').map(pod) };
  const context = {
    store: storeOf(lines),
    startMs: NOW,
    endMs: NOW,
    lookbackMs: 5 * MINUTE,
    subqueryStepMs: MINUTE,
  };
  const answers = new Map<string, Answer>();
  for (const { id, promql } of questionsFor('x', checked.value, subject)) {
    const value = evaluate(parseExpression(promql), NOW, context);
    const samples = samplesOf(value).map((sample) => ({
      labels: Object.fromEntries(sample.labels),
      value: Number.isNaN(sample.value) ? undefined : sample.value,
    }));
    answers.set(id, { kind: 'answered', samples, evaluatedAtMs: NOW });
  }
  return readMeasure({ id: 'x', measure: checked.value, subject, answers, sampleFreshMs: 2 * MINUTE });
}

async function values(
  name: string,
  letters: string,
  lines: readonly Line[],
): Promise<readonly number[] | string> {
  const read = await reading(name, letters, lines);
  return read.kind === 'values' ? read.values.map(({ value }) => Number(value.toPrecision(3))) : read.why;
}

describe('error-ratio', () => {
  test('is nothing where no request ever failed', async () => {
    assert.deepEqual(await values('error-ratio', 'a', [requests('a', 38, { from: 30 })]), [0]);
  });
  test('is the share of 5xx over all pods', async () => {
    const lines = [
      requests('a', 30, { from: 30 }),
      requests('b', 6, { from: 30 }),
      requests('b', 4, { from: 30, status: '503' }),
    ];
    assert.deepEqual(await values('error-ratio', 'ab', lines), [0.1]);
  });
  test('is everything where every request fails', async () => {
    assert.deepEqual(await values('error-ratio', 'a', [requests('a', 10, { from: 30, status: '500' })]), [1]);
  });
  test('counts the errors of a pod that is gone', async () => {
    const lines = [requests('a', 10, { from: 30 }), requests('z', 10, { from: 30, until: 2, status: '500' })];
    const [ratio] = (await values('error-ratio', 'a', lines)) as readonly number[];
    assert.ok((ratio ?? 0) > 0.3);
  });
  test('cannot be told with too little traffic, without the metric, or from stale series', async () => {
    assert.match(
      String(await values('error-ratio', 'a', [requests('a', 0.2, { from: 30 })])),
      /too little to judge by: 0\.2, needs 1/,
    );
    assert.match(String(await values('error-ratio', 'a', [])), /nothing says how much/);
    assert.match(
      String(await values('error-ratio', 'a', [requests('a', 38, { from: 30, until: 3 })])),
      /3m old/,
    );
  });
});

describe('traffic-growth', () => {
  const rising = (before: number, now: number, from: number): Line => ({
    ...requests('a', 0, { from }),
    at: (ago) => (ago > 30 ? (from - ago) * 60 * before : (from - 30) * 60 * before + (30 - ago) * 60 * now),
  });

  test('is 1 under steady traffic', async () => {
    assert.deepEqual(await values('traffic-growth', 'a', [requests('a', 20, { from: 120 })]), [1]);
  });
  test('compares with an hour ago', async () => {
    assert.deepEqual(await values('traffic-growth', 'a', [rising(10, 15, 120)]), [1.5]);
  });
  test('is not misled when other pods served an hour ago', async () => {
    const lines = [requests('a', 20, { from: 20 }), requests('y', 20, { from: 120, until: 20 })];
    assert.deepEqual(await values('traffic-growth', 'a', lines), [1]);
  });
  test('with short history compares with the window before', async () => {
    assert.deepEqual(await values('traffic-growth', 'a', [requests('a', 20, { from: 12 })]), [1]);
  });
  test('does not take half a recorded window for growth', async () => {
    assert.equal(await values('traffic-growth', 'a', [requests('a', 20, { from: 7 })]), 'no sample');
    const [growth] = (await values('traffic-growth', 'a', [
      requests('a', 20, { from: 62 }),
    ])) as readonly number[];
    assert.equal(growth, 1);
  });
});

describe('memory-of-limit', () => {
  const memory = (letter: string, container: string, used: number): Line => ({
    name: 'container_memory_working_set_bytes',
    labels: { pod: pod(letter), container },
    from: 10,
    at: () => used,
  });
  const limit = (letter: string, container: string, bytes: number): Line => ({
    name: 'kube_pod_container_resource_limits',
    labels: { pod: pod(letter), container, resource: 'memory' },
    from: 10,
    at: () => bytes,
  });

  test("is the fullest container's share, each pod", async () => {
    const lines = [
      memory('a', 'app', 93),
      limit('a', 'app', 100),
      memory('a', 'proxy', 10),
      limit('a', 'proxy', 100),
      memory('a', '', 500),
      memory('b', 'app', 70),
      limit('b', 'app', 100),
    ];
    assert.deepEqual(await values('memory-of-limit', 'ab', lines), [93, 70]);
  });
  test('cannot be told while one pod has no sample', async () => {
    assert.match(
      String(await values('memory-of-limit', 'ab', [memory('a', 'app', 93), limit('a', 'app', 100)])),
      /no series for pod checkout-7d4b9c-bbbbb/,
    );
  });
});

describe('restarts and requests', () => {
  const restarts = (letter: string, at: Line['at']): Line => ({
    name: 'kube_pod_container_status_restarts_total',
    labels: { pod: pod(letter), container: 'app' },
    from: 60,
    at,
  });

  test('restarts are none while the counter is flat, and some after it moved', async () => {
    const [flat, moved] = (await values('restarts', 'ab', [
      restarts('a', () => 7),
      restarts('b', (ago) => (ago > 5 ? 7 : 8)),
    ])) as readonly number[];
    assert.equal(flat, 0);
    assert.ok((moved ?? 0) >= 1);
  });
  test('requests are those of the pods of today', async () => {
    assert.deepEqual(
      await values('requests', 'a', [requests('a', 20, { from: 30 }), requests('z', 20, { from: 30 })]),
      [20],
    );
  });
});
