import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GUARD_ORDER, GUARDS } from './judge.ts';

test('the guards stand in the order of the design, each under its question', () => {
  const places = Object.entries(GUARD_ORDER).flatMap(([question, names]) =>
    names.map((name) => `${question} ${name}`),
  );
  const found = GUARDS.map(({ question, name }) => places.indexOf(`${question} ${name}`));
  assert.ok(
    found.every((place) => place >= 0),
    'a guard has no place',
  );
  assert.deepEqual(
    found,
    found.toSorted((a, b) => a - b),
  );
});
