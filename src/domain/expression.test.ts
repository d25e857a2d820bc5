import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { readExpression } from './expression.ts';

describe('what a query is made of', () => {
  test('metrics, functions and selected values are told apart from grouping and windows', () => {
    const read = readExpression(`
      # up is not read here
      sum by (namespace, pod) (rate(http_requests_total{job="shop", status=~"5.."}[5m] offset 1h))
        / on (namespace) group_left (team) max without (le) (other:rate5m) > bool 1e-3`);
    assert.deepEqual(read.metrics, ['http_requests_total', 'other:rate5m']);
    assert.deepEqual(read.calls, ['sum', 'rate', 'max']);
    assert.deepEqual(read.selectors, [
      { label: 'job', value: 'shop' },
      { label: 'status', value: '5..' },
    ]);
  });

  test('a name that is selected counts as a metric', () => {
    assert.deepEqual(readExpression('count({__name__="pg_settings_port"})').metrics, ['pg_settings_port']);
  });

  test('what a rule leaves out is not what it is about', () => {
    assert.deepEqual(readExpression('up{job!="gitea", env!~"test"}').selectors, []);
  });

  test('braces and words inside a text are only text', () => {
    const read = readExpression(`absent(up{path="/a{b}c", x='it "is"'} == 1)`);
    assert.deepEqual(read.metrics, ['up']);
    assert.deepEqual(read.selectors, [
      { label: 'path', value: '/a{b}c' },
      { label: 'x', value: 'it "is"' },
    ]);
  });

  test('any text is read without an error, and gives a bounded answer', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (text) => {
        const { metrics, calls, selectors } = readExpression(text);
        assert.ok(metrics.length <= 64 && calls.length <= 64 && selectors.length <= 64);
      }),
    );
  });

  for (const part of ['"\\', '{', '[', '(', '\\"', 'a{b="', "'", 'by(', '`'])
    test(`an endless row of ${part} is read in one pass`, () => {
      assert.ok(readExpression(part.repeat(500_000)).metrics.length <= 64);
    });
});
