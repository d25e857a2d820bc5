import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { z } from 'zod';
import { PlaybookShelf, type ShelfChange } from './playbook-shelf.ts';

const SHIPPED = join(import.meta.dirname, '..', '..');
const ACTIONS = Object.fromEntries(
  ['scale', 'rollout-restart', 'restart-pod', 'roll-back'].map((name) => [
    name,
    {
      name,
      parameters: name === 'scale' ? z.strictObject({ add: z.int(), max: z.int() }) : z.strictObject({}),
    },
  ]),
);

/** Wakes only when the test says so. */
class HandClock {
  wakes: (() => void)[] = [];
  after(_: number, wake: () => void): () => void {
    this.wakes.push(wake);
    return () => {
      this.wakes = this.wakes.filter((one) => one !== wake);
    };
  }
  tick(): void {
    const due = this.wakes;
    this.wakes = [];
    for (const wake of due) wake();
  }
}

async function openShelf(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'runova-shelf-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const text = (await readFile(join(SHIPPED, 'playbooks', 'high-error-rate.yaml'), 'utf8'))
    .replace('name: high-error-rate', 'name: mine')
    .replace('"HighErrorRate"', '"MyErrors"');
  const file = join(folder, 'mine.yaml');
  await writeFile(file, text);
  const clock = new HandClock();
  const opened = await PlaybookShelf.open({ shipped: SHIPPED, extra: [folder], actions: ACTIONS, clock });
  assert.ok(opened.kind === 'open');
  t.after(() => opened.shelf.close());
  const changed = (): Promise<ShelfChange> =>
    new Promise((resolve) => {
      const stop = opened.shelf.onChange((change) => {
        stop();
        resolve(change);
      });
    });
  return { shelf: opened.shelf, clock, file, text, changed };
}

const names = (shelf: PlaybookShelf): readonly string[] => shelf.current().map(({ name }) => name);

describe('the shelf of playbooks', () => {
  test('takes a changed file up at the next look', async (t) => {
    const { shelf, clock, file, text, changed } = await openShelf(t);
    const before = shelf.current().find(({ name }) => name === 'mine')?.version;
    await writeFile(file, text.replace('hold: 10m', 'hold: 12m'));
    const change = changed();
    clock.tick();
    assert.equal((await change).kind, 'replaced');
    const after = shelf.current().find(({ name }) => name === 'mine');
    assert.equal(after?.verify.holdMs, 720_000);
    assert.notEqual(after?.version, before);
  });

  test('keeps the last good set while a file is bad, says so, and recovers', async (t) => {
    const { shelf, clock, file, text, changed } = await openShelf(t);
    const good = shelf.current();
    await writeFile(file, text.replace('hold:', 'hodl:'));
    const kept = changed();
    clock.tick();
    assert.equal((await kept).kind, 'kept');
    assert.equal(shelf.current(), good);
    assert.match(shelf.problems()[0]?.message ?? '', /unknown field "hodl", did you mean "hold"/);
    await writeFile(file, text);
    await shelf.look();
    assert.deepEqual(shelf.problems(), []);
    assert.deepEqual(
      names(shelf),
      good.map(({ name }) => name),
    );
  });

  test('lets a playbook go whose file is gone', async (t) => {
    const { shelf, file } = await openShelf(t);
    assert.ok(names(shelf).includes('mine'));
    await unlink(file);
    await shelf.look();
    assert.ok(!names(shelf).includes('mine'));
  });

  test('says nothing while nothing changes, and looks on', async (t) => {
    const { shelf, clock } = await openShelf(t);
    shelf.onChange(() => assert.fail('nothing changed'));
    clock.tick();
    await shelf.look();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(clock.wakes.length, 1);
  });

  test('looks no more once it is closed', async (t) => {
    const { shelf, clock } = await openShelf(t);
    shelf.close();
    assert.equal(clock.wakes.length, 0);
  });

  test('is not opened on a bad set', async (t) => {
    const { file, clock } = await openShelf(t);
    await writeFile(file, 'kind: Playbook');
    const opened = await PlaybookShelf.open({ extra: [join(file, '..')], actions: ACTIONS, clock });
    assert.equal(opened.kind, 'invalid');
  });
});
