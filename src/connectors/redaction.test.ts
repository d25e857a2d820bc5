import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact } from './redaction.ts';

const SECRET = 'S3cr3tValue42';

describe('redaction', () => {
  for (const line of [
    `password=${SECRET}`,
    `DB_PASSWORD: ${SECRET}`,
    `"apiKey":"${SECRET}"`,
    `{\\"client_secret\\":\\"${SECRET}\\"}`,
    `--auth-token ${SECRET} --verbose`,
    `Authorization: Bearer ${SECRET}`,
    `GET / authorization: Basic ${SECRET}==`,
    `postgres://app:${SECRET}@db:5432/shop`,
    `connecting with eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx${SECRET}.sig`,
    'AKIAIOSFODNN7EXAMPLE',
    `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${SECRET}`,
    `session_id='${SECRET}'`,
    `https://host/?access_token=${SECRET}&x=1`,
  ]) {
    test(`cuts ${JSON.stringify(line)}`, () => {
      const { text, count } = redact(line);
      assert.ok(!text.includes(SECRET) && !text.includes('AKIA'), text);
      assert.equal(count, 1, text);
    });
  }

  for (const line of [
    'panic: index out of range [5]',
    'GET /tokens/count 200',
    'keyboard=de',
    'the token bucket is empty',
  ]) {
    test(`leaves ${JSON.stringify(line)} alone`, () => {
      assert.deepEqual(redact(line), { text: line, count: 0 });
    });
  }

  test('counts every value and keeps the lines', () => {
    const { text, count } = redact(`a\npassword=${SECRET}\nb token=${SECRET} c`);
    assert.equal(count, 2);
    assert.equal(text, 'a\npassword=[redacted]\nb token=[redacted] c');
  });

  test('redacts no second time what is redacted', () => {
    const once = redact(`password=${SECRET} Authorization: Bearer ${SECRET}`).text;
    assert.equal(redact(once).text, once);
  });

  test('takes hostile lines in its stride: each is cut to a length that every pattern passes quickly', () => {
    const lines = [
      'a.'.repeat(50_000),
      'password'.repeat(10_000),
      'x://'.repeat(10_000),
      '--'.repeat(20_000),
      '"'.repeat(50_000),
    ];
    const { text } = redact(lines.join('\n'));
    assert.ok(text.split('\n').every((line) => line.length <= 4_100));
  });
});
