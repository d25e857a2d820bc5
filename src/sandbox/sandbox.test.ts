import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';
import { startSandbox } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { SCRATCH } from './scratch-platform.ts';
import { buildScratchWorld } from './world.ts';

const SCALE = '/apis/apps/v1/namespaces/scratch/deployments/web/scale';

function clientFor(sandbox: Sandbox, user: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(sandbox.kubeconfig(user));
  return config;
}

describe('the official client', () => {
  let sandbox: Sandbox;
  let core: CoreV1Api;
  let apps: AppsV1Api;

  before(async () => {
    sandbox = await startSandbox({ world: (platform) => buildScratchWorld(platform, [SCRATCH]) });
    core = clientFor(sandbox, 'admin').makeApiClient(CoreV1Api);
    apps = clientFor(sandbox, 'admin').makeApiClient(AppsV1Api);
  });
  after(() => sandbox.stop());

  test('reads the version, lists pods in pages and reads a log', async () => {
    const version = await clientFor(sandbox, 'observer').makeApiClient(VersionApi).getCode();
    assert.equal(`${version.major}.${version.minor}`, '1.32');
    const page = await core.listNamespacedPod({ namespace: 'scratch', limit: 2, labelSelector: 'app=web' });
    assert.equal(page.items.length, 2);
    assert.ok(page.metadata?._continue);
    const rest = await core.listNamespacedPod({
      namespace: 'scratch',
      limit: 2,
      _continue: page.metadata._continue,
    });
    assert.equal(rest.items.length, 1);
    assert.ok(page.items[0]?.status?.startTime instanceof Date);
    const log = await core.readNamespacedPodLog({
      namespace: 'scratch',
      name: rest.items[0]?.metadata?.name ?? '',
    });
    assert.match(log, /listening on :8080/);
  });

  test('patches in every language', async () => {
    const name = { namespace: 'scratch', name: 'web' };
    const merge = await apps.patchNamespacedDeployment(
      { ...name, body: { metadata: { annotations: { a: '1' } } }, fieldManager: 'oracle' },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    assert.equal(merge.metadata?.annotations?.['a'], '1');
    assert.ok(merge.metadata?.managedFields?.some((entry) => entry.manager === 'oracle'));
    const json = await apps.patchNamespacedDeployment({
      ...name,
      body: [
        { op: 'test', path: '/metadata/annotations/a', value: '1' },
        { op: 'remove', path: '/metadata/annotations/a' },
      ],
    });
    assert.equal(json.metadata?.annotations?.['a'], undefined);
    const strategic = await apps.patchNamespacedDeployment(
      {
        ...name,
        dryRun: 'All',
        body: { spec: { template: { spec: { containers: [{ name: 'app', image: 'x:2' }] } } } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
    assert.equal(strategic.spec?.template.spec?.containers[0]?.image, 'x:2');
  });

  test('scales, watches the new pod come and evicts one', async () => {
    const { metadata } = await core.listNamespacedPod({ namespace: 'scratch' });
    let stop: (() => void) | undefined;
    const added = new Promise<string>((resolve, reject) => {
      const watch = new Watch(clientFor(sandbox, 'observer'));
      watch
        .watch(
          '/api/v1/namespaces/scratch/pods',
          { resourceVersion: metadata?.resourceVersion },
          (type: string, pod: V1Pod) => {
            if (type === 'ADDED') resolve(pod.metadata?.name ?? '');
          },
          () => {},
        )
        .then((controller) => {
          stop = () => controller.abort();
        }, reject);
    });
    const scale = await apps.patchNamespacedDeploymentScale(
      { namespace: 'scratch', name: 'web', body: { spec: { replicas: 4 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    assert.equal(scale.spec?.replicas, 4);
    const name = await added;
    stop?.();
    await sandbox.settled();
    await core.createNamespacedPodEviction({
      namespace: 'scratch',
      name,
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'scratch' } },
    });
    assert.ok((await core.readNamespacedPod({ namespace: 'scratch', name })).metadata?.deletionTimestamp);
  });

  test('gets refusals as the API server gives them', async () => {
    const observer = clientFor(sandbox, 'observer').makeApiClient(AppsV1Api);
    await assert.rejects(
      observer.deleteNamespacedDeployment({ namespace: 'scratch', name: 'web' }),
      (error: { code?: number }) => error.code === 403,
    );
    await assert.rejects(
      apps.readNamespacedDeployment({ namespace: 'scratch', name: 'nothing' }),
      (error: { code?: number }) => error.code === 404,
    );
  });
});

describe('the wire', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ world: (platform) => buildScratchWorld(platform, [SCRATCH]) });
  });
  after(() => sandbox.stop());

  const scaleTo = (replicas: number, manager: string): Promise<Response> =>
    fetch(`${sandbox.kubernetesUrl}${SCALE}?fieldManager=${manager}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${sandbox.token('runova')}`,
        'content-type': 'application/merge-patch+json',
      },
      body: JSON.stringify({ spec: { replicas } }),
    });

  test('a lost answer: the client sees the connection break, the effect is there once', async () => {
    sandbox.break('response-lost', '/scale');
    await assert.rejects(scaleTo(4, 'runova-lost'));
    const effects = sandbox.ledger.effects('runova').filter((entry) => entry.fieldManager === 'runova-lost');
    assert.equal(effects.length, 1);
    assert.equal(sandbox.api.store.get('deployments', 'scratch', 'web')?.spec.replicas, 4);
    assert.equal((await scaleTo(4, 'runova-again')).status, 200);
    sandbox.heal();
  });

  test('503 and 429 as often as asked, and then as before', async () => {
    sandbox.break('api-unavailable', '', { times: 1 });
    assert.equal((await scaleTo(4, 'runova-1')).status, 503);
    sandbox.break('api-overloaded', '/scale', { times: 1, retryAfterSeconds: 3 });
    const busy = await scaleTo(4, 'runova-2');
    assert.equal(busy.status, 429);
    assert.equal(busy.headers.get('retry-after'), '3');
    assert.equal((await scaleTo(4, 'runova-3')).status, 200);
    sandbox.heal();
  });

  test('a slow answer comes after its effect', async () => {
    const happened = new Promise<string>((resolve) => {
      const stop = sandbox.api.store.subscribe(({ storage, object }) => {
        if (
          storage !== 'deployments' ||
          object.metadata.managedFields?.some((entry) => entry.manager === 'runova-late') !== true
        )
          return;
        stop();
        resolve('effect');
      });
    });
    sandbox.break('api-slow', '/scale', { delayMs: 50, after: true, times: 1 });
    const answered = scaleTo(5, 'runova-late').then(() => 'answer');
    assert.equal(await Promise.race([answered, happened]), 'effect');
    assert.equal(await answered, 'answer');
    sandbox.heal();
  });

  test('the control door lists, breaks and heals, and gives the ledger', async () => {
    const get = async (path: string): Promise<Record<string, unknown[]>> =>
      (await fetch(`${sandbox.controlUrl}${path}`)).json() as never;
    const post = (path: string, body: unknown): Promise<Response> =>
      fetch(`${sandbox.controlUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
    assert.equal((await post('/break', { fault: 'memory-pressure', target: 'scratch/web' })).status, 201);
    assert.equal((await get('/faults'))['active']?.length, 1);
    assert.equal((await post('/break', { fault: 'no-such', target: '' })).status, 400);
    assert.equal((await post('/heal', {})).status, 200);
    assert.equal((await get('/faults'))['active']?.length, 0);
    const { writes, effects } = await get('/ledger?user=runova');
    assert.ok((writes?.length ?? 0) >= (effects?.length ?? 0) && (effects?.length ?? 0) > 0);
  });

  test('the exporters answer in the text format, together and one by one', async () => {
    const all = await (await fetch(sandbox.metricsUrl)).text();
    assert.match(
      all,
      /# TYPE http_requests_total counter\nhttp_requests_total\{namespace="scratch",service="web",/,
    );
    const state = await (await fetch(`${sandbox.metricsUrl}/kube-state-metrics`)).text();
    assert.match(state, /kube_deployment_spec_replicas\{namespace="scratch",deployment="web"\} \d/);
    assert.doesNotMatch(state, /container_memory/);
  });
});

test("the demo's world stands: 3 nodes, 41 pods, all of them ready, every shop Deployment with an older revision", async () => {
  const sandbox = await startSandbox();
  try {
    const { store } = sandbox.api;
    assert.equal(store.list('nodes').length, 3);
    assert.equal(store.list('pods').length, 41);
    for (const { metadata } of store.list('deployments', 'shop')) {
      const sets = store
        .list('replicasets', 'shop')
        .filter((set) => set.metadata.ownerReferences?.[0]?.name === metadata.name);
      assert.ok(sets.length > 1, metadata.name);
    }
  } finally {
    await sandbox.stop();
  }
});
