import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EVEN_CHANCE } from '../../../tests/fakes/even-chance.ts';
import { QuickClock } from '../../../tests/fakes/quick-clock.ts';
import { json, scriptedServer, text } from '../../../tests/fakes/scripted-server.ts';
import type { Script } from '../../../tests/fakes/scripted-server.ts';
import { chunks, composed } from './composed-query.ts';
import { ruleFrom, sampleValue } from './mapping.ts';
import { prometheusMetrics } from './prometheus.ts';

const { signal } = new AbortController();
const QUESTIONS = [
  { id: 'a', promql: 'up' },
  { id: 'b', promql: 'down' },
];

async function open(script: Script) {
  const server = await scriptedServer(script);
  const clock = new QuickClock();
  const url = `${server.url}/prometheus`;
  const metrics = prometheusMetrics({ url, clock, chance: EVEN_CHANCE, version: '1', tenant: 'platform' });
  return { server, clock, metrics, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const vector = (result: unknown, more: object = {}) => ({
  status: 'success',
  data: { resultType: 'vector', result },
  ...more,
});

describe('many questions', () => {
  test('are one request below the prefix, with the tenant', async () => {
    const result = [
      { metric: { runova_question: '0', x: '1' }, value: [1_762_135_864.25, '5'] },
      { metric: { runova_question: '1', x: '1' }, value: [1_762_135_864.25, 'NaN'] },
      { metric: { runova_question: '0', x: '2' }, histogram: [1_762_135_864.25, {}] },
    ];
    await using at = await open((_, response) => json(response, 200, vector(result)));
    const answers = await at.metrics.ask(QUESTIONS, signal);
    const evaluatedAtMs = 1_762_135_864_250;
    assert.deepEqual(answers.get('a'), {
      kind: 'answered',
      evaluatedAtMs,
      samples: [
        { labels: { x: '1' }, value: 5 },
        { labels: { x: '2' }, value: undefined },
      ],
    });
    assert.deepEqual(answers.get('b'), {
      kind: 'answered',
      evaluatedAtMs,
      samples: [{ labels: { x: '1' }, value: undefined }],
    });
    assert.equal(at.server.seen.length, 1);
    assert.equal(at.server.seen[0]?.path, '/prometheus/api/v1/query');
    assert.equal(at.server.seen[0]?.headers['x-scope-orgid'], 'platform');
  });

  test('are split by number and by size', () => {
    const many = Array.from({ length: 250 }, (_, n) => ({ id: `${n}`, promql: 'up' }));
    assert.deepEqual(
      chunks(many).map(({ length }) => length),
      [100, 100, 50],
    );
    const large = Array.from({ length: 3 }, (_, n) => ({ id: `${n}`, promql: 'x'.repeat(30_000) }));
    assert.deepEqual(
      chunks(large).map(({ length }) => length),
      [1, 1, 1],
    );
  });

  test('cannot swallow each other by a trailing comment', () => {
    assert.match(composed([{ id: 'a', promql: 'up # note' }]), /up # note\n\)/);
  });

  test('are asked singly when the composed one fails, and each bad one is told in the words of the source', async () => {
    await using at = await open((request, response) => {
      const query = new URLSearchParams(request.body).get('query') ?? '';
      if (query === 'up') json(response, 200, vector([]));
      else json(response, 422, { status: 'error', errorType: 'execution', error: 'found duplicate series' });
    });
    const answers = await at.metrics.ask(QUESTIONS, signal);
    assert.equal(answers.get('a')?.kind, 'answered');
    const bad = answers.get('b');
    assert.ok(bad?.kind === 'unknown' && /found duplicate series/.test(bad.why));
  });
});

describe('no answer', () => {
  for (const [what, script] of [
    ['HTML', (_, response) => text(response, 200, '<html>login</html>')],
    ['cut off JSON', (_, response) => text(response, 200, '{"status":"success","data":{"resultType":"vec')],
    [
      'a matrix',
      (_, response) => json(response, 200, { status: 'success', data: { resultType: 'matrix', result: [] } }),
    ],
    [
      'samples of wrong types',
      (_, response) => json(response, 200, vector([{ metric: {}, value: ['x', 5] }])),
    ],
    [
      'a warning about partial data',
      (_, response) => json(response, 200, vector([], { warnings: ['store away'] })),
    ],
    [
      'a remark about the expression',
      (_, response) => json(response, 200, vector([], { warnings: ['PromQL warning: x'] })),
    ],
    ['no tenant', (_, response) => text(response, 401, 'no org id')],
    ['an unknown path', (_, response) => text(response, 404, '404 page not found')],
    ['a broken connection', (_, response) => response.destroy()],
    ['a huge answer', (_, response) => text(response, 200, 'x'.repeat(17 * 1_024 * 1_024))],
  ] satisfies readonly (readonly [string, Script])[]) {
    test(`comes from ${what}, and a sentence says why`, async () => {
      await using at = await open(script);
      for (const answer of (await at.metrics.ask(QUESTIONS, signal)).values()) {
        assert.ok(answer.kind === 'unknown' && answer.why.length > 10, JSON.stringify(answer));
      }
      const rules = await at.metrics.rules(signal);
      assert.equal(rules.kind, 'unknown');
    });
  }

  test('comes from a source that is too slow', async () => {
    await using at = await open(() => at.clock.expire());
    const answer = (await at.metrics.ask(QUESTIONS, signal)).get('a');
    assert.ok(answer?.kind === 'unknown' && /did not answer in time/.test(answer.why));
  });
});

describe('a single question', () => {
  test('may be a scalar', async () => {
    const data = { resultType: 'scalar', result: [1_762_135_864, '2'] };
    await using at = await open((_, response) => json(response, 200, { status: 'success', data }));
    const answer = (await at.metrics.ask([{ id: 's', promql: '1+1' }], signal)).get('s');
    assert.ok(answer?.kind === 'answered' && answer.samples[0]?.value === 2);
  });
});

describe('a sample', () => {
  for (const [written, wanted] of [
    ['5', 5],
    ['-0.25e-3', -0.000_25],
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['NaN', undefined],
    ['', undefined],
    ['x', undefined],
  ] as const) {
    test(`"${written}" is ${wanted}`, () => assert.equal(sampleValue(written), wanted));
  }
});

describe('a rule', () => {
  test('that never was evaluated has no time, and an unknown health is unknown', () => {
    const rule = ruleFrom(
      {
        type: 'alerting',
        name: 'X',
        query: 'up',
        lastEvaluation: '0001-01-01T00:00:00Z',
        health: 'new',
        duration: 60,
      },
      15,
    );
    assert.deepEqual(rule, {
      name: 'X',
      query: 'up',
      labels: {},
      health: 'unknown',
      lastEvaluationMs: 0,
      intervalMs: 15_000,
      durationMs: 60_000,
      alerts: [],
    });
  });
});
