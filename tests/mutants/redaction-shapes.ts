import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from '../../src/connectors/redaction.ts';

// Put together here, so that nothing in this file looks like a secret to who searches for some.
const LONG = 'a1B2c3D4'.repeat(5);
const SHAPES: Readonly<Record<string, string>> = {
  'a bearer token': `Bearer ${LONG}`,
  'a JSON Web Token': `eyJ${LONG}.${LONG}.sig`,
  'the password of an address': `amqp://app:${LONG}@queue:5672/`,
  'an AWS key': `AKIA${'ABCD'.repeat(4)}`,
  'a GitHub token': `ghp_${LONG}`,
  'a GitLab token': `glpat-${LONG}`,
  'a Slack token': `xoxb-${LONG}`,
  'a Google key': `AIza${LONG}`,
  'a key in JSON': `{"client_secret":"${LONG}"}`,
  'a key in JSON in JSON': `{\\"client_secret\\":\\"${LONG}\\"}`,
  'an assignment': `DB_PASSWORD=${LONG}`,
  'an option': `--auth-token ${LONG}`,
  'a private key': ['-----BEGIN', 'PRIVATE', `KEY-----\n${LONG}\n-----END`, 'PRIVATE', 'KEY-----'].join(' '),
};

for (const [what, text] of Object.entries(SHAPES)) {
  test(`${what} is cut`, () => {
    const { text: clean, count } = redact(`before ${text} after`);
    assert.ok(!clean.includes(LONG) && !clean.includes('ABCDABCD'), clean);
    assert.equal(count, 1, clean);
    assert.ok(clean.startsWith('before ') && clean.includes('after'), clean);
  });
}
