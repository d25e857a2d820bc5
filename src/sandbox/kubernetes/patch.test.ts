import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonPatch, mergePatch, strategicMergePatch } from './patch.ts';
import { StatusError } from './status-error.ts';

const pod = {
  spec: {
    containers: [
      { name: 'app', image: 'a:1', env: [{ name: 'A', value: '1' }] },
      { name: 'side', image: 's:1' },
    ],
  },
};

test('a merge patch replaces lists whole and removes what is null', () => {
  assert.deepEqual(mergePatch(pod, { spec: { containers: [{ name: 'app' }] } }), {
    spec: { containers: [{ name: 'app' }] },
  });
  assert.deepEqual(mergePatch({ a: 1, b: 2 }, { a: null }), { b: 2 });
});

test('a strategic patch merges containers by name', () => {
  const patched = strategicMergePatch(pod, {
    spec: { containers: [{ name: 'app', image: 'a:2', env: [{ name: 'B', value: '2' }] }] },
  });
  assert.deepEqual(patched, {
    spec: {
      containers: [
        {
          name: 'app',
          image: 'a:2',
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        },
        { name: 'side', image: 's:1' },
      ],
    },
  });
});

test('a strategic patch of a container that is not there adds one', () => {
  const patched = strategicMergePatch(pod, {
    spec: { containers: [{ name: 'ap', image: 'x' }] },
  }) as typeof pod;
  assert.equal(patched.spec.containers.length, 3);
});

test('a strategic patch deletes by directive and keeps the rest', () => {
  const patched = strategicMergePatch(pod, {
    spec: { containers: [{ name: 'side', $patch: 'delete' }] },
  }) as typeof pod;
  assert.deepEqual(
    patched.spec.containers.map((container) => container.name),
    ['app'],
  );
});

test('a JSON patch whose test fails is refused with 422 and changes nothing', () => {
  const before = structuredClone(pod);
  const patch = [
    { op: 'replace', path: '/spec/containers/0/image', value: 'b' },
    { op: 'test', path: '/spec/containers/1/image', value: 'no' },
  ];
  assert.throws(
    () => jsonPatch(pod, patch),
    (error) => error instanceof StatusError && error.code === 422,
  );
  assert.deepEqual(pod, before);
});

test('a JSON patch adds, removes, moves and copies', () => {
  const patch = [
    { op: 'add', path: '/list/-', value: 3 },
    { op: 'remove', path: '/list/0' },
    { op: 'move', from: '/a', path: '/b' },
    { op: 'copy', from: '/list', path: '/again' },
    { op: 'add', path: '/x~1y', value: true },
  ];
  assert.deepEqual(jsonPatch({ list: [1, 2], a: 'v' }, patch), {
    list: [2, 3],
    b: 'v',
    again: [2, 3],
    'x/y': true,
  });
});
