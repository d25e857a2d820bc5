import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { formatProblem } from './problem.ts';
import { FILE_BYTES_MAX, parseYaml } from './yaml-document.ts';

function refusal(text: string): string {
  const parsed = parseYaml('file.yaml', text);
  return parsed.kind === 'invalid' ? parsed.problems.map(formatProblem).join('\n') : 'parsed';
}

const lines = (line: string): string => Array.from({ length: 60 }, () => line).join('\n');
const LETTERS = 'bcdefghi'.split('');
const BOMB = [
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...LETTERS.map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
].join('\n');

describe('reading YAML that somebody wrote', () => {
  test('a problem names line and column, shows the line, points at it and says what to do', () => {
    assert.equal(
      refusal('kind: Playbook\nspec:\n  rank: 1\n  rank: 2\n'),
      [
        'file.yaml:4:3: "rank" is written twice',
        '    4 |   rank: 2',
        '      |   ^',
        'hint: keep one of the two',
      ].join('\n'),
    );
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['an alias bomb', BOMB, /alias \*a is not read/],
    ['a single alias', 'a: &x 1\nb: *x', /alias \*x/],
    ['an alias of itself', '&a [*a]', /alias \*a/],
    ['a file above 256 KiB', `a: ${'é\n\n'.repeat(FILE_BYTES_MAX / 4)}`, /larger than 256 KiB/],
    ['a line that nobody wrote by hand', `a: ${'x'.repeat(5_000)}`, /line 1 is longer/],
    ['brackets without end', lines('['.repeat(4_000)), /nested too deeply/],
    [
      'maps without end',
      Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      /nested too deeply/,
    ],
    ['anchors without end', lines('&a '.repeat(1_300)), /one anchor/],
    ['quotes without end', lines('"'.repeat(4_000)), /unexpected/],
    ['__proto__ as a field', 'a:\n  __proto__: { polluted: 1 }', /"__proto__" cannot be a field name/],
    ['constructor as a field', '{ constructor: { prototype: 1 } }', /"constructor" cannot be/],
    ['two documents', 'a: 1\n---\na: 2', /a file of its own/],
    ['a tag of a program', 'a: !!js/function "x"', /leave the tag/],
    ['a tab as indentation', 'a:\n\tb: 1', /hint: /],
    ['a list as a field name', '? [1, 2]\n: 3', /field name is plain text/],
    ['an open quote', 'a: "x', /hint: /],
  ];
  for (const [name, text, expected] of refused) {
    test(`${name} is refused`, () => assert.match(refusal(text), expected));
  }

  test('a bomb is not built in memory', () => {
    const before = process.memoryUsage().heapUsed;
    refusal(BOMB);
    assert.ok(process.memoryUsage().heapUsed - before < 50_000_000);
  });

  test('hostile names leave no trace in other objects', () => {
    refusal('__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }');
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  test('a secret in the wrong place is not repeated', () => {
    const shown = refusal(
      'token: hunter2\n"apiToken": "hunter2"\nurl: http://user:hunter2@host\ntokenFile: hunter2\ntoken: hunter2\napiToken: hunter2\nurl: http://user:hunter2@host\ntokenFile: hunter2\n',
    );
    assert.doesNotMatch(shown, /hunter2/);
    assert.match(shown, /"token" is written twice/);
  });

  test('control characters of a file do not reach the terminal', () => {
    assert.doesNotMatch(refusal('a: "\u001b[31m"\na: "\u202e"'), /\p{Cf}|\p{Cc}(?<!\n)/u);
  });

  test('no text makes it throw', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      ' ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '!',
      '"',
      "'",
      '|',
      '>',
      '#',
      '?',
      '%',
      '---',
      '<<',
      ',',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) =>
        ['parsed', 'invalid'].includes(parseYaml('f', pieces.join('')).kind),
      ),
    );
  });
});
