import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type FakeServer, fakeServer } from '../fake-server.ts';

const FIXTURES = join(import.meta.dirname, '../../../tests/fixtures/alertmanager');
const BODIES = readdirSync(FIXTURES).map((name) => readFileSync(join(FIXTURES, name)));
const GOOD = BODIES[0] ?? Buffer.alloc(0);

/** Bytes that parsers trip over. */
const SPITE = [
  '\0',
  '\u001b[2J',
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  ',',
  ':',
  '1e999',
  '-0',
  'NaN',
  'null',
  '"__proto__":{"polluted":1},',
  '"constructor":{"prototype":{"polluted":1}},',
  '\u202e',
  '\ufeff',
  '//',
  '\r\n',
  '9'.repeat(400),
].map((text) => Buffer.from(text));

const mutation = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'flip', 'repeat', 'truncate'),
  at: fc.nat(2_000),
  length: fc.integer({ min: 1, max: 64 }),
  byte: fc.integer({ min: 0, max: 255 }),
  spite: fc.constantFrom(...SPITE),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(body: Buffer, { kind, at, length, byte, spite }: Mutation): Buffer {
  const place = at % (body.length + 1);
  const [before, after] = [body.subarray(0, place), body.subarray(place)];
  switch (kind) {
    case 'insert':
      return Buffer.concat([before, spite, after]);
    case 'delete':
      return Buffer.concat([before, after.subarray(length)]);
    case 'flip':
      return Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, length), after]);
    default:
      return before;
  }
}

async function post({ server }: FakeServer, payload: Buffer): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  return (await server.app.inject({ method: 'POST', url: '/webhooks/alertmanager', headers, payload }))
    .statusCode;
}

function isJudged(status: number): boolean {
  return status === 202 || status === 400 || status === 413;
}

test('a body that was damaged or made to hurt is taken or refused, never a failure, and the next one is read', async () => {
  await using fake = await fakeServer();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...BODIES),
      fc.array(mutation, { minLength: 1, maxLength: 5 }),
      async (body, mutations) => {
        const status = await post(fake, mutations.reduce(mutate, body));
        assert.ok(isJudged(status), String(status));
      },
    ),
    { numRuns: 400 },
  );
  assert.equal(await post(fake, GOOD), 202);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('bytes that were never JSON are refused, and the next body is read', async () => {
  await using fake = await fakeServer();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
      assert.ok(isJudged(await post(fake, Buffer.from(bytes))));
    }),
    { numRuns: 200 },
  );
  assert.equal(await post(fake, GOOD), 202);
});

test('large hostile bodies are refused in their own thread, and the next one is read', async () => {
  await using fake = await fakeServer();
  const size = 2 * 1024 * 1024;
  const hostile = [
    Buffer.alloc(size, '['),
    Buffer.alloc(size, '{"a":'),
    Buffer.alloc(size, '"'),
    Buffer.alloc(size, '\\'),
    Buffer.alloc(size, 0xff),
    Buffer.alloc(size, 0),
    Buffer.from(`{"version":"4","alerts":[${'0,'.repeat(size / 2)}0]}`),
    Buffer.from(`{"version":"4","alerts":[],"n":${'9'.repeat(size)}}`),
  ];
  const statuses = await Promise.all(hostile.map((body) => post(fake, body)));
  assert.deepEqual(statuses, [413, 413, 400, 400, 400, 400, 413, 202]);
  assert.equal(await post(fake, Buffer.concat([GOOD, Buffer.alloc(size, ' ')])), 202);
});
