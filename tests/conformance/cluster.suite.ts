import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Room } from '../../src/domain/room.ts';
import type { TargetRef } from '../../src/domain/target.ts';
import { rolloutComplete } from '../../src/domain/workload.ts';
import type { TargetView } from '../../src/domain/workload.ts';
import type { Cluster, ClusterWrite } from '../../src/ports/cluster.ts';

/** A cluster under test and the hands of the people around it. */
export interface ClusterHarness extends AsyncDisposable {
  readonly cluster: Cluster;
  /** A Deployment with this many ready pods; the name is new in the namespace `suite`. */
  deploy(name: string, replicas: number): Promise<TargetRef>;
  /** Somebody else changes something about it that nobody acts on. */
  touch(ref: TargetRef): Promise<void>;
  scaleByAnother(ref: TargetRef, replicas: number): Promise<void>;
  remove(ref: TargetRef): Promise<void>;
  /** A disruption budget that lets no pod of it go. */
  forbidDisruption(ref: TargetRef): Promise<void>;
  /** From now on no further pod is admitted to the namespace; `allowPods` takes that back. */
  forbidPods(): Promise<void>;
  allowPods(): Promise<void>;
  /** Closes a node to new pods, or opens it again. */
  cordon(node: string, closed: boolean): Promise<void>;
  /** Resolves when the controllers have done what there is to do. */
  settled(): Promise<void>;
  /** Real changes of this target that the cluster under test has caused. */
  effects(ref: TargetRef): number;
}

const { signal } = new AbortController();

async function viewOf(cluster: Cluster, ref: TargetRef): Promise<TargetView> {
  const looked = await cluster.look(ref, 'fresh', signal);
  assert.equal(looked.kind, 'found');
  assert.ok(looked.kind === 'found');
  return looked.view;
}

function scaleOf(view: TargetView, replicas: number, manager = 'runova-1'): ClusterWrite {
  const { ref, uid, resourceVersion } = view.workload;
  return { kind: 'scale', ref, uid, resourceVersion, replicas, manager };
}

type RawTemplate = Readonly<Record<string, unknown>>;
type TemplateWrite = Extract<ClusterWrite, { kind: 'template' }>;

const MARK = 'runova.dev/operation';

function restartOf(view: TargetView, id: string, template?: RawTemplate): TemplateWrite {
  const { ref, uid, resourceVersion } = view.workload;
  const annotations = { [MARK]: id };
  const older = template === undefined ? {} : { template };
  return { kind: 'template', ref, uid, resourceVersion, annotations, manager: `runova-${id}`, ...older };
}

function scaleMark(view: TargetView, manager: string): boolean {
  return view.workload.managers.some((entry) => entry.manager === manager && entry.subresource === 'scale');
}

/** What the flow relies on (engine 4), for every implementation of the `Cluster` port. */
export function clusterConformance(name: string, open: () => Promise<ClusterHarness>): void {
  describe(`cluster conformance: ${name}`, () => {
    let at: ClusterHarness;
    before(async () => {
      at = await open();
    });
    after(() => at[Symbol.asyncDispose]());

    test('a look gives the workload, its pods, its revisions and when they were read', async () => {
      const ref = await at.deploy('looked-at', 2);
      const view = await viewOf(at.cluster, ref);
      assert.deepEqual(view.workload.ref, ref);
      assert.equal(view.workload.replicas, 2);
      assert.ok(rolloutComplete(view.workload));
      assert.equal(view.pods.length, 2);
      assert.ok(view.pods.every((pod) => pod.ready && pod.owner === view.revisions[0]?.name));
      assert.equal(view.revisions[0]?.revision, view.workload.revision);
      assert.ok(view.readAtMs > 0);
      assert.ok(view.nodes.length > 0 && view.nodes.every((node) => node.ready && node.schedulable));
    });

    test('a look at what does not exist says so', async () => {
      const ref = { kind: 'Deployment', namespace: 'suite', name: 'never-was' };
      assert.deepEqual(await at.cluster.look(ref, 'fresh', signal), { kind: 'absent' });
      assert.deepEqual(await at.cluster.look(ref, 'shared', signal), { kind: 'absent' });
    });

    test('a scale sets the number and leaves its mark under the subresource', async () => {
      const ref = await at.deploy('scaled', 1);
      const before = await viewOf(at.cluster, ref);
      const written = await at.cluster.write(scaleOf(before, 3), 'real', signal);
      assert.ok(written.kind === 'accepted' && written.resourceVersion !== before.workload.resourceVersion);
      const after = await viewOf(at.cluster, ref);
      assert.equal(after.workload.replicas, 3);
      assert.ok(after.workload.generation > before.workload.generation);
      assert.ok(scaleMark(after, 'runova-1'));
      assert.equal(at.effects(ref), 1);
      await at.settled();
      assert.equal((await viewOf(at.cluster, ref)).workload.status.available, 3);
    });

    test('a dry run changes nothing', async () => {
      const ref = await at.deploy('dry', 1);
      const before = await viewOf(at.cluster, ref);
      assert.equal((await at.cluster.write(scaleOf(before, 3), 'dry-run', signal)).kind, 'accepted');
      assert.equal((await at.cluster.write(restartOf(before, '7'), 'dry-run', signal)).kind, 'accepted');
      const after = await viewOf(at.cluster, ref);
      assert.equal(after.workload.resourceVersion, before.workload.resourceVersion);
      assert.equal(after.workload.replicas, 1);
      assert.equal(at.effects(ref), 0);
    });

    test('a write is refused once anything else has been written, real or dry', async () => {
      const ref = await at.deploy('raced', 1);
      const view = await viewOf(at.cluster, ref);
      await at.touch(ref);
      for (const how of ['dry-run', 'real'] as const) {
        assert.equal((await at.cluster.write(scaleOf(view, 2), how, signal)).kind, 'conflict');
        assert.equal((await at.cluster.write(restartOf(view, '8'), how, signal)).kind, 'conflict');
        const older = view.workload.template.raw;
        assert.equal((await at.cluster.write(restartOf(view, '8', older), how, signal)).kind, 'conflict');
      }
      assert.equal(at.effects(ref), 0);
    });

    test('a straggler, sent a second time, has no second effect', async () => {
      const ref = await at.deploy('straggled', 1);
      const write = scaleOf(await viewOf(at.cluster, ref), 2);
      assert.equal((await at.cluster.write(write, 'real', signal)).kind, 'accepted');
      assert.equal((await at.cluster.write(write, 'real', signal)).kind, 'conflict');
      assert.equal(at.effects(ref), 1);
    });

    test('a write never reaches another object of the same name', async () => {
      const ref = await at.deploy('reborn', 1);
      const view = await viewOf(at.cluster, ref);
      await at.remove(ref);
      assert.equal((await at.cluster.write(scaleOf(view, 2), 'real', signal)).kind, 'gone');
      await at.deploy('reborn', 1);
      assert.equal((await at.cluster.write(scaleOf(view, 2), 'real', signal)).kind, 'conflict');
      assert.equal((await at.cluster.write(restartOf(view, '9'), 'real', signal)).kind, 'conflict');
      assert.equal(at.effects(ref), 0);
    });

    test('the mark of a scale disappears when somebody else sets another number', async () => {
      const ref = await at.deploy('overruled', 1);
      await at.cluster.write(scaleOf(await viewOf(at.cluster, ref), 2), 'real', signal);
      await at.scaleByAnother(ref, 4);
      const view = await viewOf(at.cluster, ref);
      assert.equal(view.workload.replicas, 4);
      assert.equal(scaleMark(view, 'runova-1'), false);
    });

    test('a restart replaces every pod and its mark is on the template and on the new revision', async () => {
      const ref = await at.deploy('restarted', 2);
      const before = await viewOf(at.cluster, ref);
      assert.equal((await at.cluster.write(restartOf(before, '10'), 'real', signal)).kind, 'accepted');
      assert.equal((await viewOf(at.cluster, ref)).workload.template.annotations[MARK], '10');
      await at.settled();
      const after = await viewOf(at.cluster, ref);
      assert.ok(rolloutComplete(after.workload));
      assert.equal(after.revisions[0]?.template.annotations[MARK], '10');
      assert.ok(after.workload.revision > before.workload.revision);
      const old = new Set(before.pods.map(({ uid }) => uid));
      assert.ok(after.pods.every(({ uid, terminating }) => terminating || !old.has(uid)));
      assert.ok(
        after.workload.managers.some(({ manager, ownsTemplate }) => manager === 'runova-10' && ownsTemplate),
      );
    });

    test('a restart with the mark that is already there changes nothing', async () => {
      const ref = await at.deploy('restarted-once', 1);
      await at.cluster.write(restartOf(await viewOf(at.cluster, ref), '11'), 'real', signal);
      await at.settled();
      const view = await viewOf(at.cluster, ref);
      await at.cluster.write(restartOf(view, '11'), 'real', signal);
      await at.settled();
      const after = await viewOf(at.cluster, ref);
      assert.equal(after.workload.generation, view.workload.generation);
      assert.deepEqual(
        after.pods.map(({ uid }) => uid),
        view.pods.map(({ uid }) => uid),
      );
    });

    test('a roll back brings the older template exactly, without what only the newer one had', async () => {
      const ref = await at.deploy('rolled-back', 1);
      const first = await viewOf(at.cluster, ref);
      const newer = restartOf(first, '12');
      await at.cluster.write({ ...newer, annotations: { 'suite/newer': 'yes' } }, 'real', signal);
      await at.settled();
      const second = await viewOf(at.cluster, ref);
      const older = second.revisions.find(({ template }) => !('suite/newer' in template.annotations));
      assert.ok(older !== undefined);
      const back = restartOf(second, '13', older.template.raw);
      assert.equal((await at.cluster.write(back, 'real', signal)).kind, 'accepted');
      const third = await viewOf(at.cluster, ref);
      assert.deepEqual(third.workload.template.annotations, {
        ...first.workload.template.annotations,
        [MARK]: '13',
      });
      assert.deepEqual(third.workload.template.raw['spec'], first.workload.template.raw['spec']);
      assert.deepEqual(third.workload.template.containers, first.workload.template.containers);
    });

    test('an eviction takes this very pod, once', async () => {
      const ref = await at.deploy('evicted', 2);
      const view = await viewOf(at.cluster, ref);
      const pod = view.pods[0];
      assert.ok(pod !== undefined);
      const write: ClusterWrite = { kind: 'evict', ref, pod: pod.name, uid: pod.uid, manager: 'runova-14' };
      const other = { ...write, uid: '99999999-9999-4999-8999-999999999999' };
      assert.equal((await at.cluster.write(other, 'real', signal)).kind, 'conflict');
      assert.equal((await at.cluster.write(write, 'dry-run', signal)).kind, 'accepted');
      assert.equal(
        (await viewOf(at.cluster, ref)).pods.find(({ uid }) => uid === pod.uid)?.terminating,
        false,
      );
      assert.equal((await at.cluster.write(write, 'real', signal)).kind, 'accepted');
      const now = (await viewOf(at.cluster, ref)).pods.find(({ uid }) => uid === pod.uid);
      assert.ok(now === undefined || now.terminating);
      await at.settled();
      const after = await viewOf(at.cluster, ref);
      assert.equal(after.workload.status.available, 2);
      assert.ok(after.pods.every(({ uid, terminating }) => terminating || uid !== pod.uid));
    });

    test('a disruption budget refuses an eviction, and the look shows it', async () => {
      const ref = await at.deploy('protected', 1);
      await at.forbidDisruption(ref);
      const view = await viewOf(at.cluster, ref);
      assert.deepEqual(
        view.budgets.map(({ disruptionsAllowed }) => disruptionsAllowed),
        [0],
      );
      const pod = view.pods[0];
      assert.ok(pod !== undefined);
      const write: ClusterWrite = { kind: 'evict', ref, pod: pod.name, uid: pod.uid, manager: 'runova-15' };
      for (const how of ['dry-run', 'real'] as const) {
        const written = await at.cluster.write(write, how, signal);
        assert.ok(
          written.kind === 'refused' && /disruption budget/.test(written.why),
          JSON.stringify(written),
        );
      }
    });

    test('whether another pod would be admitted is asked, and leaves nothing behind', async () => {
      const ref = await at.deploy('admitted', 1);
      assert.equal((await at.cluster.admits(ref, undefined, signal)).kind, 'accepted');
      await at.forbidPods();
      const written = await at.cluster.admits(ref, undefined, signal);
      await at.allowPods();
      assert.ok(written.kind === 'refused' && /quota/.test(written.why), JSON.stringify(written));
      assert.equal((await viewOf(at.cluster, ref)).pods.length, 1);
      const missing = { ...ref, name: 'never-was' };
      assert.deepEqual(await at.cluster.admits(missing, undefined, signal), { kind: 'gone' });
    });

    test('a pod leads to its Deployment, and a pod that is gone to nothing', async () => {
      const ref = await at.deploy('owner', 1);
      const pod = (await viewOf(at.cluster, ref)).pods[0];
      const found = await at.cluster.ownerOf('suite', pod?.name ?? '', signal);
      assert.ok(found.kind === 'owner');
      assert.deepEqual(found.ref, ref);
      assert.deepEqual(found.through, [`pod ${pod?.name}`, `ReplicaSet ${pod?.owner}`]);
      assert.equal((await at.cluster.ownerOf('suite', 'no-such-pod', signal)).kind, 'none');
      assert.equal((await at.cluster.ownerOf('suite', '../secrets/x', signal)).kind, 'none');
    });

    test('a shared look sees what was written through this cluster', async () => {
      const ref = await at.deploy('shared', 1);
      await at.cluster.look(ref, 'shared', signal);
      await at.cluster.write(scaleOf(await viewOf(at.cluster, ref), 2), 'real', signal);
      const looked = await at.cluster.look(ref, 'shared', signal);
      assert.ok(looked.kind === 'found' && looked.view.workload.replicas === 2);
    });

    test('evidence of what does not exist says that it is missing', async () => {
      const evidence = await at.cluster.evidence(
        { kind: 'Deployment', namespace: 'suite', name: 'never-was' },
        signal,
      );
      assert.equal(evidence.missing.length, 1);
    });

    test('the room is what the nodes have less what their pods ask for', async () => {
      const ref = await at.deploy('roomy', 1);
      const roomNow = async (): Promise<Room> => {
        const roomed = await at.cluster.room(ref, undefined, signal);
        assert.ok(roomed.kind === 'found');
        return roomed.room;
      };
      await at.settled();
      const before = await roomNow();
      assert.ok(before.nodes.length > 0 && before.nodes.every(({ takes }) => takes));
      assert.ok(before.pod.memoryBytes > 0 && before.pod.cpuMillis > 0 && before.pod.pods === 1);
      await at.cluster.write(scaleOf(await viewOf(at.cluster, ref), 3), 'real', signal);
      await at.settled();
      const after = await roomNow();
      const taken = (of: 'cpuMillis' | 'memoryBytes' | 'pods'): number =>
        before.nodes.reduce((sum, { free }) => sum + free[of], 0) -
        after.nodes.reduce((sum, { free }) => sum + free[of], 0);
      assert.equal(taken('pods'), 2);
      assert.equal(taken('cpuMillis'), 2 * before.pod.cpuMillis);
      assert.equal(taken('memoryBytes'), 2 * before.pod.memoryBytes);
    });

    test('the room is asked for another template, and for no target there is none', async () => {
      const ref = await at.deploy('roomy-template', 1);
      const larger = {
        spec: { containers: [{ name: 'app', resources: { requests: { cpu: '3', memory: '2Gi' } } }] },
      };
      const roomed = await at.cluster.room(ref, larger, signal);
      assert.ok(roomed.kind === 'found');
      assert.deepEqual(roomed.room.pod, { cpuMillis: 3_000, memoryBytes: 2 * 2 ** 30, pods: 1 });
      const missing = { ...ref, name: 'never-was' };
      assert.deepEqual(await at.cluster.room(missing, undefined, signal), { kind: 'absent' });
    });

    test('a node that is closed to new pods takes none', async () => {
      const ref = await at.deploy('cordoned', 1);
      const node = (await viewOf(at.cluster, ref)).pods[0]?.node ?? '';
      await at.cordon(node, true);
      const roomed = await at.cluster.room(ref, undefined, signal);
      await at.cordon(node, false);
      assert.ok(roomed.kind === 'found');
      assert.equal(roomed.room.nodes.find(({ name }) => name === node)?.takes, false);
    });

    test('the cluster has an identity that stays, and a size', async () => {
      assert.equal(await at.cluster.identity(signal), await at.cluster.identity(signal));
      const size = await at.cluster.size(signal);
      assert.ok((size.byNamespace['suite'] ?? 0) > 0);
      assert.equal(
        size.targets,
        Object.values(size.byNamespace).reduce((sum, count) => sum + count, 0),
      );
    });
  });
}
