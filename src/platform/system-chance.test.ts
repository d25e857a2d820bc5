import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemChance } from './system-chance.ts';

test('ids are UUIDs of version 7, differ, and sort by their time', () => {
  const chance = new SystemChance();
  const at = Date.UTC(2026, 10, 3);
  const ids = Array.from({ length: 1_000 }, (_, ms) => chance.uuid(at + ms));
  for (const id of ids)
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(Array.from({ length: 1_000 }, () => chance.uuid(at))).size, 1_000);
  assert.equal(Number.parseInt((ids[0] ?? '').replace('-', '').slice(0, 12), 16), at);
});
