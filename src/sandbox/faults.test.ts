import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FAULTS } from './faults.ts';
import { ownTemplate, revisionOf } from './kubernetes/controllers/revision.ts';
import { scratchPlatform, SCRATCH } from './scratch-platform.ts';
import type { ScratchPlatform } from './scratch-platform.ts';

const WEB = '/apis/apps/v1/namespaces/scratch/deployments/web';

/** Samples of a metric as label text and value. */
function samples(platform: ScratchPlatform, metric: string): { labels: string; value: number }[] {
  return platform
    .metrics()
    .split('\n')
    .flatMap((line) => {
      const match = /^([a-z_]+)\{(.*)\} (\S+)$/.exec(line);
      return match?.[1] === metric ? [{ labels: match[2] ?? '', value: Number(match[3]) }] : [];
    });
}

/** The fullest container's share of its limit of 512Mi, in percent. */
function fullest(platform: ScratchPlatform): number {
  const used = samples(platform, 'container_memory_working_set_bytes').filter(({ labels }) =>
    labels.includes('container="app"'),
  );
  return Math.round((100 * Math.max(...used.map(({ value }) => value))) / (512 * 1024 * 1024));
}

/** Share of requests that failed in the next minute, in percent. */
function errors(platform: ScratchPlatform): number {
  const read = () =>
    new Map(samples(platform, 'http_requests_total').map(({ labels, value }) => [labels, value]));
  const before = read();
  platform.clock.advance(60_000);
  const grown = [...read()].map(([labels, value]) => ({ labels, by: value - (before.get(labels) ?? 0) }));
  const sum = (wanted: string): number =>
    grown.filter(({ labels }) => labels.includes(wanted)).reduce((total, { by }) => total + by, 0);
  return (100 * sum('status="500"')) / sum('status=');
}

function available(platform: ScratchPlatform): number {
  return platform.api.store.get('deployments', 'scratch', 'web')?.status.availableReplicas ?? 0;
}

function rollBack(platform: ScratchPlatform): void {
  const sets = platform.api.store
    .list('replicasets', 'scratch')
    .toSorted((left, right) => revisionOf(right) - revisionOf(left));
  const good = sets[1];
  assert.ok(good);
  const patch = [{ op: 'replace', path: '/spec/template', value: ownTemplate(good) }];
  platform.send('admin', 'PATCH', WEB, patch, { 'content-type': 'application/json-patch+json' });
  platform.clock.advance(60_000);
}

function restart(platform: ScratchPlatform): void {
  platform.send('runova', 'PATCH', WEB, {
    spec: { template: { metadata: { annotations: { 'runova.dev/operation': '1.1' } } } },
  });
  platform.clock.advance(120_000);
}

describe('memory', () => {
  test('pressure comes from traffic: one more pod brings the fullest from 93 to about 71 percent', () => {
    const platform = scratchPlatform();
    platform.faults.break('memory-pressure', 'scratch/web');
    platform.clock.advance(300_000);
    assert.equal(fullest(platform), 93);
    platform.send('runova', 'PATCH', `${WEB}/scale`, { spec: { replicas: 4 } });
    platform.clock.advance(300_000);
    assert.ok(fullest(platform) >= 66 && fullest(platform) <= 73, `${fullest(platform)}`);
    platform.faults.heal();
    platform.clock.advance(300_000);
    assert.ok(fullest(platform) < 50);
  });

  test('a leak goes on with more pods until containers are killed for memory', () => {
    const platform = scratchPlatform();
    platform.faults.break('memory-leak', 'scratch/web', { mebibytesPerMinute: 60 });
    platform.send('runova', 'PATCH', `${WEB}/scale`, { spec: { replicas: 4 } });
    platform.clock.advance(240_000);
    assert.ok(fullest(platform) > 60);
    platform.clock.advance(300_000);
    const killed = platform.api.store
      .list('pods', 'scratch')
      .flatMap((pod) => pod.status.containerStatuses ?? []);
    assert.ok(
      killed.some(
        (status) =>
          status.lastState.terminated?.reason === 'OOMKilled' && status.lastState.terminated.exitCode === 137,
      ),
    );
    assert.ok(
      samples(platform, 'kube_pod_container_status_last_terminated_reason').some(({ labels }) =>
        labels.includes('reason="OOMKilled"'),
      ),
    );
  });

  test('processes that need more than their limit are killed until the limit is raised', () => {
    const platform = scratchPlatform();
    platform.faults.break('oom', 'scratch/web', { share: 0.8 });
    platform.clock.advance(120_000);
    assert.ok(available(platform) < 3);
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const body = {
      spec: {
        template: { spec: { containers: [{ name: 'app', resources: { limits: { memory: '1Gi' } } }] } },
      },
    };
    platform.send('admin', 'PATCH', WEB, body, headers);
    platform.clock.advance(300_000);
    assert.equal(available(platform), 3);
  });
});

describe('crash loops', () => {
  test('after a rollout: a restart does not help, the older revision does', () => {
    const platform = scratchPlatform([{ ...SCRATCH, strategy: 'Recreate' }]);
    platform.faults.break('crash-loop', 'scratch/web', { cause: 'after-rollout' });
    platform.clock.advance(120_000);
    assert.equal(available(platform), 0);
    assert.ok(
      samples(platform, 'kube_pod_container_status_waiting_reason').some(({ labels }) =>
        labels.includes('reason="CrashLoopBackOff"'),
      ),
    );
    rollBack(platform);
    assert.equal(available(platform), 3);
  });

  test('with a stale Secret: new pods run, so a restart helps', () => {
    const platform = scratchPlatform([{ ...SCRATCH, secret: 'web-token' }]);
    const before = platform.api.store.get('externalsecrets.external-secrets.io', 'scratch', 'web-token')?.[
      'status'
    ] as { refreshTime: string };
    platform.faults.break('crash-loop', 'scratch/web', { cause: 'stale-secret' });
    platform.clock.advance(60_000);
    assert.equal(available(platform), 0);
    const after = platform.api.store.get('externalsecrets.external-secrets.io', 'scratch', 'web-token')?.[
      'status'
    ] as { refreshTime: string };
    assert.notEqual(after.refreshTime, before.refreshTime);
    restart(platform);
    assert.equal(available(platform), 3);
  });

  test('on a bad node: pods elsewhere run, so moving them helps', () => {
    const platform = scratchPlatform();
    platform.faults.break('crash-loop', 'scratch/web', { cause: 'bad-node', node: 'k3s-1' });
    platform.clock.advance(60_000);
    assert.equal(available(platform), 2);
    restart(platform);
    assert.equal(available(platform), 3);
  });

  test('unfixable: neither restart nor older revision helps, only the healing does', () => {
    const platform = scratchPlatform();
    platform.faults.break('crash-loop', 'scratch/web');
    platform.clock.advance(60_000);
    restart(platform);
    assert.equal(available(platform), 0);
    rollBack(platform);
    assert.equal(available(platform), 0);
    platform.faults.heal('crash-loop', 'scratch/web');
    platform.clock.advance(600_000);
    assert.equal(available(platform), 3);
  });
});

describe('requests', () => {
  test('an error burst comes with a rollout and goes with the roll back', () => {
    const platform = scratchPlatform();
    assert.ok(errors(platform) < 1);
    platform.faults.break('error-burst', 'scratch/web');
    platform.clock.advance(60_000);
    const ratio = errors(platform);
    assert.ok(ratio > 11 && ratio < 13, `${ratio}`);
    rollBack(platform);
    assert.ok(errors(platform) < 1);
  });

  test('saturated pods answer late, and one more pod brings the latency down', () => {
    const platform = scratchPlatform();
    const median = (): number => {
      const [pod] = platform.api.store.list('pods', 'scratch');
      const [application] = platform.applications.all();
      assert.ok(pod !== undefined && application !== undefined);
      return application.medianSeconds(pod, platform.applications.requestsPerSecond(pod));
    };
    platform.faults.break('latency', 'scratch/web');
    const before = median();
    platform.send('runova', 'PATCH', `${WEB}/scale`, { spec: { replicas: 4 } });
    platform.clock.advance(30_000);
    assert.ok(median() < before / 3, `${before} → ${median()}`);
  });
});

test('faults compose, are listed while they last, and are healed by name, target or all', () => {
  const platform = scratchPlatform();
  platform.faults.break('memory-pressure', 'scratch/web');
  platform.faults.break('node-down', 'k3s-2');
  assert.deepEqual(
    platform.faults.active().map(({ name, target }) => `${name} ${target}`),
    ['memory-pressure scratch/web', 'node-down k3s-2'],
  );
  assert.equal(platform.faults.heal('node-down').length, 1);
  assert.equal(platform.faults.heal().length, 1);
  assert.deepEqual(platform.faults.active(), []);
});

test('an unknown fault or target is refused with what there is', () => {
  const platform = scratchPlatform();
  assert.throws(
    () => platform.faults.break('earthquake', 'scratch/web'),
    /no fault "earthquake"; there are: memory-pressure/,
  );
  assert.throws(
    () => platform.faults.break('oom', 'scratch/nothing'),
    /no workload "scratch\/nothing"; there are: scratch\/web/,
  );
});

test('every fault has a name of its own and a title', () => {
  assert.equal(new Set(FAULTS.map((fault) => fault.name)).size, FAULTS.length);
  assert.ok(FAULTS.every((fault) => fault.title !== ''));
});
