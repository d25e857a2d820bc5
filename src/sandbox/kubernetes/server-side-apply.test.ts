import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchPlatform } from '../scratch-platform.ts';
import type { ScratchPlatform } from '../scratch-platform.ts';

const PATH = '/api/v1/namespaces/scratch/configmaps/settings';

function apply(platform: ScratchPlatform, manager: string, data: Record<string, string>, more = '') {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data };
  return platform.send('admin', 'PATCH', `${PATH}?fieldManager=${manager}${more}`, body, {
    'content-type': 'application/apply-patch+yaml',
  });
}

function data(platform: ScratchPlatform): unknown {
  return platform.api.store.get('configmaps', 'scratch', 'settings')?.['data'];
}

test('an apply creates what is not there', () => {
  const platform = scratchPlatform();
  assert.equal(apply(platform, 'one', { a: '1' }).status, 201);
  assert.deepEqual(data(platform), { a: '1' });
});

test("another manager's field with another value is a conflict, named by field and manager", () => {
  const platform = scratchPlatform();
  apply(platform, 'one', { a: '1' });
  const answer = apply(platform, 'two', { a: '2' });
  assert.equal(answer.status, 409);
  const body = answer.body as { message: string; details: { causes: { field: string; reason: string }[] } };
  assert.equal(body.message, 'Apply failed with 1 conflict: conflict with "one" using v1: .data.a');
  assert.equal(body.details.causes[0]?.reason, 'FieldManagerConflict');
  assert.deepEqual(data(platform), { a: '1' });
});

test('force takes the field over, and its former owner no longer has it', () => {
  const platform = scratchPlatform();
  apply(platform, 'one', { a: '1', b: '1' });
  assert.equal(apply(platform, 'two', { a: '2' }, '&force=true').status, 200);
  assert.deepEqual(data(platform), { a: '2', b: '1' });
  apply(platform, 'one', { b: '1' });
  assert.deepEqual(data(platform), { a: '2', b: '1' });
});

test('a field that its only owner leaves out is removed, one that others own stays', () => {
  const platform = scratchPlatform();
  apply(platform, 'one', { a: '1', b: '1' });
  apply(platform, 'two', { b: '1' });
  apply(platform, 'one', {});
  assert.deepEqual(data(platform), { b: '1' });
});

test('a field that an update wrote belongs to the updater until an apply forces it', () => {
  const platform = scratchPlatform();
  apply(platform, 'kustomize-controller', { a: '1' });
  platform.send('admin', 'PATCH', `${PATH}?fieldManager=kubectl-patch`, { data: { a: '9' } });
  assert.equal(apply(platform, 'kustomize-controller', { a: '1' }).status, 409);
  assert.equal(apply(platform, 'kustomize-controller', { a: '1' }, '&force=true').status, 200);
  assert.deepEqual(data(platform), { a: '1' });
});

test('an apply without effect writes nothing', () => {
  const platform = scratchPlatform();
  apply(platform, 'one', { a: '1' });
  const before = platform.api.store.revision;
  platform.clock.advance(500);
  apply(platform, 'one', { a: '1' });
  assert.equal(
    platform.api.store.get('configmaps', 'scratch', 'settings')?.metadata.resourceVersion,
    String(before),
  );
});

test('an apply needs a field manager and carries no managedFields', () => {
  const platform = scratchPlatform();
  assert.equal(apply(platform, '', { a: '1' }).status, 422);
});
