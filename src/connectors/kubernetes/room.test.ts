import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { placesFor } from '../../domain/room.ts';
import { podSpecSchema, type PlacedPodObject, type RoomyNodeObject } from './room-schema.ts';
import { requestsOf, roomFrom } from './room.ts';

const MEBI = 2 ** 20;
const spec = (fields: object) => podSpecSchema.parse(fields);
const asks = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });

function node(name: string, change: Partial<RoomyNodeObject> = {}): RoomyNodeObject {
  return {
    metadata: { name, uid: name, labels: { zone: 'a' } },
    spec: {},
    status: {
      allocatable: { cpu: '1', memory: '1Gi', pods: '10' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
    ...change,
  };
}

function pod(
  nodeName: string,
  phase: string,
  fields: object = { containers: [asks('250m', '256Mi')] },
): PlacedPodObject {
  return {
    metadata: { name: 'p', namespace: 'shop' },
    spec: { ...spec(fields), nodeName },
    status: { phase },
  };
}

const template = (fields: object = {}) => ({
  raw: { spec: { containers: [asks('100m', '128Mi')], ...fields } },
  surge: 1,
});

describe('what a pod asks of its node', () => {
  const rows: readonly (readonly [string, object, number, number])[] = [
    ['all containers together', { containers: [asks('100m', '64Mi'), asks('0.5', '1Gi')] }, 600, 1_088],
    ['nothing, where nothing is written', { containers: [{}] }, 0, 0],
    [
      'the limit, where no request is',
      { containers: [{ resources: { limits: { memory: '1Gi' } } }] },
      0,
      1_024,
    ],
    [
      'the larger of start and run',
      { containers: [asks('100m', '64Mi')], initContainers: [asks('1', '32Mi')] },
      1_000,
      64,
    ],
    [
      'sidecars beside the containers',
      {
        containers: [asks('100m', '64Mi')],
        initContainers: [{ ...asks('50m', '16Mi'), restartPolicy: 'Always' }],
      },
      150,
      80,
    ],
    [
      'sidecars beside what starts after them',
      {
        containers: [asks('100m', '64Mi')],
        initContainers: [{ ...asks('50m', '16Mi'), restartPolicy: 'Always' }, asks('1', '8Mi')],
      },
      1_050,
      80,
    ],
    [
      'the overhead of its runtime too',
      { containers: [asks('100m', '64Mi')], overhead: { cpu: '10m', memory: '8Mi' } },
      110,
      72,
    ],
    [
      'what is asked for the whole pod',
      { containers: [asks('100m', '64Mi')], resources: { requests: { cpu: '2' } } },
      2_000,
      64,
    ],
  ];
  for (const [what, fields, cpuMillis, mebi] of rows)
    test(what, () =>
      assert.deepEqual(requestsOf(spec(fields)), { cpuMillis, memoryBytes: mebi * MEBI, pods: 1 }),
    );

  test('an amount that cannot be read is no zero', () => {
    assert.throws(() => requestsOf(spec({ containers: [asks('a lot', '64Mi')] })), /no amount of cpu/);
  });
});

describe('the room on the nodes', () => {
  test('is what they have less what their pods ask for, the ended ones not', () => {
    const pods = [
      pod('n1', 'Running'),
      pod('n1', 'Pending'),
      pod('n1', 'Succeeded'),
      pod('', 'Pending'),
      pod('n2', 'Failed'),
    ];
    const room = roomFrom([node('n1'), node('n2')], pods, template());
    assert.deepEqual(
      room.nodes.map(({ name, free }) => [name, free.cpuMillis, free.memoryBytes / MEBI, free.pods]),
      [
        ['n1', 500, 512, 8],
        ['n2', 1_000, 1_024, 10],
      ],
    );
    assert.deepEqual(room.pod, { cpuMillis: 100, memoryBytes: 128 * MEBI, pods: 1 });
  });

  const TAINT = [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }];
  const inZone = (operator: string, values: readonly string[]) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator, values }] }],
        },
      },
    },
  });
  const rows: readonly (readonly [string, boolean, Partial<RoomyNodeObject>, object?])[] = [
    ['a ready one', true, {}],
    [
      'one that is not ready',
      false,
      {
        status: {
          allocatable: { cpu: '1', memory: '1Gi', pods: '10' },
          conditions: [{ type: 'Ready', status: 'Unknown' }],
        },
      },
    ],
    ['a cordoned one', false, { spec: { unschedulable: true } }],
    ['a tainted one', false, { spec: { taints: TAINT } }],
    [
      'a tainted one that is tolerated by key',
      true,
      { spec: { taints: TAINT } },
      { tolerations: [{ key: TAINT[0]?.key, operator: 'Exists' }] },
    ],
    [
      'a tainted one where another effect is tolerated',
      false,
      { spec: { taints: TAINT } },
      { tolerations: [{ key: TAINT[0]?.key, operator: 'Exists', effect: 'NoExecute' }] },
    ],
    ['one that would rather not', true, { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } }],
    ['one with the label that is asked for', true, {}, { nodeSelector: { zone: 'a' } }],
    ['one without it', false, {}, { nodeSelector: { zone: 'b' } }],
    ['one that an affinity asks for', true, {}, inZone('In', ['a', 'b'])],
    ['one that an affinity rules out', false, {}, inZone('NotIn', ['a'])],
    ['one of which an unknown operator says nothing', false, {}, inZone('Gt', ['1'])],
  ];
  for (const [what, takes, change, fields] of rows)
    test(`${what}: ${takes ? 'takes' : 'does not take'} a pod`, () => {
      const room = roomFrom([node('n1', change)], [], template(fields));
      assert.equal(room.nodes[0]?.takes, takes);
      assert.equal(placesFor(room).pods > 0, takes);
    });

  test('a node that does not say what it has is an error, not an empty node', () => {
    const silent = node('n1', { status: { allocatable: { cpu: '1' } } });
    assert.throws(() => roomFrom([silent], [], template()), /does not say how much memory/);
  });
});
