import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OpsError } from '../../ports/ops-error.ts';
import { writtenFrom } from './write-answer.ts';

const CALL = { area: 'kubernetes', line: 'PATCH https://host/x', write: true } as const;

function status(code: number, message: string, more: object = {}) {
  return { status: code, headers: {}, body: JSON.stringify({ kind: 'Status', code, message, ...more }) };
}

const BUDGET = {
  details: {
    causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget web needs 2 healthy pods' }],
  },
};

describe('the answer to a write', () => {
  test('is accepted with the new version', () => {
    const body = JSON.stringify({ kind: 'Scale', metadata: { resourceVersion: '17' } });
    assert.deepEqual(writtenFrom({ status: 200, headers: {}, body }, CALL), {
      kind: 'accepted',
      resourceVersion: '17',
    });
  });

  test('is accepted without one for an eviction', () => {
    assert.deepEqual(writtenFrom(status(201, ''), CALL), { kind: 'accepted', resourceVersion: '' });
  });

  test('is a conflict for 409', () => {
    const written = writtenFrom(status(409, 'the object has been modified'), CALL);
    assert.deepEqual(written, { kind: 'conflict', why: 'the object has been modified' });
  });

  test('is gone only when the server says that this object does not exist', () => {
    const gone = status(404, 'deployments "web" not found', { reason: 'NotFound', details: { name: 'web' } });
    assert.deepEqual(writtenFrom(gone, CALL), { kind: 'gone' });
    for (const body of ['404 page not found', '{"kind":"Status","reason":"NotFound","details":{}}']) {
      assert.throws(() => writtenFrom({ status: 404, headers: {}, body }, CALL), {
        code: 'kubernetes/not-served',
        effect: 'none',
      });
    }
  });

  for (const [what, answer] of [
    ['missing rights and quota', status(403, 'exceeded quota: no-more')],
    ['an invalid object', status(422, 'spec.replicas: Invalid value: -1')],
    ['a denying webhook', status(400, 'admission webhook "x" denied the request: frozen')],
    [
      'a failing webhook',
      status(500, 'Internal error occurred: failed calling webhook "x": connection refused'),
    ],
    ['several disruption budgets', status(500, 'This pod has more than one PodDisruptionBudget, which …')],
    [
      'a disruption budget',
      status(429, "Cannot evict pod as it would violate the pod's disruption budget.", BUDGET),
    ],
  ] as const) {
    test(`is a refusal for ${what}, with the server's words`, () => {
      const written = writtenFrom(answer, CALL);
      assert.ok(written.kind === 'refused' && written.why.length > 5);
    });
  }

  test('tells the words of a disruption budget', () => {
    const written = writtenFrom(status(429, 'Cannot evict pod', BUDGET), CALL);
    assert.ok(written.kind === 'refused');
    assert.match(written.why, /Cannot evict pod The disruption budget web needs 2 healthy pods/);
  });

  test('bounds the words of a refusal and strips what acts on a terminal', () => {
    const written = writtenFrom(status(403, `\u001b[2J${'x'.repeat(9_000)}`), CALL);
    assert.ok(written.kind === 'refused' && written.why.length <= 500 && !written.why.includes('\u001b'));
  });

  for (const [code, effect, wanted] of [
    [401, 'none', 'kubernetes/unauthorized'],
    [429, 'none', 'kubernetes/overloaded'],
    [500, 'unknown', 'kubernetes/overloaded'],
    [503, 'unknown', 'kubernetes/overloaded'],
    [504, 'unknown', 'kubernetes/overloaded'],
  ] as const) {
    test(`is neither yes nor no for ${code}: its effect is ${effect}`, () => {
      assert.throws(
        () => writtenFrom(status(code, 'etcdserver: request timed out'), CALL),
        (error) => {
          assert.ok(error instanceof OpsError);
          assert.equal(error.code, wanted);
          assert.equal(error.effect, effect);
          return true;
        },
      );
    });
  }

  for (const body of ['<html>', '{"kind":"Deployment","meta', '[]', '{"kind":"Deployment"}']) {
    test(`is in doubt when a yes reads ${body}`, () => {
      assert.throws(() => writtenFrom({ status: 200, headers: {}, body }, CALL), {
        code: 'kubernetes/invalid-answer',
        effect: 'unknown',
      });
    });
  }
});
