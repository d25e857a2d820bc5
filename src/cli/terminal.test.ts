import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeTerminal } from './fake-terminal.ts';
import { isColoured } from './terminal.ts';

test('colour is for a person’s terminal, unless it was declined or forced', () => {
  const coloured = (env: Record<string, string>, isWatched: boolean): boolean =>
    isColoured(Object.assign(new FakeTerminal(env), { isWatched }));
  assert.equal(coloured({}, true), true);
  assert.equal(coloured({}, false), false);
  assert.equal(coloured({ NO_COLOR: '1' }, true), false);
  assert.equal(coloured({ TERM: 'dumb' }, true), false);
  assert.equal(coloured({ FORCE_COLOR: '1' }, false), true);
  assert.equal(coloured({ FORCE_COLOR: '1', NO_COLOR: '1' }, false), false);
});
