import type { BudgetLimit } from '../../src/domain/budget.ts';
import type { GuardFacts } from '../../src/domain/guards/guard.ts';
import { MODE_ANNOTATION, type Operation, type Plan } from '../../src/domain/operation.ts';
import type { Room, RoomLook } from '../../src/domain/room.ts';
import type { Settings } from '../../src/domain/settings.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import type { Pod, TargetView, Workload } from '../../src/domain/workload.ts';
import {
  ALERT,
  BUDGET,
  COUNTS,
  FACTS,
  LIMITS,
  MINUTE,
  NOW,
  OPERATION,
  PLAN,
  pod,
  RESTART,
  ROOM,
  SETTINGS,
  VIEW,
  WORKLOAD,
} from './samples.ts';

export interface GuardCase {
  readonly guard: string;
  readonly when: string;
  readonly verdict: Verdict;
  readonly facts: GuardFacts;
  /** The other guards allow, so that without this one it would be done. */
  readonly alone: boolean;
}

const withWorkload = (change: Partial<Workload>, view: Partial<TargetView> = {}): Partial<GuardFacts> => ({
  view: { ...VIEW, ...view, workload: { ...WORKLOAD, ...change } },
});
const withCounts = (change: Partial<GuardFacts['counts']>): Partial<GuardFacts> => ({
  counts: { ...COUNTS, ...change },
});
const withSettings = (change: Partial<Settings>): Partial<GuardFacts> => ({
  settings: { ...SETTINGS, ...change },
});
const listedAs = (change: {
  readonly silencedBy?: readonly string[];
  readonly inhibitedBy?: readonly string[];
}): Partial<GuardFacts> => ({
  listed: {
    kind: 'answered',
    alerts: [
      { ...ALERT, endsAtMs: NOW + MINUTE, state: 'suppressed', silencedBy: [], inhibitedBy: [], ...change },
    ],
  },
});
const CRASHING: readonly Pod[] = VIEW.pods.map((one) =>
  pod(one.name, {
    ready: false,
    containers: [{ name: 'app', ready: false, restarts: 3, waiting: 'CrashLoopBackOff' }],
  }),
);
const withBudget = (change: Partial<BudgetLimit>): Partial<GuardFacts> =>
  withSettings({ budget: { ...BUDGET, ...change } });
const withRoom = (change: Partial<Room>): Partial<GuardFacts> => ({
  room: { kind: 'known', room: { ...ROOM, ...change } },
});
/** For pods that need none of what nodes have. */
const ANY_ROOM = withRoom({ pod: { cpuMillis: 0, memoryBytes: 0, pods: 0 } });
const FULL_ROOM: Room = {
  ...ROOM,
  nodes: ROOM.nodes.map((node) => ({ ...node, free: { cpuMillis: 0, memoryBytes: 0, pods: 0 } })),
};
const FULL: RoomLook = { kind: 'known', room: FULL_ROOM };
const withFull = (change: Partial<Room>): Partial<GuardFacts> => ({
  room: { kind: 'known', room: { ...FULL_ROOM, ...change } },
});
const NO_ROOM_KNOWN: RoomLook = { kind: 'unknown', why: 'no answer' };
const EVICT: Plan = {
  ...RESTART,
  action: 'restart-pod',
  takesAway: 0,
  change: { kind: 'restart-pod', pod: 'checkout-2-a', podUid: 'uid of checkout-2-a' },
};
/** A scale to one more than the sample has, by a manager that is on it no more. */
const DONE: Operation = { ...OPERATION, state: 'done' };
const unknown = { kind: 'unknown', read: 'no answer' } as const;

type Row = readonly [when: string, verdict: Verdict, change: Partial<GuardFacts>, alone?: 'not alone'];

/** Per guard: what it allows, waits for, asks, refuses, and that it never allows what it cannot tell. */
const TABLE: Readonly<Record<string, readonly Row[]>> = {
  paused: [
    ['nothing is paused', 'allow', {}],
    ['everything is paused', 'wait', withCounts({ paused: ['everywhere'] })],
  ],
  scope: [
    ['the namespace is allowed', 'allow', {}],
    ['nothing is allowed', 'refuse', withSettings({ changes: { allow: [], never: [] } })],
    ['an empty line allows nothing', 'refuse', withSettings({ changes: { allow: [{}], never: [] } })],
    [
      'an empty list allows nothing',
      'refuse',
      withSettings({ changes: { allow: [{ namespaces: [] }], never: [] } }),
    ],
    [
      'another namespace is allowed',
      'refuse',
      withSettings({ changes: { allow: [{ namespaces: ['pay', 'sho', 'shopping'] }], never: [] } }),
    ],
    [
      'a pattern fits',
      'allow',
      withSettings({
        changes: { allow: [{ namespaces: ['s*p'], kinds: ['*'], actions: ['sc*'] }], never: [] },
      }),
    ],
    [
      'never wins over allow',
      'refuse',
      withSettings({ changes: { allow: [{ namespaces: ['*'] }], never: [{ actions: ['scale'] }] } }),
    ],
    [
      'it is our own namespace',
      'refuse',
      {
        plan: { ...PLAN, target: { ...PLAN.target, namespace: 'runova' } },
        ...withSettings({ changes: { allow: [{ namespaces: ['*'] }], never: [] } }),
      },
    ],
  ],
  'held by a person': [
    ['nobody holds it', 'allow', {}],
    [
      'the alert is listed and active',
      'allow',
      {
        listed: {
          kind: 'answered',
          alerts: [{ ...ALERT, endsAtMs: NOW + MINUTE, state: 'active', silencedBy: [], inhibitedBy: [] }],
        },
      },
    ],
    ['somebody took it', 'wait', withCounts({ takenBy: 'ada' })],
    ['the alert is silenced', 'wait', listedAs({ silencedBy: ['a silence'] })],
    ['the alert is inhibited', 'wait', listedAs({ inhibitedBy: ['another alert'] })],
    ['Alertmanager cannot be asked', 'wait', { listed: { kind: 'unknown', why: '502' } }],
    ['the rollout is paused', 'wait', withWorkload({ pausedRollout: true })],
    ['the object says off', 'refuse', withWorkload({ annotations: { [MODE_ANNOTATION]: 'off' } })],
    [
      'the namespace says off',
      'refuse',
      withWorkload({}, { namespaceAnnotations: { [MODE_ANNOTATION]: 'off' } }),
    ],
    [
      'the object says a word that nobody knows',
      'refuse',
      withWorkload({ annotations: { [MODE_ANNOTATION]: 'perhaps' } }),
    ],
  ],
  security: [
    ['no alert tells of it', 'allow', {}],
    ['an alert tells of it', 'refuse', { securityClass: 'runtime threat' }],
  ],
  autonomy: [
    ['all say auto', 'allow', {}],
    ['the configuration asks', 'ask', withSettings({ mode: 'ask' })],
    ['the configuration observes', 'refuse', withSettings({ mode: 'observe' })],
    ['the playbook asks', 'ask', { playbook: { ...FACTS.playbook, autonomy: 'ask' } }],
    ['the rung asks', 'ask', { rung: { ...FACTS.rung, autonomy: 'ask' } }],
    ['the object asks', 'ask', withWorkload({ annotations: { [MODE_ANNOTATION]: 'ask' } })],
    [
      'the namespace observes',
      'refuse',
      withWorkload({}, { namespaceAnnotations: { [MODE_ANNOTATION]: 'observe' } }),
    ],
    ['it failed twice in a row', 'ask', withCounts({ streak: { fixed: 0, notFixed: 2 } })],
    ['this very plan is approved', 'allow', { ...withSettings({ mode: 'ask' }), approved: PLAN.digest }],
    ['another plan is approved', 'ask', { ...withSettings({ mode: 'ask' }), approved: 'another digest' }],
    [
      'approved, but only observed',
      'refuse',
      { ...withSettings({ mode: 'observe' }), approved: PLAN.digest },
    ],
  ],
  freeze: [
    ['one begins in a moment', 'allow', {}],
    ['none is configured', 'allow', { freeze: { timeZone: 'UTC' } }],
    [
      'one is on',
      'wait',
      { freeze: { timeZone: 'UTC', active: { name: 'release freeze', untilMs: NOW + 1 } } },
    ],
  ],
  'still firing': [
    ['the rule fires', 'allow', {}],
    ['the rule is inactive', 'wait', { firing: { kind: 'not-firing', by: 'rule', read: 'inactive' } }],
    ['nobody can tell', 'wait', { firing: { kind: 'cannot-tell', read: 'no answer' } }],
    ['it is absent once', 'wait', { firing: { kind: 'absent', read: 'not listed' } }],
  ],
  'target known': [
    ['it is the object that was planned', 'allow', {}],
    ['it is being deleted', 'wait', withWorkload({ deleting: true })],
    ['it was replaced', 'wait', withWorkload({ uid: 'another uid' })],
  ],
  owner: [
    ['nobody else owns the field', 'allow', {}],
    [
      'an HPA owns the replicas',
      'refuse',
      {
        view: {
          ...VIEW,
          autoscalers: [{ kind: 'HorizontalPodAutoscaler', name: 'auto', acts: true, paused: false }],
        },
      },
    ],
    [
      'KEDA owns the replicas',
      'refuse',
      { view: { ...VIEW, autoscalers: [{ kind: 'ScaledObject', name: 'auto', acts: true, paused: false }] } },
    ],
    [
      'a VPA does not own the replicas',
      'allow',
      {
        view: {
          ...VIEW,
          autoscalers: [{ kind: 'VerticalPodAutoscaler', name: 'auto', acts: true, paused: false }],
        },
      },
    ],
    [
      'Flux applies the replicas',
      'refuse',
      withWorkload({
        managers: [
          { manager: 'kustomize-controller', operation: 'Apply', ownsReplicas: true, ownsTemplate: true },
        ],
      }),
    ],
    [
      'Flux applies the template only',
      'allow',
      withWorkload({
        managers: [
          { manager: 'kustomize-controller', operation: 'Apply', ownsReplicas: false, ownsTemplate: true },
        ],
      }),
    ],
    [
      'Flux applies the template that is to be rolled back',
      'refuse',
      {
        ...withWorkload({
          managers: [
            { manager: 'helm-controller', operation: 'Apply', ownsReplicas: false, ownsTemplate: true },
          ],
        }),
        plan: {
          ...RESTART,
          action: 'roll-back',
          change: { kind: 'roll-back', fromRevision: 2, toRevision: 1, template: {}, previous: {} },
        },
      },
    ],
  ],
  'undone fix': [
    ['nothing was done here', 'allow', {}],
    [
      'what was done stands',
      'allow',
      {
        recentOperations: [DONE],
        ...withWorkload({ replicas: 5, status: { replicas: 5, updated: 5, ready: 5, available: 5 } }),
      },
    ],
    [
      'it was undone',
      'refuse',
      {
        recentOperations: [DONE],
        ...withWorkload({
          managers: [{ manager: 'kubectl', operation: 'Update', ownsReplicas: true, ownsTemplate: false }],
        }),
      },
    ],
  ],
  'known history': [
    ['every mark is known', 'allow', {}],
    ['a mark is not in the ledger', 'wait', { unknownMarks: ['01890000-0000-7000-8000-0000000000ff'] }],
  ],
  rollout: [
    ['it is complete', 'allow', {}],
    [
      'pods are being replaced',
      'wait',
      withWorkload({ status: { replicas: 5, updated: 2, ready: 4, available: 4 } }),
    ],
    ['the newest spec was not seen yet', 'wait', withWorkload({ generation: 5 }), 'not alone'],
    [
      'it is stuck, and to be rolled back',
      'allow',
      {
        ...withWorkload({ rolloutStuck: true, status: { replicas: 5, updated: 2, ready: 4, available: 4 } }),
        plan: RESTART,
      },
    ],
    [
      'its pods crash, and are to be restarted',
      'allow',
      {
        ...withWorkload({ status: { replicas: 5, updated: 2, ready: 4, available: 4 } }, { pods: CRASHING }),
        plan: RESTART,
      },
    ],
    [
      'its pods crash, and it is to be scaled',
      'wait',
      withWorkload({ status: { replicas: 5, updated: 2, ready: 4, available: 4 } }, { pods: CRASHING }),
    ],
  ],
  'one at a time': [
    ['no operation runs on it', 'allow', {}],
    ['another operation runs on it', 'wait', withCounts({ liveOnTarget: ['40.1'] })],
  ],
  parallel: [
    ['one below the limit', 'allow', {}],
    ['at the limit', 'wait', withCounts({ live: 3 })],
    ['none may run at all', 'refuse', { limits: { ...LIMITS, parallel: 0 } }],
  ],
  cooldown: [
    ['just over', 'allow', {}],
    ['no earlier incident', 'allow', { counts: { ...omitLastEnd(), nowMs: NOW } }],
    ['a moment too early', 'wait', withCounts({ lastEndedAtMs: NOW - 30 * MINUTE + 1 })],
    ['a rung of the same incident', 'allow', { ...withCounts({ lastEndedAtMs: NOW - 1 }), ownChanges: 1 }],
  ],
  attempts: [
    ['one below the limit', 'allow', {}],
    ['at the limit', 'refuse', withCounts({ changesOnTarget: 3 })],
  ],
  rate: [
    ['one below each limit', 'allow', {}],
    ['at the limit of the playbook', 'wait', withCounts({ changesByPlaybook: 4 })],
    ['at the limit of the namespace', 'wait', withCounts({ changesInNamespace: 6 })],
    ['at the limit of the cluster', 'wait', withCounts({ changesInCluster: 10 })],
  ],
  'blast radius': [
    ['one step up', 'allow', {}],
    [
      'to exactly twice',
      'allow',
      { plan: { ...PLAN, change: { kind: 'scale', from: 4, to: 8 } }, ...ANY_ROOM },
    ],
    [
      'to more than twice',
      'refuse',
      { plan: { ...PLAN, change: { kind: 'scale', from: 4, to: 9 } }, ...ANY_ROOM },
    ],
    ['takes a third away', 'allow', { plan: RESTART }],
    ['takes more than a third away', 'refuse', { plan: { ...RESTART, takesAway: 2 } }],
    [
      'takes the last healthy one away',
      'refuse',
      { plan: RESTART, ...withWorkload({ status: { replicas: 4, updated: 4, ready: 1, available: 1 } }) },
    ],
    ['a rollout may take all away', 'refuse', { plan: RESTART, ...withWorkload({ maxUnavailable: 4 }) }],
    [
      'a disruption budget has nothing left',
      'wait',
      { plan: RESTART, view: { ...VIEW, budgets: [{ name: 'checkout', disruptionsAllowed: 0 }] } },
    ],
    [
      'a disruption budget does not matter to what takes nothing away',
      'allow',
      { view: { ...VIEW, budgets: [{ name: 'checkout', disruptionsAllowed: 0 }] } },
    ],
  ],
  admission: [
    ['both dry runs are accepted', 'allow', {}],
    ['the change is not admitted', 'refuse', { dryRun: { kind: 'no', read: 'quota' } }],
    ['the new pod is not admitted', 'refuse', { admission: { kind: 'no', read: 'pod security' } }],
    ['the change could not be asked', 'wait', { dryRun: unknown }],
    ['the new pod could not be asked', 'wait', { admission: unknown }],
  ],
  storm: [
    ['as many new targets as the limit', 'allow', {}],
    [
      'one more in the namespace',
      'wait',
      withCounts({ newTargets: { cluster: 0, namespace: 11, unresolved: 0 } }),
    ],
    [
      'one more in the cluster',
      'wait',
      withCounts({ newTargets: { cluster: 11, namespace: 0, unresolved: 0 } }),
    ],
    [
      'those without a target count too',
      'wait',
      withCounts({ newTargets: { cluster: 10, namespace: 0, unresolved: 1 } }),
    ],
    [
      'many, but a small share',
      'allow',
      {
        ...withCounts({ newTargets: { cluster: 11, namespace: 11, unresolved: 0 } }),
        size: { targets: 55, namespace: 55 },
      },
    ],
    [
      'of unknown size',
      'wait',
      { ...withCounts({ newTargets: { cluster: 11, namespace: 0, unresolved: 0 } }), size: undefined },
    ],
    [
      'one is on',
      'wait',
      withCounts({ storm: { sinceMs: NOW - MINUTE, calmAtMs: NOW + 1, scope: 'the cluster' } }),
    ],
    [
      'one has just become calm',
      'allow',
      withCounts({ storm: { sinceMs: NOW - MINUTE, calmAtMs: NOW, scope: 'the cluster' } }),
    ],
  ],
  breaker: [
    ['two of the last five failed', 'allow', {}],
    ['three failed', 'ask', withCounts({ recentProofs: [false, false, true, false, true] })],
    [
      'three failed, and this plan is approved',
      'allow',
      { ...withCounts({ recentProofs: [false, false, true, false, true] }), approved: PLAN.digest },
    ],
    [
      'three failed, and another plan is approved',
      'ask',
      { ...withCounts({ recentProofs: [false, false, true, false, true] }), approved: 'another digest' },
    ],
  ],
  budget: [
    ['none is configured', 'allow', {}],
    ['none is configured, and the nodes cannot be read', 'allow', { room: NO_ROOM_KNOWN }, 'not alone'],
    ['below the share from which on it is said', 'allow', withBudget({ monthlyCents: 10_000 })],
    ['from that share on', 'allow', withBudget({})],
    ['a cent below', 'allow', withBudget({ monthlyCents: 1_351 })],
    ['reached', 'refuse', withBudget({ monthlyCents: 1_350 })],
    [
      'reached, and only what costs is refused',
      'allow',
      withBudget({ monthlyCents: 1_350, exceeded: 'refuse-costly' }),
    ],
    [
      'reached by the node that it needs',
      'refuse',
      { ...withBudget({ monthlyCents: 1_800, exceeded: 'refuse-costly' }), room: FULL },
      'not alone',
    ],
    [
      'not reached by the node that it needs',
      'allow',
      { ...withBudget({ monthlyCents: 1_801 }), room: FULL },
      'not alone',
    ],
    ['a price by instance type', 'refuse', withBudget({ pricesCents: { flat: 1, small: 500 } })],
    ['a type without a price', 'wait', withBudget({ pricesCents: { large: 450 } })],
    ['the nodes cannot be read', 'wait', { ...withBudget({}), room: NO_ROOM_KNOWN }, 'not alone'],
  ],
  capacity: [
    ['the last place there is', 'allow', {}],
    ['two places are asked for', 'refuse', { plan: { ...PLAN, change: { kind: 'scale', from: 4, to: 6 } } }],
    [
      'a byte too little',
      'refuse',
      withRoom({ pod: { ...ROOM.pod, memoryBytes: ROOM.pod.memoryBytes + 1 } }),
    ],
    [
      'a thousandth of a core too little',
      'refuse',
      withRoom({ pod: { ...ROOM.pod, cpuMillis: ROOM.pod.cpuMillis + 1 } }),
    ],
    ['no node takes another pod', 'refuse', { room: FULL }],
    ['pods that ask for nothing', 'allow', withRoom({ pod: { cpuMillis: 0, memoryBytes: 0, pods: 1 } })],
    ['the nodes cannot be read', 'wait', { room: NO_ROOM_KNOWN }],
    ['a restart that adds a pod first', 'refuse', { plan: RESTART, room: FULL }],
    ['a restart that takes a pod away first', 'allow', { plan: RESTART, ...withFull({ surge: 0 }) }],
    ['a pod of a good node makes its own room', 'allow', { plan: EVICT, room: FULL }],
    [
      'a pod of a bad node needs another',
      'refuse',
      {
        plan: EVICT,
        room: FULL,
        view: { ...VIEW, nodes: [{ name: 'node-a', ready: false, schedulable: true }] },
      },
    ],
    [
      'what starts no pods needs none',
      'allow',
      { plan: { ...PLAN, startsPods: false }, room: NO_ROOM_KNOWN },
    ],
  ],
};

function omitLastEnd(): Omit<GuardFacts['counts'], 'lastEndedAtMs'> {
  const { lastEndedAtMs: _lastEndedAtMs, ...counts } = COUNTS;
  return counts;
}

export const GUARD_CASES: readonly GuardCase[] = Object.entries(TABLE).flatMap(([guard, rows]) =>
  rows.map(([when, verdict, change, alone]) => ({
    guard,
    when,
    verdict,
    facts: { ...FACTS, ...change },
    alone: alone === undefined,
  })),
);
