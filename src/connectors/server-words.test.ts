import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serverWords, shown } from './server-words.ts';

describe('the words of a server', () => {
  for (const [body, wanted] of [
    ['{"kind":"Status","message":"exceeded quota"}', 'exceeded quota'],
    ['{"status":"error","error":"parse error"}', 'parse error'],
    ['"bad matcher"', 'bad matcher'],
    ['plain text\n', 'plain text'],
    ['  <html><body>login</body></html>', '(an HTML page)'],
    ['', '(no words)'],
    ['{"message":42}', '(JSON without a message)'],
    ['{"message":"cut o', '{"message":"cut o'],
  ] as const) {
    test(`of ${JSON.stringify(body)} are ${JSON.stringify(wanted)}`, () => {
      assert.equal(serverWords(body), wanted);
    });
  }

  test('are one bounded line without characters that act on a terminal', () => {
    assert.equal(shown('a\u001b[31mred\u0007\r\nb\u202ec\u2028d'), 'a [31mred b c d');
    assert.equal(shown('x'.repeat(9_000)).length, 500);
    assert.ok(shown('x'.repeat(9_000)).endsWith('…'));
  });
});
