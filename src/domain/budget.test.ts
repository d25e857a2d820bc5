import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BUDGET, ROOM } from '../../tests/mutants/samples.ts';
import { costOf, formatCents, type BudgetLimit } from './budget.ts';
import { formatResources, nodesToAdd, type Room } from './room.ts';

const full: Room = {
  ...ROOM,
  nodes: ROOM.nodes.map((node) => ({ ...node, free: { cpuMillis: 0, memoryBytes: 0, pods: 0 } })),
};

describe('what a plan costs', () => {
  const rows: readonly (readonly [string, BudgetLimit, Room, number, number | undefined, number?])[] = [
    ['three nodes at 4.50, the control plane too, and nothing where it fits', BUDGET, ROOM, 1, 1_350, 0],
    ['a node where one pod does not fit', BUDGET, ROOM, 2, 1_350, 450],
    ['one node for as many pods as an empty one takes', BUDGET, full, 16, 1_350, 450],
    ['two for one pod more', BUDGET, full, 17, 1_350, 900],
    [
      'by instance type, the others flat',
      { ...BUDGET, pricesCents: { small: 300, flat: 1 } },
      ROOM,
      0,
      900,
      0,
    ],
    ['a type without a price cannot be told', { ...BUDGET, pricesCents: { large: 450 } }, ROOM, 0, undefined],
    [
      'nor can a type with the name of a property',
      { ...BUDGET, pricesCents: {} },
      { ...ROOM, nodes: ROOM.nodes.map((node) => ({ ...node, instanceType: 'constructor' })) },
      0,
      undefined,
    ],
    [
      'nor what fits on no node at all',
      BUDGET,
      { ...ROOM, pod: { ...ROOM.pod, cpuMillis: 2_001 } },
      1,
      undefined,
    ],
  ];
  for (const [what, budget, room, pods, spent, adds] of rows)
    test(what, () => {
      const cost = costOf(budget, room, pods);
      if (spent === undefined) assert.equal(cost.kind, 'unknown');
      else assert.deepEqual(cost, { kind: 'known', spentCents: spent, addsCents: adds });
    });

  test('a node to add takes what a node that takes such pods takes; the control plane does not', () => {
    assert.equal(
      nodesToAdd({ ...full, nodes: full.nodes.map((node) => ({ ...node, takes: false })) }, 1),
      undefined,
    );
    assert.equal(nodesToAdd(ROOM, 0), 0);
  });

  test('money and amounts are written as people write them', () => {
    assert.equal(formatCents(1_350), '13.50');
    assert.equal(formatCents(5), '0.05');
    assert.equal(formatResources({ cpuMillis: 100, memoryBytes: 256 * 2 ** 20, pods: 1 }), '256Mi, 100m');
    assert.equal(formatResources({ cpuMillis: 900, memoryBytes: 1.1 * 2 ** 30, pods: 1 }), '1.1Gi, 900m');
  });
});
