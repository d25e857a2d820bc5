import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WallClock } from '../../platform/wall-clock.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';

/** Scrapes of one millisecond would share their samples' time: each of the test's comes a second after the last. */
class SteppingClock extends WallClock {
  #aheadMs = 0;

  step(): void {
    this.#aheadMs += 1_000;
  }

  override now(): number {
    return super.now() + this.#aheadMs;
  }
}

describe('the stand-in of Prometheus', () => {
  const clock = new SteppingClock();
  let prometheus: Prometheus;
  let exposition = 'temperature{room="a\\"b\\\\c\\nd"} 41 \n';

  before(async () => {
    prometheus = await startPrometheus({
      clock,
      scrapeIntervalMs: 3_600_000, // the test scrapes itself
      scrape: [{ job: 'house', collect: () => exposition }],
    });
    await prometheus.scrape();
  });
  after(() => prometheus.stop());

  const query = async (
    text: string,
  ): Promise<{ status: number; body: { data?: { result: unknown[] }; errorType?: string } }> => {
    const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(text)}`);
    return { status: answer.status, body: (await answer.json()) as { data?: { result: unknown[] } } };
  };

  test('refuses a function that it does not know, instead of answering with nothing', async () => {
    const { status, body } = await query('holt_winters(temperature[5m], 0.5, 0.5)');
    assert.deepEqual([status, body.errorType], [400, 'bad_data']);
  });

  test('reads escaped label values', async () => {
    const { body } = await query('temperature{room="a\\"b\\\\c\\nd"}');
    assert.equal(body.data?.result.length, 1);
  });

  test('ends series that a scrape no longer brings, and takes a scrape whole or not at all', async () => {
    exposition = 'humidity 7\n';
    clock.step();
    await prometheus.scrape();
    assert.deepEqual((await query('temperature')).body.data?.result, []);
    exposition = 'humidity 8\nnonsense{\n';
    clock.step();
    await prometheus.scrape();
    assert.deepEqual((await query('humidity')).body.data?.result, []);
    assert.equal((await query('up == 0')).body.data?.result.length, 1);
  });

  test('answers from samples that a test appends, up to the lookback of five minutes', async () => {
    const nowMs = clock.now();
    prometheus.append({ __name__: 'old' }, nowMs - 200_000, 1);
    prometheus.append({ __name__: 'older' }, nowMs - 301_000, 1);
    assert.equal((await query('old')).body.data?.result.length, 1);
    assert.deepEqual((await query('older')).body.data?.result, []);
  });

  test('names group and rule where a rule file is wrong', async () => {
    const rules = { groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'up ==' }] }] };
    await assert.rejects(
      startPrometheus({ clock: new WallClock(), rules }),
      /group "g", rule "A": could not parse/,
    );
    const template = {
      groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'up', annotations: { s: '{{ nosuch 1 }}' } }] }],
    };
    await assert.rejects(
      startPrometheus({ clock: new WallClock(), rules: template }),
      /function "nosuch" not defined/,
    );
  });
});
