import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { WEBHOOK_LIMITS, alertmanagerWebhook } from '../../contract/alertmanager-webhook.ts';
import { nestsDeeperThan } from './json-depth.ts';
import { type BodyRead, type BodyRefused, readWebhook } from './read-webhook.ts';

const FIXTURES = join(import.meta.dirname, '../../../tests/fixtures/alertmanager');
const BODIES = readdirSync(FIXTURES).map((name) => readFileSync(join(FIXTURES, name)));

type Json = Record<string, unknown>;

const ALERT: Json = {
  status: 'firing',
  labels: { alertname: 'A' },
  annotations: {},
  startsAt: '2026-11-23T08:05:06.451757382Z',
  endsAt: '0001-01-01T00:00:00Z',
  fingerprint: '81fb1270249dfa2f',
};

function read(body: unknown): BodyRead | BodyRefused {
  return readWebhook(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
}

function withAlert(change: Json): Json {
  return { version: '4', alerts: [{ ...ALERT, ...change }] };
}

function startsAtMs(startsAt: string): number | undefined {
  const answer = read(withAlert({ startsAt }));
  return answer.kind === 'read' ? answer.notices[0]?.alert.startsAtMs : undefined;
}

describe('reading a webhook', () => {
  test('takes each alert by its own status, whatever the group’s is', () => {
    const answer = read({
      version: '4',
      status: 'firing',
      alerts: [ALERT, { ...ALERT, status: 'resolved' }],
    });
    assert.deepEqual(answer.kind === 'read' && answer.notices.map(({ status }) => status), [
      'firing',
      'resolved',
    ]);
  });

  test('reads times of any precision, zone and year into milliseconds, and refuses what is none', () => {
    assert.equal(startsAtMs('2026-11-23T08:05:06.451757382Z'), Date.UTC(2026, 10, 23, 8, 5, 6, 451));
    assert.equal(startsAtMs('2026-11-23T09:05:06.451+01:00'), Date.UTC(2026, 10, 23, 8, 5, 6, 451));
    assert.equal(startsAtMs('0001-01-01T00:00:00Z'), -62_135_596_800_000);
    assert.equal(startsAtMs('9999-12-31T23:59:59Z'), 253_402_300_799_000);
    assert.equal(startsAtMs('-000001-01-01T00:00:00Z'), -62_198_755_200_000);
    for (const text of [
      '',
      'yesterday',
      '2026-11-23T08:05:06',
      '2026-13-01T00:00:00Z',
      '+999999-01-01T00:00:00Z',
      '1763885106',
    ]) {
      assert.equal(startsAtMs(text), undefined, text);
    }
  });

  test('the same moment written with nanoseconds and with milliseconds is the same episode', () => {
    const [long, short] = ['2026-11-23T08:05:06.451757382Z', '2026-11-23T08:05:06.451Z'].map((startsAt) =>
      read(withAlert({ startsAt })),
    );
    assert.ok(long?.kind === 'read' && short?.kind === 'read');
    assert.equal(long.notices[0]?.alert.key, short.notices[0]?.alert.key);
  });

  test('labels with the names of a prototype are labels and reach no prototype', () => {
    const labels = '{"__proto__":"a","constructor":"b","toString":"c","alertname":"A"}';
    const answer = read(
      `{"version":"4","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"alerts":[${JSON.stringify(ALERT).replace('{"alertname":"A"}', labels)}]}`,
    );
    assert.ok(answer.kind === 'read');
    const read1 = answer.notices[0]?.alert.labels ?? {};
    assert.deepEqual(Object.entries(read1), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
      ['alertname', 'A'],
    ]);
    assert.equal(read1['hasOwnProperty'], undefined);
    assert.equal(({} as Json)['polluted'], undefined);
  });

  test('text that no store can keep is replaced, all other text is kept as it is', () => {
    const labels = String.raw`{"a\u0000b":"x\u0000y","half":"\ud800","smile":"\ud83d\ude00 <&>"}`;
    const answer = read(
      `{"version":"4","alerts":[${JSON.stringify(ALERT).replace('{"alertname":"A"}', labels)}]}`,
    );
    assert.ok(answer.kind === 'read');
    assert.deepEqual(
      { ...answer.notices[0]?.alert.labels },
      { 'a\ufffdb': 'x\ufffdy', half: '\ufffd', smile: '😀 <&>' },
    );
  });

  test('accepts fields that it does not know, and annotations that are missing', () => {
    assert.equal(
      read({ ...withAlert({ annotations: undefined, isNew: { deep: [1] } }), notification_reason: 'repeat' })
        .kind,
      'read',
    );
    assert.equal(read({ version: '4', alerts: [] }).kind, 'read');
  });

  test('refuses as a whole what exceeds a limit, and says which limit', () => {
    const many = Object.fromEntries(
      Array.from({ length: WEBHOOK_LIMITS.labels + 1 }, (_, at) => [`l${at}`, 'x']),
    );
    const cases: [Json, RegExp][] = [
      [{ labels: many }, /\$\.alerts\[0\]\.labels has 65 entries, the limit is 64/],
      [{ annotations: many }, /\$\.alerts\[0\]\.annotations has 65 entries/],
      [
        { labels: { a: 'x'.repeat(WEBHOOK_LIMITS.labelValueLength + 1) } },
        /labels\["a"\] has 8193 characters, the limit is 8192/,
      ],
      [{ labels: { ['n'.repeat(1_025)]: 'x' } }, /a name of 1025 characters, the limit is 1024/],
    ];
    for (const [change, why] of cases) {
      const answer = read({ version: '4', alerts: [ALERT, { ...ALERT, ...change }].toReversed() });
      assert.ok(answer.kind === 'refused');
      assert.equal(answer.reason, 'too-large');
      assert.match(answer.why, why);
    }
  });

  test('nesting is counted outside of strings only', () => {
    assert.equal(nestsDeeperThan(2, Buffer.from('[[["deep"]]]')), true);
    assert.equal(
      nestsDeeperThan(
        2,
        Buffer.from('{"a":["[[[[{{{{", "\\"[[[[", "\\\\"], "b":[[]]}'.replace('[[]]', '[]')),
      ),
      false,
    );
    assert.equal(nestsDeeperThan(2, Buffer.from('["unfinished [[[[')), false);
  });

  test('never quotes more of the body than a few words', () => {
    const answer = read({ version: 'x'.repeat(5_000), alerts: [] });
    assert.ok(answer.kind === 'refused' && answer.why.length < 120);
  });
});

describe('the reader and the documented schema', () => {
  const strange: fc.Arbitrary<unknown> = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('4', 'firing', 'resolved', '81fb1270249dfa2f', '2026-11-23T08:05:06Z', {}, [], null, {
      a: 'b',
    }),
  );

  test('agree on every body that Alertmanager sent', () => {
    for (const body of BODIES) {
      assert.equal(readWebhook(body).kind, 'read');
      assert.equal(alertmanagerWebhook.safeParse(JSON.parse(body.toString())).success, true);
    }
  });

  test('agree on bodies in which anything was put anywhere', () => {
    fc.assert(
      fc.property(fc.constantFrom(...BODIES), fc.nat(), strange, (body, place, value) => {
        const changed = replaceNode(JSON.parse(body.toString()), place, value);
        const byHand = readWebhook(Buffer.from(JSON.stringify(changed))).kind === 'read';
        assert.equal(byHand, alertmanagerWebhook.safeParse(changed).success, JSON.stringify(changed));
      }),
      { numRuns: 1_000 },
    );
  });

  test('agree on labels at and above every limit', () => {
    const { labels, nameLength, labelValueLength, annotationValueLength } = WEBHOOK_LIMITS;
    const words = (count: number, name: number, value: number): Json =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`${at}`.padEnd(name, 'n'), 'v'.repeat(value)]),
      );
    for (const over of [0, 1]) {
      for (const change of [
        { labels: words(labels + over, 3, 1) },
        { labels: words(1, nameLength + over, 1) },
        { labels: words(1, 3, labelValueLength + over) },
        { annotations: words(1, 3, annotationValueLength + over) },
      ]) {
        const body = withAlert(change);
        assert.equal(read(body).kind, over === 0 ? 'read' : 'refused');
        assert.equal(alertmanagerWebhook.safeParse(body).success, over === 0);
      }
    }
  });
});

/** A copy in which the node at this place (counted through the whole document) is another value. */
function replaceNode(document: unknown, place: number, value: unknown): unknown {
  let left = place % countNodes(document);
  const walk = (node: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, walk(child)]));
  };
  return walk(document);
}

function countNodes(node: unknown): number {
  const children: readonly unknown[] = typeof node === 'object' && node !== null ? Object.values(node) : [];
  return children.reduce<number>((sum, child) => sum + countNodes(child), 1);
}
