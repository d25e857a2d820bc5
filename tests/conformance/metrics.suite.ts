import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Metrics, Sample } from '../../src/ports/metrics.ts';

/**
 * A metrics source that has these series now: `suite_up{pod="a"} 1`, `suite_up{pod="b"} 1`, `suite_nan NaN`,
 * `suite_inf{sign="+"} +Inf`, `suite_inf{sign="-"} -Inf`; and a rule `SuiteFires` (`suite_up == 1`, labels
 * `severity="warning"`, no `for`) that has been evaluated.
 */
export interface MetricsHarness extends AsyncDisposable {
  readonly metrics: Metrics;
}

const { signal } = new AbortController();

function values(samples: readonly Sample[], label: string): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(samples.map((sample) => [sample.labels[label] ?? '', sample.value]));
}

/** What measures and proofs rely on, for every implementation of the `Metrics` port. */
export function metricsConformance(name: string, open: () => Promise<MetricsHarness>): void {
  describe(`metrics conformance: ${name}`, () => {
    let at: MetricsHarness;
    before(async () => {
      at = await open();
    });
    after(() => at[Symbol.asyncDispose]());

    const ask = async (...queries: readonly string[]) => {
      const answers = await at.metrics.ask(
        queries.map((promql, index) => ({ id: `q${index}`, promql })),
        signal,
      );
      return queries.map((_, index) => answers.get(`q${index}`));
    };

    test('every question has its own answer, also when several have the same samples', async () => {
      const [one, two, none] = await ask('suite_up', 'suite_up', 'suite_absent');
      for (const answer of [one, two]) {
        assert.ok(answer?.kind === 'answered');
        assert.deepEqual(values(answer.samples, 'pod'), { a: 1, b: 1 });
        assert.ok(answer.samples.every(({ labels }) => !('runova_question' in labels)));
        assert.ok(answer.evaluatedAtMs > 0);
      }
      assert.ok(none?.kind === 'answered' && none.samples.length === 0);
    });

    test('NaN is no value, infinities are', async () => {
      const [nan, infinite] = await ask('suite_nan', 'suite_inf');
      assert.ok(nan?.kind === 'answered' && nan.samples.length === 1);
      assert.equal(nan.samples[0]?.value, undefined);
      assert.ok(infinite?.kind === 'answered');
      assert.deepEqual(values(infinite.samples, 'sign'), { '+': Infinity, '-': -Infinity });
    });

    test('one bad question does not spoil the others', async () => {
      const [good, syntax, manyToMany] = await ask(
        'suite_up',
        'suite_up{',
        'suite_up / ignoring(pod) suite_up',
      );
      assert.ok(good?.kind === 'answered' && good.samples.length === 2);
      assert.equal(syntax?.kind, 'unknown');
      assert.equal(manyToMany?.kind, 'unknown');
    });

    test('no questions have no answers', async () => {
      assert.equal((await at.metrics.ask([], signal)).size, 0);
    });

    test('rules come with their health, their evaluation and their active alerts', async () => {
      const answer = await at.metrics.rules(signal);
      assert.ok(answer.kind === 'answered');
      const rule = answer.rules.find(({ name }) => name === 'SuiteFires');
      assert.equal(rule?.health, 'ok');
      assert.equal(rule.labels['severity'], 'warning');
      assert.ok(rule.lastEvaluationMs > 0 && rule.intervalMs > 0);
      assert.equal(rule.durationMs, 0);
      assert.deepEqual(rule.alerts.map(({ labels, state }) => `${labels['pod']} ${state}`).toSorted(), [
        'a firing',
        'b firing',
      ]);
      assert.ok(
        rule.alerts.every(({ activeAtMs, labels }) => activeAtMs > 0 && labels['alertname'] === 'SuiteFires'),
      );
    });
  });
}
