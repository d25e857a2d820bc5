import { FakeCluster } from '../fakes/fake-cluster.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { clusterConformance } from './cluster.suite.ts';
import type { ClusterHarness } from './cluster.suite.ts';

const LONG_MS = 60_000;

function open(): Promise<ClusterHarness> {
  const clock = new VirtualClock();
  const cluster = new FakeCluster({ clock });
  const then = (change: () => void): Promise<void> => Promise.resolve(change());
  return Promise.resolve({
    cluster,
    deploy: (name, replicas) => Promise.resolve(cluster.add({ namespace: 'suite', name, replicas })),
    touch: (ref) => then(() => cluster.edit(ref, () => undefined)),
    scaleByAnother: (ref, replicas) =>
      then(() => cluster.edit(ref, (live) => live.setReplicas(replicas, 'kubectl', 'scale'))),
    remove: (ref) => then(() => cluster.remove(ref)),
    forbidDisruption: (ref) =>
      then(() =>
        cluster.edit(ref, (_, around) => {
          around.budgets = [{ name: 'none', disruptionsAllowed: 0 }];
        }),
      ),
    forbidPods: () =>
      then(() => {
        cluster.admission = (asked) => (asked === 'pod' ? 'exceeded quota: pods' : undefined);
      }),
    allowPods: () =>
      then(() => {
        cluster.admission = () => undefined;
      }),
    cordon: (node, closed) => then(() => cluster.setNode(node, { ready: true, schedulable: !closed })),
    settled: () => then(() => clock.advance(LONG_MS)),
    effects: (ref) =>
      cluster.effects.filter((effect) => effect.ref.name === ref.name && effect.before !== effect.after)
        .length,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

clusterConformance('in memory', open);
