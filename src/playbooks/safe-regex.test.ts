import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { judgeRegex } from './safe-regex.ts';

describe('regular expressions of matchers', () => {
  const safe = [
    'HighMemoryUsage|ContainerHighMemoryUsage',
    '.*',
    '.+',
    'Kube.*',
    '.*Error.*',
    'shop-[a-z0-9-]+',
    '(High|Low)(Memory|Cpu)?Usage',
    'a{1,3}b',
    '[^\\]]+',
    '\\d{4}',
    '(?:a|b)',
    '(ab){2}',
    '\\.',
    '\\p{L}+',
    '',
  ];
  for (const pattern of safe)
    test(`${pattern || 'nothing'} is accepted`, () =>
      assert.deepEqual(judgeRegex(pattern), { kind: 'safe' }));

  const unsafe: readonly (readonly [string, RegExp])[] = [
    ['(a+)+$', /nested quantifier/],
    ['(a+)+', /nested quantifier/],
    ['(a|a)*', /nested quantifier/],
    ['(a|ab)+x', /nested quantifier/],
    ['(.*)*', /nested quantifier/],
    ['([a-z]+)*', /nested quantifier/],
    ['(a*){2,}', /nested quantifier/],
    ['(x?){50}', /nested quantifier/],
    ['.*a.*b.*c', /very long/],
    ['(.*){3}', /very long/],
    ['a?'.repeat(30) + 'a'.repeat(30), /very long/],
    ['(a|a)'.repeat(30), /very long/],
    ['(.)\\1', /backreferences/],
    ['(?<x>a)', /lookaround/],
    ['(?=a)', /lookaround/],
    ['(?<!a)b', /lookaround/],
    ['(?i)high', /not a regular expression|lookaround/],
    ['\\bword', /word boundaries/],
    ['^a$', /not needed/],
    ['(', /not a regular expression/],
    ['a{', /not a regular expression/],
    ['x'.repeat(2_000), /longer than/],
    ['('.repeat(8) + 'a' + ')'.repeat(8), /nested too deeply/],
  ];
  for (const [pattern, expected] of unsafe) {
    test(`${pattern.slice(0, 30)} is refused with a remedy`, () => {
      const verdict = judgeRegex(pattern);
      assert.equal(verdict.kind, 'unsafe');
      assert.match(verdict.kind === 'unsafe' ? verdict.message : '', expected);
      assert.ok(verdict.kind === 'unsafe' && verdict.remedy.length > 5);
    });
  }

  test('every accepted pattern is a regular expression, and no text makes the judgement throw', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '*',
      '+',
      '?',
      '|',
      '(',
      ')',
      '[',
      ']',
      '{2}',
      '{1,}',
      '\\',
      '\\d',
      '^',
      '$',
      '(?:',
      '\\1',
      '-',
      '\\u{61}',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const pattern = pieces.join('');
        if (judgeRegex(pattern).kind === 'safe')
          assert.doesNotThrow(() => new RegExp(`^(?:${pattern})$`, 'su'));
      }),
    );
  });
});
