import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scratchPlatform, SCRATCH } from '../../scratch-platform.ts';
import type { ScratchPlatform } from '../../scratch-platform.ts';
import { conditionOf } from '../objects.ts';
import type { Deployment, ReplicaSet } from '../objects.ts';
import { ownTemplate, REVISION, REVISION_HISTORY, revisionOf } from './revision.ts';

const WEB = '/apis/apps/v1/namespaces/scratch/deployments/web';
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };

function web(platform: ScratchPlatform): Deployment {
  const found = platform.api.store.get('deployments', 'scratch', 'web');
  assert.ok(found);
  return found;
}

function sets(platform: ScratchPlatform): ReplicaSet[] {
  return platform.api.store
    .list('replicasets', 'scratch')
    .toSorted((left, right) => revisionOf(left) - revisionOf(right));
}

function setImage(platform: ScratchPlatform, image: string): void {
  platform.send(
    'admin',
    'PATCH',
    WEB,
    { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } },
    STRATEGIC,
  );
}

describe('rollouts', () => {
  test('a new template makes a new ReplicaSet with the next revision, and never takes more pods away than allowed', () => {
    const platform = scratchPlatform();
    let fewest = Infinity;
    const stop = platform.api.store.subscribe(() => {
      fewest = Math.min(fewest, platform.applications.serving(platform.applications.all()[0]!).length);
    });
    setImage(platform, 'registry.example/scratch/web:1.2.0');
    platform.clock.advance(1000);
    platform.settle();
    stop();
    assert.equal(web(platform).metadata.annotations?.[REVISION], '3');
    assert.deepEqual(
      sets(platform).map((set) => [revisionOf(set), set.spec.replicas]),
      [
        [1, 0],
        [2, 0],
        [3, 3],
      ],
    );
    assert.equal(fewest, 3);
    assert.equal(
      conditionOf(web(platform).status.conditions, 'Progressing')?.reason,
      'NewReplicaSetAvailable',
    );
  });

  test("the Deployment's annotations are copied to its ReplicaSet, those of its template are not on it", () => {
    const platform = scratchPlatform();
    platform.send(
      'admin',
      'PATCH',
      WEB,
      {
        metadata: { annotations: { team: 'shop', 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
        spec: { template: { metadata: { annotations: { 'runova.dev/operation': '3.1' } } } },
      },
      STRATEGIC,
    );
    platform.clock.advance(1000);
    platform.settle();
    const current = sets(platform).at(-1);
    assert.equal(current?.metadata.annotations?.['team'], 'shop');
    assert.equal(
      current?.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'],
      undefined,
    );
    assert.equal(current?.metadata.annotations?.['runova.dev/operation'], undefined);
    assert.equal(current?.spec.template.metadata?.annotations?.['runova.dev/operation'], '3.1');
  });

  test('a return to an older template takes its ReplicaSet again and moves its revision up', () => {
    const platform = scratchPlatform();
    const [first] = sets(platform);
    assert.ok(first);
    platform.send(
      'admin',
      'PATCH',
      WEB,
      [{ op: 'replace', path: '/spec/template', value: ownTemplate(first) }],
      { 'content-type': 'application/json-patch+json' },
    );
    platform.clock.advance(1000);
    platform.settle();
    assert.equal(sets(platform).length, 2);
    const last = sets(platform).at(-1);
    assert.equal(last?.metadata.uid, first.metadata.uid);
    assert.equal(last?.metadata.annotations?.[REVISION], '3');
    assert.equal(last?.metadata.annotations?.[REVISION_HISTORY], '1');
    assert.equal(last?.spec.replicas, 3);
  });

  test('a template with nulls in it, as kubectl sends it, is the same template', () => {
    const platform = scratchPlatform();
    const [first] = sets(platform);
    assert.ok(first);
    const template = {
      ...ownTemplate(first),
      metadata: { ...ownTemplate(first).metadata, creationTimestamp: null },
    };
    platform.send('admin', 'PATCH', WEB, [{ op: 'replace', path: '/spec/template', value: template }], {
      'content-type': 'application/json-patch+json',
    });
    platform.clock.advance(60_000);
    assert.equal(sets(platform).length, 2);
  });

  test('Recreate takes every old pod away before the first new one comes', () => {
    const platform = scratchPlatform([{ ...SCRATCH, strategy: 'Recreate' }]);
    let mixed = false;
    platform.api.store.subscribe(() => {
      const images = new Set(
        platform.api.store.list('pods', 'scratch').map((pod) => pod.spec.containers[0]?.image),
      );
      mixed ||=
        images.size > 1 &&
        platform.api.store
          .list('pods', 'scratch')
          .some(
            (pod) =>
              pod.metadata.deletionTimestamp === undefined && pod.spec.containers[0]?.image.endsWith('1.1.0'),
          );
    });
    setImage(platform, 'registry.example/scratch/web:1.2.0');
    platform.clock.advance(1000);
    platform.settle();
    assert.equal(mixed, false);
    assert.ok(
      platform.api.store
        .list('pods', 'scratch')
        .every((pod) => pod.spec.containers[0]?.image.endsWith('1.2.0')),
    );
  });

  test('a rollout that makes no progress is past its deadline, and the old pods keep serving', () => {
    const platform = scratchPlatform();
    platform.faults.break('image-missing', 'scratch/web');
    platform.clock.advance(590_000);
    assert.equal(conditionOf(web(platform).status.conditions, 'Progressing')?.status, 'True');
    platform.clock.advance(30_000);
    assert.equal(
      conditionOf(web(platform).status.conditions, 'Progressing')?.reason,
      'ProgressDeadlineExceeded',
    );
    assert.equal(conditionOf(web(platform).status.conditions, 'Available')?.status, 'True');
    const waiting = platform.api.store
      .list('pods', 'scratch')
      .flatMap((pod) => pod.status.containerStatuses?.[0]?.state.waiting?.reason ?? []);
    assert.deepEqual(waiting, ['ImagePullBackOff']);
  });

  test('revisions beyond the history limit are removed once a rollout is complete', () => {
    const platform = scratchPlatform();
    platform.send('admin', 'PATCH', WEB, { spec: { revisionHistoryLimit: 1 } });
    setImage(platform, 'registry.example/scratch/web:1.2.0');
    platform.clock.advance(1000);
    platform.settle();
    platform.clock.advance(10_000);
    assert.deepEqual(sets(platform).map(revisionOf), [2, 3]);
  });

  test('a paused Deployment is scaled and not rolled out', () => {
    const platform = scratchPlatform();
    platform.send('admin', 'PATCH', WEB, { spec: { paused: true, replicas: 2 } });
    setImage(platform, 'registry.example/scratch/web:1.2.0');
    platform.clock.advance(60_000);
    assert.equal(sets(platform).length, 2);
    assert.equal(sets(platform).at(-1)?.spec.replicas, 2);
  });
});

describe('pods', () => {
  test('a quota stops new pods: an event and a condition say so, and they come when there is room again', () => {
    const platform = scratchPlatform();
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'pods' },
      spec: { hard: { pods: '3' } },
    };
    platform.send('admin', 'POST', '/api/v1/namespaces/scratch/resourcequotas', quota);
    platform.send('admin', 'PATCH', `${WEB}/scale`, { spec: { replicas: 4 } });
    platform.clock.advance(5000);
    assert.equal(conditionOf(web(platform).status.conditions, 'ReplicaFailure')?.status, 'True');
    const event = platform.api.store
      .list('events', 'scratch')
      .find((candidate) => candidate.reason === 'FailedCreate');
    assert.match(
      event?.message ?? '',
      /exceeded quota: pods, requested: pods=1, used: pods=3, limited: pods=3/,
    );
    platform.send('admin', 'DELETE', '/api/v1/namespaces/scratch/resourcequotas/pods');
    platform.clock.advance(60_000);
    assert.equal(web(platform).status.availableReplicas, 4);
    assert.equal(conditionOf(web(platform).status.conditions, 'ReplicaFailure'), undefined);
  });

  test('a pod that no node has room for stays pending, with the reason', () => {
    const platform = scratchPlatform();
    for (const name of ['k3s-1', 'k3s-2', 'k3s-3'])
      platform.send('admin', 'PATCH', `/api/v1/nodes/${name}`, { spec: { unschedulable: true } });
    platform.send('admin', 'PATCH', `${WEB}/scale`, { spec: { replicas: 4 } });
    platform.clock.advance(5000);
    const pending = platform.api.store.list('pods', 'scratch').find((pod) => pod.status.phase === 'Pending');
    const condition = conditionOf(pending?.status.conditions, 'PodScheduled');
    assert.equal(condition?.reason, 'Unschedulable');
    assert.match(condition?.message ?? '', /0\/3 nodes are available: 3 node\(s\) were unschedulable/);
    platform.send('admin', 'PATCH', '/api/v1/nodes/k3s-2', { spec: { unschedulable: false } });
    platform.settle();
    assert.equal(
      platform.api.store.get('pods', 'scratch', pending?.metadata.name ?? '')?.spec.nodeName,
      'k3s-2',
    );
  });

  test('a crashing container backs off 10, 20, 40 seconds … up to 300, keeps its last words and its phase Running', () => {
    const platform = scratchPlatform();
    platform.faults.break('crash-loop', 'scratch/web');
    const waits = new Set<string>();
    platform.api.store.subscribe(({ storage, object }) => {
      if (storage !== 'pods') return;
      const message = (
        object as { status?: { containerStatuses?: { state: { waiting?: { message?: string } } }[] } }
      ).status?.containerStatuses?.[0]?.state.waiting?.message;
      const wait = /^back-off (\S+)/.exec(message ?? '')?.[1];
      if (wait !== undefined) waits.add(wait);
    });
    platform.clock.advance(1_500_000);
    assert.deepEqual([...waits], ['10s', '20s', '40s', '1m20s', '2m40s', '5m0s']);
    const [pod] = platform.api.store.list('pods', 'scratch');
    assert.equal(pod?.status.phase, 'Running');
    const status = pod?.status.containerStatuses?.[0];
    assert.equal(status?.lastState.terminated?.exitCode, 1);
    const log = platform.send(
      'runova',
      'GET',
      `/api/v1/namespaces/scratch/pods/${pod?.metadata.name}/log?previous=true`,
    );
    assert.match(String(log.body), /SMTP_PASSWORD is not set/);
  });

  test('a container that needs a Secret key that is missing cannot be created, and starts when the key appears', () => {
    const platform = scratchPlatform();
    const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'main' } } }];
    platform.send('admin', 'POST', '/api/v1/namespaces/scratch/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'single' },
      spec: { containers: [{ name: 'app', image: 'x:1', env }] },
    });
    platform.clock.advance(10_000);
    const reason = () =>
      platform.api.store.get('pods', 'scratch', 'single')?.status.containerStatuses?.[0]?.state.waiting
        ?.reason;
    assert.equal(reason(), 'CreateContainerConfigError');
    platform.send('admin', 'POST', '/api/v1/namespaces/scratch/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys' },
      stringData: { main: 'x' },
    });
    platform.clock.advance(15_000);
    assert.equal(reason(), undefined);
  });

  test('deleting a Deployment takes its ReplicaSets and pods with it, after a while', () => {
    const platform = scratchPlatform();
    platform.send('admin', 'DELETE', WEB);
    assert.equal(platform.api.store.list('pods', 'scratch').length, 3);
    platform.clock.advance(10_000);
    assert.equal(platform.api.store.list('replicasets', 'scratch').length, 0);
    assert.equal(platform.api.store.list('pods', 'scratch').length, 0);
  });

  test('an orphaning delete leaves the pods', () => {
    const platform = scratchPlatform();
    platform.send('admin', 'DELETE', `${WEB}?propagationPolicy=Orphan`);
    platform.clock.advance(10_000);
    assert.equal(platform.api.store.get('deployments', 'scratch', 'web'), undefined);
    assert.equal(platform.api.store.list('pods', 'scratch').length, 3);
  });

  test('a namespace empties before it goes', () => {
    const platform = scratchPlatform();
    platform.send('admin', 'DELETE', '/api/v1/namespaces/scratch');
    assert.ok(platform.api.store.get('namespaces', '', 'scratch')?.metadata.deletionTimestamp);
    platform.clock.advance(60_000);
    assert.equal(platform.api.store.get('namespaces', '', 'scratch'), undefined);
    assert.equal(platform.api.store.list('pods', 'scratch').length, 0);
  });
});

describe('nodes', () => {
  test('a silent node is Unknown after its grace, its pods are not ready, and after five minutes others replace them', () => {
    const platform = scratchPlatform();
    platform.faults.break('node-down', 'k3s-1');
    platform.clock.advance(30_000);
    const ready = () =>
      conditionOf(platform.api.store.get('nodes', '', 'k3s-1')?.status.conditions, 'Ready')?.status;
    assert.equal(ready(), 'True');
    platform.clock.advance(20_000);
    assert.equal(ready(), 'Unknown');
    assert.equal(web(platform).status.availableReplicas, 2);
    platform.clock.advance(330_000);
    assert.equal(web(platform).status.availableReplicas, 3);
    const stuck = platform.api.store
      .list('pods', 'scratch')
      .filter((pod) => pod.metadata.deletionTimestamp !== undefined);
    assert.deepEqual(
      stuck.map((pod) => pod.spec.nodeName),
      ['k3s-1'],
    );
    platform.faults.heal();
    platform.clock.advance(30_000);
    assert.equal(ready(), 'True');
    assert.equal(platform.api.store.list('pods', 'scratch').length, 3);
  });

  test("a StatefulSet keeps its pod's name and replaces them one after the other", () => {
    const platform = scratchPlatform([{ ...SCRATCH, name: 'db', kind: 'StatefulSet', olderVersions: [] }]);
    assert.deepEqual(
      platform.api.store.list('pods', 'scratch').map((pod) => pod.metadata.name),
      ['db-0', 'db-1', 'db-2'],
    );
    const uid = platform.api.store.get('pods', 'scratch', 'db-1')?.metadata.uid;
    platform.send('admin', 'DELETE', '/api/v1/namespaces/scratch/pods/db-1');
    platform.clock.advance(20_000);
    assert.notEqual(platform.api.store.get('pods', 'scratch', 'db-1')?.metadata.uid, uid);
  });

  test('an autoscaler sets the replicas through the scale subresource when CPU is short', () => {
    const platform = scratchPlatform();
    platform.send('admin', 'POST', '/apis/autoscaling/v2/namespaces/scratch/horizontalpodautoscalers', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
          },
        ],
      },
    });
    platform.clock.advance(60_000);
    assert.equal(web(platform).spec.replicas, 5);
    assert.ok(
      web(platform).metadata.managedFields?.some(
        (entry) => entry.subresource === 'scale' && entry.manager === 'kube-controller-manager',
      ),
    );
  });
});
