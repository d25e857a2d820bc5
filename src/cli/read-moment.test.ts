import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMoment } from './read-moment.ts';

// 02:20 in Berlin.
const NIGHT = { now: () => Date.UTC(2026, 10, 3, 1, 20), timeZone: 'Europe/Berlin' };

test('a time of day is the next one of the person’s clock', () => {
  assert.equal(readMoment('08:00', NIGHT), '2026-11-03T07:00:00.000Z');
  assert.equal(readMoment('2:20', NIGHT), '2026-11-04T01:20:00.000Z');
  assert.equal(readMoment('02:21', NIGHT), '2026-11-03T01:21:00.000Z');
});

test('a time of day is right on the days on which the clock is changed', () => {
  const evening = { now: () => Date.UTC(2026, 9, 24, 20), timeZone: 'Europe/Berlin' };
  assert.equal(readMoment('08:00', evening), '2026-10-25T07:00:00.000Z');
});

test('a duration counts from now, a date and time is itself', () => {
  assert.equal(readMoment('2h', NIGHT), '2026-11-03T03:20:00.000Z');
  assert.equal(readMoment('2026-11-03T08:00:00+01:00', NIGHT), '2026-11-03T07:00:00.000Z');
});

test('what has passed, has no zone or is no time is nothing', () => {
  for (const text of ['2020-01-01T00:00:00Z', '2026-11-03T08:00:00', '25:00', 'tomorrow', '', '8']) {
    assert.equal(readMoment(text, NIGHT), undefined, text);
  }
});
