import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJsonLog } from './json-log.ts';
import { Lifecycle } from './lifecycle.ts';
import { WallClock } from './wall-clock.ts';

function lifecycle(): { readonly life: Lifecycle; readonly lines: string[] } {
  const lines: string[] = [];
  const log = createJsonLog('debug', { write: (line) => void lines.push(line) });
  return { life: new Lifecycle(new WallClock(), log), lines };
}

describe('stopping', () => {
  test('goes the other way round, one after the other', async () => {
    const { life } = lifecycle();
    const order: string[] = [];
    for (const name of ['store', 'worker', 'server']) {
      life.onStop(name, async () => {
        await Promise.resolve();
        order.push(name);
      });
    }
    const ends = await life.stop(1_000);
    assert.deepEqual(order, ['server', 'worker', 'store']);
    assert.deepEqual([...ends.values()], ['stopped', 'stopped', 'stopped']);
  });

  test('goes on past what fails and past what is late, and names both', async () => {
    const { life, lines } = lifecycle();
    let stopped = false;
    life.onStop('store', () => void (stopped = true));
    life.onStop('stuck', () => new Promise(() => {}));
    life.onStop('broken', () => Promise.reject(new Error('no')));
    const ends = await life.stop(20);
    assert.deepEqual(Object.fromEntries(ends), { broken: 'failed', stuck: 'late', store: 'stopped' });
    assert.equal(stopped, true);
    assert.match(lines.join(''), /"stop failed"[\s\S]*"stop is late"/);
  });

  test('happens once, however often it is asked for', async () => {
    const { life } = lifecycle();
    let times = 0;
    life.onStop('once', () => void (times += 1));
    await Promise.all([life.stop(100), life.stop(100)]);
    assert.equal(times, 1);
  });
});
