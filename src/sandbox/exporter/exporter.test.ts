import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchPlatform } from '../scratch-platform.ts';
import type { ScratchPlatform } from '../scratch-platform.ts';

function lines(platform: ScratchPlatform, metric: string): string[] {
  return platform
    .metrics()
    .split('\n')
    .filter((line) => line.startsWith(`${metric}{`));
}

function value(line: string | undefined): number {
  return Number(line?.split(' ').at(-1));
}

test("a pod's memory appears for its container, for its pause container and for the whole of it: a naive sum counts twice", () => {
  const platform = scratchPlatform();
  const [pod] = platform.api.store.list('pods', 'scratch');
  const own = lines(platform, 'container_memory_working_set_bytes').filter((line) =>
    line.includes(`pod="${pod?.metadata.name}"`),
  );
  const of = (container: string) => value(own.find((line) => line.includes(`container="${container}"`)));
  assert.equal(own.length, 3);
  assert.equal(of(''), of('app') + of('POD'));
});

test('requests are counted for each ready pod, add up to the traffic, and begin at zero with each new process', () => {
  const platform = scratchPlatform();
  platform.clock.advance(1000);
  const total = () => lines(platform, 'http_requests_total').reduce((sum, line) => sum + value(line), 0);
  const before = total();
  platform.clock.advance(100_000);
  const rate = (total() - before) / 100;
  assert.ok(Math.abs(rate - 30) < 0.5, `${rate}`);
  const [pod] = platform.api.store.list('pods', 'scratch');
  platform.send('admin', 'DELETE', `/api/v1/namespaces/scratch/pods/${pod?.metadata.name}`);
  platform.clock.advance(30_000);
  const fresh = platform.api.store
    .list('pods', 'scratch')
    .find((other) => Date.parse(other.metadata.creationTimestamp) > platform.clock.now() - 40_000);
  const young = lines(platform, 'http_requests_total').find(
    (line) => line.includes(`pod="${fresh?.metadata.name}"`) && line.includes('"200"'),
  );
  assert.ok(value(young) < 400, `${value(young)}`);
});

test('latency is a cumulative histogram whose last bucket is its count', () => {
  const platform = scratchPlatform();
  platform.clock.advance(60_000);
  const [pod] = platform.api.store.list('pods', 'scratch');
  const own = lines(platform, 'http_request_duration_seconds_bucket')
    .filter((line) => line.includes(`pod="${pod?.metadata.name}"`))
    .map(value);
  assert.deepEqual(
    own,
    own.toSorted((left, right) => left - right),
  );
  const count = lines(platform, 'http_request_duration_seconds_count').find((line) =>
    line.includes(`pod="${pod?.metadata.name}"`),
  );
  assert.equal(own.at(-1), value(count));
});

test("a silent node's containers have no series, while kube-state-metrics still shows its pods", () => {
  const platform = scratchPlatform();
  const on = (metric: string) =>
    lines(platform, metric).filter((line) => line.includes('node="k3s-1"')).length;
  assert.ok(on('container_memory_working_set_bytes') > 0);
  platform.faults.break('node-down', 'k3s-1');
  assert.equal(on('container_memory_working_set_bytes'), 0);
  assert.ok(on('kube_pod_info') > 0);
  platform.clock.advance(60_000);
  assert.ok(
    lines(platform, 'kube_node_status_condition').some((line) =>
      line.includes('node="k3s-1",condition="Ready",status="unknown"} 1'),
    ),
  );
});

test('the last termination reason stays at 1 long after the container runs again', () => {
  const platform = scratchPlatform();
  platform.faults.break('oom', 'scratch/web');
  platform.clock.advance(60_000);
  platform.faults.heal();
  platform.clock.advance(3_600_000);
  assert.ok(
    lines(platform, 'kube_pod_container_status_last_terminated_reason').some((line) => line.endsWith(' 1')),
  );
  assert.equal(lines(platform, 'kube_pod_container_status_waiting_reason').length, 0);
});

test('label values are escaped', () => {
  const platform = scratchPlatform();
  platform.send('admin', 'PATCH', '/api/v1/nodes/k3s-1', {
    spec: { taints: [{ key: 'a', value: 'x"y', effect: 'PreferNoSchedule' }] },
  });
  assert.ok(lines(platform, 'kube_node_spec_taint').some((line) => line.includes('value="x\\"y"')));
});
