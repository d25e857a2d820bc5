import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualClock } from './fakes/virtual-clock.ts';

describe('the virtual clock', () => {
  test('wakes timers in the order of their time, then of asking, each at its own moment', () => {
    const clock = new VirtualClock(1_000, 'asked');
    const woken: string[] = [];
    const wake = (name: string) => () => woken.push(`${name} at ${clock.now()}`);
    clock.after(20, wake('late'));
    clock.after(10, wake('first'));
    clock.after(10, wake('second'));
    clock.after(10, wake('cancelled'))();
    clock.advance(15);
    assert.deepEqual(woken, ['first at 1010', 'second at 1010']);
    assert.equal(clock.now(), 1_015);
    assert.deepEqual(
      clock.pending.map(({ dueMs }) => dueMs),
      [20],
    );
  });

  test('a timer that a timer asks for wakes in the same advance when it is due', () => {
    const clock = new VirtualClock(0, 'asked');
    const woken: number[] = [];
    clock.after(1, () => clock.after(1, () => woken.push(clock.monotonic())));
    clock.advance(5);
    assert.deepEqual(woken, [2]);
  });

  test('runNext ends the turn before it lets time pass, and says when there is nothing left', () => {
    const clock = new VirtualClock(0, 'asked');
    const done: string[] = [];
    clock.after(5, () => done.push('timer'));
    clock.turn(() => done.push('turn'));
    assert.equal(clock.turnPending, true);
    assert.deepEqual([clock.runNext(), clock.runNext(), clock.runNext()], [true, true, false]);
    assert.deepEqual(done, ['turn', 'timer']);
    assert.equal(clock.monotonic(), 5);
  });

  test('what asks for a turn during a turn gets the next one', () => {
    const clock = new VirtualClock(0, 'asked');
    const done: string[] = [];
    clock.turn(() => {
      clock.turn(() => done.push('inner'));
      done.push('outer');
    });
    clock.runTurn();
    assert.deepEqual(done, ['outer']);
    clock.runTurn();
    assert.deepEqual(done, ['outer', 'inner']);
  });

  test('turns end by themselves where nobody decides, after what is asked for together', async () => {
    const clock = new VirtualClock();
    const done: string[] = [];
    await new Promise<void>((ended) => {
      clock.turn(() => done.push('turn'));
      clock.turn(ended);
      done.push('asked');
    });
    assert.deepEqual(done, ['asked', 'turn']);
  });

  test('a step of the wall clock moves no timer and no duration', () => {
    const clock = new VirtualClock(10_000, 'asked');
    let woken = false;
    clock.after(10, () => (woken = true));
    clock.stepWall(-5_000);
    clock.advance(9);
    assert.equal(woken, false);
    assert.equal(clock.now(), 5_009);
    assert.equal(clock.monotonic(), 9);
  });
});
