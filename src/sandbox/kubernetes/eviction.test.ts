import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchPlatform, SCRATCH } from '../scratch-platform.ts';
import type { ScratchPlatform } from '../scratch-platform.ts';

const PDBS = '/apis/policy/v1/namespaces/scratch/poddisruptionbudgets';

function evict(platform: ScratchPlatform, pod: string, deleteOptions: object = {}) {
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod, namespace: 'scratch' },
    deleteOptions,
  };
  return platform.send('runova', 'POST', `/api/v1/namespaces/scratch/pods/${pod}/eviction`, body);
}

function names(platform: ScratchPlatform): string[] {
  return platform.api.store.list('pods', 'scratch').map((pod) => pod.metadata.name);
}

test('an eviction within the budget deletes the pod, and the next one that would break it is answered 429', () => {
  const platform = scratchPlatform([{ ...SCRATCH, budget: true }]);
  const [first = '', second = ''] = names(platform);
  assert.equal(evict(platform, first).status, 201);
  assert.ok(platform.api.store.get('pods', 'scratch', first)?.metadata.deletionTimestamp);
  const refused = evict(platform, second);
  assert.equal(refused.status, 429);
  const body = refused.body as {
    reason: string;
    message: string;
    details: { causes: { reason: string; message: string }[] };
  };
  assert.equal(body.reason, 'TooManyRequests');
  assert.equal(body.message, "Cannot evict pod as it would violate the pod's disruption budget.");
  assert.equal(body.details.causes[0]?.reason, 'DisruptionBudget');
  platform.settle();
  assert.ok(!names(platform).includes(first));
  assert.equal(names(platform).length, 3);
});

test('a pod with two budgets cannot be evicted: 500', () => {
  const platform = scratchPlatform([{ ...SCRATCH, budget: true }]);
  const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } };
  platform.send('admin', 'POST', PDBS, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'second' },
    spec,
  });
  platform.clock.advance(1000);
  const answer = evict(platform, names(platform)[0] ?? '');
  assert.equal(answer.status, 500);
  assert.match((answer.body as { message: string }).message, /more than one PodDisruptionBudget/);
});

test('an eviction with another uid is answered 409 and evicts nobody', () => {
  const platform = scratchPlatform();
  const [name = ''] = names(platform);
  assert.equal(evict(platform, name, { preconditions: { uid: 'the-one-before' } }).status, 409);
  assert.equal(platform.api.store.get('pods', 'scratch', name)?.metadata.deletionTimestamp, undefined);
});

test('a dry run of an eviction asks the budget and evicts nobody', () => {
  const platform = scratchPlatform([{ ...SCRATCH, replicas: 1, budget: false }]);
  const [name = ''] = names(platform);
  assert.equal(evict(platform, name, { dryRun: ['All'] }).status, 201);
  assert.equal(platform.api.store.get('pods', 'scratch', name)?.metadata.deletionTimestamp, undefined);
});

test('without a budget an eviction is always allowed', () => {
  const platform = scratchPlatform();
  for (const name of names(platform)) assert.equal(evict(platform, name).status, 201);
});

test('a budget that its controller has not looked at yet refuses with 429 and a time to wait', () => {
  const platform = scratchPlatform();
  const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } } };
  platform.send('admin', 'POST', PDBS, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'fresh' },
    spec,
  });
  const answer = evict(platform, names(platform)[0] ?? '');
  assert.equal(answer.status, 429);
  assert.equal(answer.headers['retry-after'], '10');
});
