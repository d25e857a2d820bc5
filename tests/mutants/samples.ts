import type { JoinedAlert } from '../../src/domain/alert.ts';
import type { BudgetLimit } from '../../src/domain/budget.ts';
import type { GuardFacts } from '../../src/domain/guards/guard.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { LimitFacts, ReserveCheck } from '../../src/domain/limits.ts';
import type { Operation, Plan } from '../../src/domain/operation.ts';
import type { Condition, Measure, Playbook, Rung } from '../../src/domain/playbook.ts';
import type { NodeRoom, Room } from '../../src/domain/room.ts';
import { DEFAULT_TIMINGS, type Limits, type Settings } from '../../src/domain/settings.ts';
import type { TargetRef } from '../../src/domain/target.ts';
import type { Pod, PodTemplate, Revision, TargetView, Workload } from '../../src/domain/workload.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const NOW = Date.UTC(2026, 10, 3, 2, 11, 4);

export const CHECKOUT: TargetRef = { kind: 'Deployment', namespace: 'shop', name: 'checkout' };

export const ALERT: JoinedAlert = {
  key: '81fb1270249dfa2f@1',
  fingerprint: '81fb1270249dfa2f',
  startsAtMs: 1,
  labels: { alertname: 'HighMemoryUsage', namespace: 'shop', deployment: 'checkout', severity: 'warning' },
  annotations: {},
  status: 'firing',
  receivedAtMs: NOW - MINUTE,
};

export const TEMPLATE: PodTemplate = {
  raw: { spec: {} },
  annotations: {},
  containers: [{ name: 'app', image: 'checkout:2' }],
  configs: [],
};

export function pod(name: string, change: Partial<Pod> = {}): Pod {
  return {
    namespace: 'shop',
    name,
    uid: `uid of ${name}`,
    node: 'node-a',
    createdAtMs: NOW - HOUR,
    phase: 'Running',
    ready: true,
    terminating: false,
    owner: 'checkout-2',
    containers: [{ name: 'app', ready: true, restarts: 0 }],
    ...change,
  };
}

export const WORKLOAD: Workload = {
  ref: CHECKOUT,
  uid: 'uid of checkout',
  resourceVersion: '17',
  generation: 4,
  observedGeneration: 4,
  labels: {},
  annotations: {},
  deleting: false,
  pausedRollout: false,
  replicas: 4,
  status: { replicas: 4, updated: 4, ready: 4, available: 4 },
  rolloutStuck: false,
  strategy: 'RollingUpdate',
  maxUnavailable: 1,
  revision: 2,
  template: TEMPLATE,
  managers: [],
};

export const REVISION: Revision = {
  name: 'checkout-2',
  uid: 'uid of checkout-2',
  revision: 2,
  createdAtMs: NOW - HOUR,
  replicas: 4,
  available: 4,
  template: TEMPLATE,
};

export const VIEW: TargetView = {
  workload: WORKLOAD,
  pods: ['a', 'b', 'c', 'd'].map((letter) => pod(`checkout-2-${letter}`)),
  revisions: [
    REVISION,
    {
      ...REVISION,
      name: 'checkout-1',
      uid: 'uid of checkout-1',
      revision: 1,
      createdAtMs: NOW - DAY,
      replicas: 0,
      available: 0,
    },
  ],
  namespaceAnnotations: {},
  autoscalers: [],
  budgets: [],
  nodes: [{ name: 'node-a', ready: true, schedulable: true }],
  configChanges: [],
  readAtMs: NOW,
};

export const LIMITS: Limits = {
  target: { changes: { count: 3, perMs: DAY }, cooldownMs: 30 * MINUTE },
  playbook: { count: 4, perMs: HOUR },
  namespace: { count: 6, perMs: HOUR },
  cluster: { count: 10, perMs: HOUR },
  parallel: 3,
  unavailable: 0.34,
  storm: { targets: 10, share: 0.2, withinMs: 10 * MINUTE, calmForMs: 15 * MINUTE },
  breaker: { failures: 3, of: 5 },
};

export const SETTINGS: Settings = {
  clusterName: 'test',
  mode: 'auto',
  changes: { allow: [{ namespaces: ['shop'] }], never: [] },
  ownNamespaces: ['runova'],
  limits: LIMITS,
  autonomy: { earnSuccesses: 5, demoteFailures: 2 },
  timings: DEFAULT_TIMINGS,
  tell: 'alertmanager',
};

export const MEMORY: Measure = {
  name: 'memory',
  title: 'memory of limit',
  each: 'pod',
  unit: 'percent',
  query: 'max by (pod) (used{$target})',
  rangeMs: 0,
};

export const BELOW_80: Condition = {
  text: 'memory < 80%',
  of: { kind: 'measure', measure: 'memory' },
  op: '<',
  value: { kind: 'number', number: 80 },
};

export const RUNG: Rung = { action: 'scale', when: [], with: { add: 1, max: 6 } };

export const PLAYBOOK: Playbook = {
  name: 'high-memory-usage',
  title: 'memory',
  version: 'abcdef0',
  rank: 50,
  match: [[{ label: 'alertname', op: '=', value: 'HighMemoryUsage' }]],
  target: { kind: 'Deployment', from: ['deployment'] },
  autonomy: 'auto',
  guards: { stateless: true },
  ladder: [RUNG],
  verify: { holdMs: 10 * MINUTE, timeoutMs: 30 * MINUTE, fixed: [BELOW_80], harm: [] },
  handover: { look: [], try: [] },
  measures: { memory: MEMORY },
};

export const PLAN: Plan = {
  action: 'scale',
  target: CHECKOUT,
  uid: WORKLOAD.uid,
  change: { kind: 'scale', from: 4, to: 5 },
  summary: 'replicas 4 → 5',
  digest: 'the digest',
  resourceVersion: '17',
  generation: 4,
  takesAway: 0,
  startsPods: true,
};

export const RESTART: Plan = {
  ...PLAN,
  action: 'rollout-restart',
  change: { kind: 'rollout-restart' },
  summary: 'restart',
  takesAway: 1,
};

/** One below every limit, so that one more reaches it. */
export const COUNTS: LimitFacts = {
  nowMs: NOW,
  paused: [],
  liveOnTarget: [],
  live: 2,
  changesOnTarget: 2,
  changesByPlaybook: 3,
  changesInNamespace: 5,
  changesInCluster: 9,
  lastEndedAtMs: NOW - 30 * MINUTE,
  recentProofs: [false, true, false, true, true],
  streak: { fixed: 0, notFixed: 1 },
  newTargets: { cluster: 10, namespace: 10, unresolved: 0 },
};

export const CHECK: ReserveCheck = {
  incident: 41,
  target: 'Deployment/shop/checkout',
  namespace: 'shop',
  playbook: PLAYBOOK.name,
  alertname: 'HighMemoryUsage',
  action: 'scale',
  limits: LIMITS,
  purpose: 'fix',
};

const GIBI = 2 ** 30;
const NODE: NodeRoom = {
  name: 'node-a',
  instanceType: 'small',
  takes: true,
  allocatable: { cpuMillis: 2_000, memoryBytes: 4 * GIBI, pods: 110 },
  free: { cpuMillis: 100, memoryBytes: GIBI / 4, pods: 1 },
};

/** Room for exactly one pod more, on the second of three nodes. */
export const ROOM: Room = {
  nodes: [
    { ...NODE, free: { ...NODE.free, memoryBytes: GIBI / 4 - 1 } },
    { ...NODE, name: 'node-b' },
    { ...NODE, name: 'master', takes: false, free: NODE.allocatable },
  ],
  pod: { cpuMillis: 100, memoryBytes: GIBI / 4, pods: 1 },
  surge: 1,
};

/** Three nodes at 4.50 are 90 % of it. */
export const BUDGET: BudgetLimit = {
  monthlyCents: 1_500,
  currency: 'EUR',
  warn: 0.8,
  exceeded: 'refuse-all',
  pricesCents: { flat: 450 },
};

/** Facts that every guard allows, each by the narrowest margin where there is one. */
export const FACTS: GuardFacts = {
  nowMs: NOW,
  settings: SETTINGS,
  limits: LIMITS,
  playbook: PLAYBOOK,
  rung: RUNG,
  plan: PLAN,
  alerts: [ALERT],
  securityClass: undefined,
  firing: { kind: 'firing', read: 'rule firing at source' },
  listed: { kind: 'answered', alerts: [] },
  view: VIEW,
  freeze: { timeZone: 'Europe/Berlin', next: { name: 'release freeze', fromMs: NOW + 1 } },
  counts: COUNTS,
  unknownMarks: [],
  recentOperations: [],
  dryRun: { kind: 'ok', read: 'dry run accepted' },
  admission: { kind: 'ok', read: 'a new pod accepted' },
  room: { kind: 'known', room: ROOM },
  size: { targets: 40, namespace: 40 },
  approved: undefined,
  ownChanges: 0,
};

export const OPERATION: Operation = {
  id: '01890000-0000-7000-8000-000000000001',
  number: '41.1',
  incident: 41,
  purpose: 'fix',
  rung: 0,
  playbook: PLAYBOOK.name,
  alertname: 'HighMemoryUsage',
  plan: PLAN,
  before: { ready: 4 },
  executor: 'direct',
  state: 'reserved',
  reservedAtMs: NOW,
  claimByMs: NOW + 5 * MINUTE,
};

export const INCIDENT: Incident = {
  id: 41,
  state: 'open',
  openedAtMs: NOW - MINUTE,
  severity: 'warning',
  alerts: [ALERT],
  target: CHECKOUT,
  rung: 0,
  attempts: [],
  operationsReserved: 0,
  asked: 0,
  recurrences: [],
};
