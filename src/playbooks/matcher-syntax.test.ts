import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { readMatchers } from './matcher-syntax.ts';

describe("matchers in Alertmanager's syntax", () => {
  test('several matchers, spaces, braces and bare values are read', () => {
    const expected = [
      { label: 'alertname', op: '=~', value: 'A|B' },
      { label: 'severity', op: '!=', value: 'none' },
    ];
    for (const text of [
      'alertname=~"A|B", severity!="none"',
      '{alertname=~"A|B",severity!="none"}',
      ' { alertname =~ "A|B" , severity != none , } ',
    ]) {
      assert.deepEqual(readMatchers(text), { kind: 'matchers', matchers: expected }, text);
    }
  });

  test('a value that was quoted is read back, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const quoted = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
        assert.deepEqual(readMatchers(`a="${quoted}"`), {
          kind: 'matchers',
          matchers: [{ label: 'a', op: '=', value }],
        });
      }),
    );
  });

  const refused: readonly (readonly [string, RegExp, number])[] = [
    ['alertname', /not a matcher/, 0],
    ['alertname=="x"', /not a matcher/, 0],
    ['alertname="x" severity="y"', /comma is missing/, 14],
    ['alertname="x", 1a="y"', /not a matcher/, 15],
    ['alertname!="x"', /every alert/, 0],
    ['alertname=~".*"', /every alert/, 0],
    ['alertname=""', /every alert/, 0],
    ['', /every alert/, 0],
    ['a="x", alertname=~"(a+)+"', /nested quantifier/, 7],
    ['__proto__', /not a matcher/, 0],
    [Array.from({ length: 40 }, (_, n) => `a${n}="x"`).join(','), /more than 32/, 0],
  ];
  for (const [text, message, offset] of refused) {
    test(`${text.slice(0, 40) || 'nothing'} is refused where it is wrong`, () => {
      const read = readMatchers(text);
      assert.ok(read.kind === 'refused' && read.remedy.length > 10);
      assert.match(read.message, message);
      assert.equal(read.offset, offset);
    });
  }
});
