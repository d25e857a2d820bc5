import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WallClock } from './wall-clock.ts';

describe('the wall clock', () => {
  test('wakes no sooner than asked, once', async () => {
    const clock = new WallClock();
    const startMs = clock.monotonic();
    await new Promise<void>((resolve) => {
      clock.after(20, resolve);
    });
    assert.ok(clock.monotonic() - startMs >= 20);
  });

  test('does not wake after it was cancelled, and cancelling twice is nothing', async () => {
    const clock = new WallClock();
    let woken = false;
    const cancel = clock.after(1, () => (woken = true));
    cancel();
    cancel();
    await new Promise<void>((resolve) => {
      clock.after(10, resolve);
    });
    assert.equal(woken, false);
  });

  test('keeps a delay that is longer than Node’s timers can be', async () => {
    const clock = new WallClock();
    let woken = false;
    const cancel = clock.after(2 ** 40, () => (woken = true));
    await new Promise<void>((resolve) => clock.after(5, resolve));
    assert.equal(woken, false);
    cancel();
  });
});
