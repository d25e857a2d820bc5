import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs } from '../../../tests/neighbours/needs.ts';
import type { RealProgram } from '../../../tests/neighbours/real-program.ts';
import { available, startRealPrometheus } from '../../../tests/neighbours/real-prometheus.ts';
import { openMetrics, syntheticHistory } from '../../../tests/neighbours/synthetic-history.ts';
import { WallClock } from '../../platform/wall-clock.ts';
import { BAD_QUERIES, INSTANT_QUERIES, ORDERED_QUERIES, RANGE_QUERIES } from './conformance-queries.ts';
import { labelsOf } from './labels.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';

/** The moments asked about, in minutes after the history's beginning: in the middle, off the grid, after its end. */
const MINUTES = [10, 17.13, 31, 36];

interface Answer {
  readonly status: number;
  readonly body: {
    readonly status: string;
    readonly errorType?: string;
    readonly data?: { readonly resultType: string; readonly result: unknown };
  };
}

describe('the stand-in answers queries as the real Prometheus does', () => {
  // Two hours back on a whole block, so that the history lies in one block of the real one.
  const startMs = Math.floor((Date.now() - 4 * 3_600_000) / 7_200_000) * 7_200_000 + 60_000;
  let standIn: Prometheus;
  let real: RealProgram | undefined;

  before(async () => {
    if (!available()) return;
    const history = syntheticHistory(startMs);
    standIn = await startPrometheus({ clock: new WallClock(), evaluationIntervalMs: 60_000 });
    for (const { labels, timeMs, value } of history) standIn.append(labels, timeMs, value);
    real = await startRealPrometheus({ history: openMetrics(history), evaluationIntervalMs: 60_000 });
  });
  after(async () => {
    await standIn?.stop();
    await real?.stop();
  });

  const ask = async (base: string, path: string, parameters: Record<string, string>): Promise<Answer> => {
    const answer = await fetch(`${base}${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  };
  const both = async (
    path: string,
    parameters: Record<string, string>,
  ): Promise<{ own: Answer; theirs: Answer }> => ({
    own: await ask(standIn.url, path, parameters),
    theirs: await ask(real?.url ?? '', path, parameters),
  });
  const at = (minutes: number): string => String((startMs + minutes * 60_000) / 1000);

  for (const query of INSTANT_QUERIES) {
    test(`at a moment: ${query}`, async (t) => {
      if (!needs(t, 'prometheus')) return;
      for (const minutes of MINUTES) {
        const { own, theirs } = await both('/api/v1/query', { query, time: at(minutes) });
        assertSame(own, theirs, byLabels);
      }
    });
  }

  for (const query of ORDERED_QUERIES) {
    test(`at a moment, in the same order: ${query}`, async (t) => {
      if (!needs(t, 'prometheus')) return;
      const { own, theirs } = await both('/api/v1/query', { query, time: at(17.13) });
      assertSame(own, theirs, (result) => result);
    });
  }

  for (const query of RANGE_QUERIES) {
    test(`over a range: ${query}`, async (t) => {
      if (!needs(t, 'prometheus')) return;
      const { own, theirs } = await both('/api/v1/query_range', {
        query,
        start: at(2),
        end: at(37),
        step: '70s',
      });
      assertSame(own, theirs, byLabels);
    });
  }

  for (const query of BAD_QUERIES) {
    test(`as an error of the same type: ${query}`, async (t) => {
      if (!needs(t, 'prometheus')) return;
      const { own, theirs } = await both('/api/v1/query', { query, time: at(20) });
      assert.equal(theirs.body.status, 'error', 'the real one refuses it');
      assert.deepEqual([own.status, own.body.errorType], [theirs.status, theirs.body.errorType]);
    });
  }

  for (const [path, parameters] of [
    ['/api/v1/query', { query: 'up', time: 'yesterday' }],
    ['/api/v1/query', { time: '1' }],
    ['/api/v1/query_range', { query: 'up', start: '10', end: '5', step: '1' }],
    ['/api/v1/query_range', { query: 'up', start: '10', end: '50', step: '0' }],
    ['/api/v1/query_range', { query: 'up', start: '10', end: '20000', step: '1' }],
    ['/api/v1/query_range', { query: 'up', start: '10', step: '1' }],
    ['/api/v1/query_range', { query: 'up[5m]', start: '10', end: '20', step: '1' }],
    ['/api/v1/series', {}],
    ['/api/v1/series', { 'match[]': '{' }],
  ] as const) {
    test(`with the same refusal of ${path} ${JSON.stringify(parameters)}`, async (t) => {
      if (!needs(t, 'prometheus')) return;
      const { own, theirs } = await both(path, parameters);
      assert.deepEqual([own.status, own.body.errorType], [theirs.status, theirs.body.errorType]);
    });
  }

  test('with the same series for a selector', async (t) => {
    if (!needs(t, 'prometheus')) return;
    const parameters = { 'match[]': '{job="x"}', start: at(0), end: at(30) };
    const { own, theirs } = await both('/api/v1/series', parameters);
    const sorted = (answer: Answer): unknown => byLabels((answer.body as { data?: unknown }).data);
    assert.deepEqual(sorted(own), sorted(theirs));
  });
});

/** Compares two answers: status, types and labels exactly, values as 64-bit sums in another order may differ. */
function assertSame(own: Answer, theirs: Answer, order: (result: unknown) => unknown): void {
  assert.deepEqual(
    [own.status, own.body.status, own.body.errorType, own.body.data?.resultType],
    [theirs.status, theirs.body.status, theirs.body.errorType, theirs.body.data?.resultType],
  );
  assertClose(order(own.body.data?.result), order(theirs.body.data?.result), 'result');
}

function byLabels(result: unknown): unknown {
  if (!Array.isArray(result) || typeof result[0] !== 'object') return result;
  const key = (element: unknown): string => {
    const { metric } = element as { metric?: Record<string, string> };
    return JSON.stringify(
      labelsOf(Object.entries(metric ?? (element as Record<string, string>)))
        .entries()
        .toArray(),
    );
  };
  return result.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function assertClose(own: unknown, theirs: unknown, where: string): void {
  if (typeof own === 'string' && typeof theirs === 'string' && own !== theirs) {
    const [a, b] = [Number(own), Number(theirs)];
    // Go's and JavaScript's sums may differ in the last digits; 1e-10 is far below what any rule compares.
    const close = Number.isFinite(a) && Math.abs(a - b) <= 1e-10 * Math.max(Math.abs(a), Math.abs(b), 1e-6);
    assert.ok(close, `${where}: ${own} is not ${theirs}`);
    return;
  }
  if (typeof own !== 'object' || own === null || typeof theirs !== 'object' || theirs === null) {
    assert.equal(own, theirs, where);
    return;
  }
  const [left, right] = [own as Record<string, unknown>, theirs as Record<string, unknown>];
  assert.deepEqual(
    Object.keys(left).toSorted(),
    Object.keys(right).toSorted(),
    `${where}: ${JSON.stringify({ own, theirs })}`,
  );
  for (const name of Object.keys(left)) assertClose(left[name], right[name], `${where}.${name}`);
}
