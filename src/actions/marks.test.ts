import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CHECKOUT,
  OPERATION,
  PLAN,
  pod,
  REVISION,
  TEMPLATE,
  VIEW,
  WORKLOAD,
} from '../../tests/mutants/samples.ts';
import { fieldManager, OPERATION_ANNOTATION, type Change, type Operation } from '../domain/operation.ts';
import type { PodTemplate, TargetView, Workload } from '../domain/workload.ts';
import { marksOn } from './marks.ts';
import { ACTIONS } from './registry.ts';

const CHANGES: Readonly<Record<string, Change>> = {
  scale: { kind: 'scale', from: 4, to: 5 },
  'rollout-restart': { kind: 'rollout-restart' },
  'roll-back': { kind: 'roll-back', fromRevision: 2, toRevision: 1, template: {}, previous: {} },
  'restart-pod': { kind: 'restart-pod', pod: 'checkout-2-a', podUid: 'uid of checkout-2-a' },
};
const operationFor = (action: string): Operation => ({
  ...OPERATION,
  plan: { ...PLAN, action, change: CHANGES[action] ?? PLAN.change },
});
const withWorkload = (change: Partial<Workload>, view: Partial<TargetView> = {}): TargetView => ({
  ...VIEW,
  ...view,
  workload: { ...WORKLOAD, ...change },
});
const markOf = (action: string, view: TargetView): string | undefined =>
  ACTIONS[action]?.mark(operationFor(action), view).kind;
const marked = (id: string): PodTemplate => ({ ...TEMPLATE, annotations: { [OPERATION_ANNOTATION]: id } });
const manager = (id: string, subresource?: string) => ({
  manager: fieldManager(id),
  operation: 'Update',
  ...(subresource === undefined ? {} : { subresource }),
  ownsReplicas: true,
  ownsTemplate: false,
});

describe('the mark of a scale', () => {
  test('is the manager of the scale subresource, also when the value has moved on', () => {
    assert.equal(
      markOf('scale', withWorkload({ generation: 9, managers: [manager(OPERATION.id, 'scale')] })),
      'ours',
    );
  });

  test('is none of another operation, and none that did not go through the subresource', () => {
    assert.equal(
      markOf('scale', withWorkload({ generation: 5, managers: [manager('another', 'scale')] })),
      'other',
    );
    assert.equal(
      markOf('scale', withWorkload({ generation: 5, managers: [manager(OPERATION.id)] })),
      'other',
    );
  });

  test('is not the wanted value alone: a person or an HPA may have set it', () => {
    assert.equal(markOf('scale', withWorkload({ generation: 5, replicas: 5 })), 'other');
  });

  test('travels with the write', () => {
    const write = ACTIONS['scale']?.write(PLAN.change, OPERATION, VIEW);
    assert.deepEqual(write, {
      kind: 'scale',
      ref: CHECKOUT,
      uid: WORKLOAD.uid,
      resourceVersion: '17',
      replicas: 5,
      manager: fieldManager(OPERATION.id),
    });
  });
});

for (const action of ['rollout-restart', 'roll-back']) {
  describe(`the mark of a ${action}`, () => {
    test('is the annotation of the template, of the owner or of one of its ReplicaSets', () => {
      assert.equal(markOf(action, withWorkload({ generation: 9, template: marked(OPERATION.id) })), 'ours');
      assert.equal(
        markOf(
          action,
          withWorkload(
            { generation: 9 },
            { revisions: [REVISION, { ...REVISION, revision: 3, template: marked(OPERATION.id) }] },
          ),
        ),
        'ours',
      );
    });

    test('is none of another operation', () =>
      assert.equal(markOf(action, withWorkload({ generation: 5, template: marked('another') })), 'other'));

    test('travels with the write, which names the object as it was planned', () => {
      const write = ACTIONS[action]?.write(CHANGES[action] ?? PLAN.change, OPERATION, VIEW);
      assert.ok(write?.kind === 'template');
      assert.deepEqual(
        [write.annotations, write.uid, write.resourceVersion],
        [{ [OPERATION_ANNOTATION]: OPERATION.id }, WORKLOAD.uid, '17'],
      );
    });
  });
}

describe('without a mark', () => {
  for (const action of ['scale', 'rollout-restart', 'roll-back']) {
    test(`${action}: the object as planned is unchanged, any other is not`, () => {
      assert.equal(markOf(action, VIEW), 'unchanged');
      assert.equal(markOf(action, withWorkload({ generation: 5 })), 'other');
      assert.equal(
        markOf(action, withWorkload({ uid: 'another uid', managers: [manager(OPERATION.id, 'scale')] })),
        'other',
      );
      assert.equal(ACTIONS[action]?.unchanged(operationFor(action), VIEW), true);
      assert.equal(ACTIONS[action]?.unchanged(operationFor(action), withWorkload({ generation: 5 })), false);
      assert.equal(
        ACTIONS[action]?.unchanged(operationFor(action), withWorkload({ uid: 'another uid' })),
        false,
      );
    });
  }

  test('a pod that is gone or going was reached, whoever it was; one that stands was not', () => {
    const others = VIEW.pods.slice(1);
    assert.equal(markOf('restart-pod', { ...VIEW, pods: others }), 'ours');
    assert.equal(
      markOf('restart-pod', { ...VIEW, pods: [pod('checkout-2-a', { terminating: true }), ...others] }),
      'ours',
    );
    assert.equal(markOf('restart-pod', VIEW), 'unchanged');
    assert.equal(
      markOf('restart-pod', {
        ...VIEW,
        pods: [pod('checkout-2-a', { uid: 'a new pod of this name' }), ...others],
      }),
      'ours',
    );
  });
});

test('every mark on an object is found once, of whatever kind it is', () => {
  const [first, second] = [OPERATION.id, OPERATION.id.replace(/1$/, '2')];
  const view = withWorkload(
    {
      managers: [manager(first, 'scale'), { ...manager(first), manager: 'runova-other' }],
      template: marked(second),
    },
    { revisions: [{ ...REVISION, template: marked(second) }] },
  );
  assert.deepEqual(marksOn(view), [first, second]);
});
