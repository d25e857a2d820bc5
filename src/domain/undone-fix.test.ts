import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OPERATION, RESTART, REVISION, TEMPLATE, VIEW, WORKLOAD } from '../../tests/mutants/samples.ts';
import { fieldManager, OPERATION_ANNOTATION, type Change, type Operation } from './operation.ts';
import { undoneFix } from './undone-fix.ts';
import type { PodTemplate, TargetView, Workload } from './workload.ts';

const { id } = OPERATION;
const OTHER = '01890000-0000-7000-8000-000000000009';
const marked = (by?: string): PodTemplate => ({
  ...TEMPLATE,
  annotations: by === undefined ? {} : { [OPERATION_ANNOTATION]: by },
});
const image = (name: string): PodTemplate['raw'] => ({
  spec: { containers: [{ name: 'app', image: name }] },
});
const [GOOD, BAD] = [image('app:1'), image('app:2')];
const BACK: Change = { kind: 'roll-back', fromRevision: 2, toRevision: 1, template: GOOD, previous: BAD };
/** The target as it runs now, by its template and by whether our mark is still on it. */
const running = (raw: PodTemplate['raw'], by?: string): TargetView => ({
  ...VIEW,
  workload: { ...WORKLOAD, revision: 4, template: { ...marked(by), raw } },
});

const done = (change: Partial<Operation> = {}): Operation => ({ ...OPERATION, state: 'done', ...change });
const scaled = done();
const restarted = done({ plan: RESTART });
const rolledBack = done({ plan: { ...RESTART, action: 'roll-back', change: BACK } });

const heldBy = (manager: string, replicas: number): TargetView => ({
  ...VIEW,
  workload: {
    ...WORKLOAD,
    replicas,
    managers: [
      { manager, operation: 'Update', subresource: 'scale', ownsReplicas: true, ownsTemplate: false },
    ],
  },
});
/** The target with these revisions, oldest first, by the mark that each carries; the last one is current. */
const revised = (marks: readonly (string | undefined)[], change: Partial<Workload> = {}): TargetView => ({
  ...VIEW,
  workload: { ...WORKLOAD, revision: marks.length, template: marked(marks.at(-1)), ...change },
  revisions: marks
    .map((by, index) => ({ ...REVISION, revision: index + 1, template: marked(by) }))
    .toReversed(),
});

type Row = readonly [when: string, operations: readonly Operation[], view: TargetView, undone: boolean];

const TABLE: readonly Row[] = [
  ['nothing was done', [], heldBy('kubectl', 1), false],
  ['a scale that stands', [scaled], heldBy(fieldManager(id), 5), false],
  ['a scale that somebody raised further', [scaled], heldBy('kubectl', 6), false],
  ['a scale that somebody lowered', [scaled], heldBy('kubectl', 4), true],
  [
    'a scale on an object that was replaced',
    [scaled],
    { ...VIEW, workload: { ...WORKLOAD, uid: 'new' } },
    true,
  ],
  [
    'a scale that we gave back',
    [done({ id: OTHER, purpose: 'give-back' }), scaled],
    heldBy(fieldManager(OTHER), 4),
    false,
  ],
  [
    'a scale that was given back, and nobody knows yet',
    [done({ id: OTHER, purpose: 'give-back', state: 'unknown' }), scaled],
    heldBy(fieldManager(OTHER), 4),
    false,
  ],
  ['a scale that we undid', [done({ id: OTHER, purpose: 'undo' }), scaled], heldBy('kubectl', 4), false],
  ['a scale that was not done', [done({ state: 'not-done' })], heldBy('kubectl', 4), false],
  [
    'a later one that was closed does not hide it',
    [done({ id: OTHER, state: 'closed' }), scaled],
    heldBy('kubectl', 4),
    true,
  ],
  ['a restart whose mark is there', [restarted], revised([undefined, id]), false],
  ['a restart, and a later rollout that kept the mark', [restarted], revised([undefined, id, id]), false],
  ['a restart, and a release after it', [restarted], revised([undefined, id, undefined]), false],
  ['a roll back that stands', [rolledBack], running(GOOD, id), false],
  ['a roll back, and the bad template runs again', [rolledBack], running(BAD), true],
  ['a roll back, and the bad template runs again with our mark kept', [rolledBack], running(BAD, id), true],
  ['a roll back, and a release after it', [rolledBack], running(image('app:3')), false],
  [
    'a roll back, and a release after it that kept our mark',
    [rolledBack],
    running(image('app:3'), id),
    false,
  ],
  [
    'an evicted pod leaves nothing to undo',
    [done({ plan: { ...RESTART, change: { kind: 'restart-pod', pod: 'a', podUid: 'a' } } })],
    revised([undefined]),
    false,
  ],
];

describe('what we did here last', () => {
  for (const [when, operations, view, undone] of TABLE)
    test(`${when}: ${undone ? 'undone' : 'not undone'}`, () => {
      const found = undoneFix(operations, view);
      assert.equal(found !== undefined, undone);
      if (undone) assert.equal(found?.number, '41.1');
    });

  test('says who set the number', () => {
    assert.equal(undoneFix([scaled], heldBy('helm', 3))?.read, 'replicas are 3, not 5: set by helm');
  });
});
