import type { BudgetLimit } from '../../src/domain/budget.ts';
import type { Settings, Timings } from '../../src/domain/settings.ts';
import { DEFAULT_TIMINGS } from '../../src/domain/settings.ts';
import type { Random } from './random.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Everything that can go wrong, by name. Each must have happened at least once over the seeds of a run. */
export const FAULTS = [
  'cluster/request-lost',
  'cluster/answer-lost',
  'cluster/connection-refused',
  'cluster/slow',
  'cluster/straggler',
  'cluster/write-request-lost',
  'cluster/write-answer-lost',
  'cluster/conflict',
  'cluster/overloaded',
  'cluster/refused',
  'cluster/nonsense',
  'metrics/unreachable',
  'metrics/html',
  'metrics/empty',
  'metrics/nan',
  'metrics/stale',
  'metrics/partial',
  'metrics/slow',
  'rules/unreachable',
  'rules/stale',
  'rules/unhealthy',
  'alerts/unreachable',
  'alerts/slow',
  'alerts/restart',
  'webhook/lost',
  'webhook/answer-lost',
  'webhook/duplicate',
  'webhook/late',
  'webhook/lying-resolved',
  'store/fails-before-commit',
  'store/fails-after-commit',
  'crash/between-events',
  'crash/before-commit',
  'crash/after-commit',
  'crash/before-effect',
  'crash/after-effect',
  'stop/orderly',
  'clock/forward',
  'clock/back',
  'world/edit',
  'world/scaled-by-hand',
  'world/recreated',
  'world/deleting',
  'world/autoscaler',
  'world/budget',
  'world/rollout-paused',
  'world/mode',
  'world/silence',
  'world/foreign-mark',
  'world/admission',
  'world/rollout',
  'world/freeze',
  'world/taken-back',
  'world/full',
  'person/pause',
  'person/pause-all',
  'person/resume',
  'person/take',
  'person/untake',
  'person/approve',
  'person/approve-other',
  'person/reject',
  'person/retry',
  'person/close',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What is wrong with a service; how it shows and what mends it is in `service.ts`. */
export const TROUBLES = [
  'load',
  'leak',
  'greedy',
  'harmful',
  'bad-rollout',
  'bad-release',
  'stale-config',
  'bad-node',
  'unfixable',
  'mystery',
  'foreign',
  'flapping',
  'none',
] as const;
export type Trouble = (typeof TROUBLES)[number];

export interface ServiceKnobs {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly trouble: Trouble;
  readonly beginsAtMs: number;
  /** It ends by itself after this long. */
  readonly lastsMs: number | undefined;
  /** Does it end when everything heals? What does not stays with a person. */
  readonly heals: boolean;
  readonly labelledBy: 'deployment' | 'pod';
  readonly severity: 'critical' | 'warning';
  readonly strategy: 'RollingUpdate' | 'Recreate';
  /** Its alert tells of a security incident besides. */
  readonly secured: boolean;
}

/** What one seed draws for itself: many things are off in any one run, so that the others are seen alone (swarm). */
export interface Knobs {
  /** Per call, per commit or per minute, as the place says that asks. */
  readonly rates: Readonly<Record<Fault, number>>;
  readonly services: readonly ServiceKnobs[];
  readonly settings: Settings;
  readonly giveBackMs: number;
  readonly faultsForMs: number;
  readonly healsForMs: number;
  readonly evaluationMs: number;
  readonly pendingMs: number;
  readonly groupWaitMs: number;
  readonly repeatMs: number;
  readonly reopenWithinMs: number;
}

export const TIMINGS: Timings = {
  ...DEFAULT_TIMINGS,
  waitLimitMs: 4 * MINUTE,
  approvalMs: 6 * MINUTE,
  claimByMs: MINUTE,
  lookEveryMs: 10 * SECOND,
  handedOverLookEveryMs: 30 * SECOND,
  holdCapMs: 150 * SECOND,
  rangeCapMs: MINUTE,
  proofTimeoutCapMs: 6 * MINUTE,
  ruleFreshMs: MINUTE,
  sampleFreshMs: MINUTE,
  recurrenceMs: 8 * MINUTE,
  reopenWithinMs: 40 * MINUTE,
  clearWithinMs: 4 * MINUTE,
};

/** Events a minute instead of chances a call. */
const PER_MINUTE = /^(?:crash\/between|stop|clock|world|person|alerts\/restart)/;
const OFTEN_ASKED = /^(?:person\/(?:approve|reject|untake)|world\/mode)/;
/** They end the process, so they must stay rare for anything else to be seen. */
const RARE = /^(?:crash|store)\//;
/** Drawn at writes only, of which a run has a handful. */
const AT_WRITES = /^(?:crash\/(?:before|after)-effect|cluster\/(?:straggler|conflict|refused|write-))/;

function rateOf(fault: Fault, random: Random): number {
  if (random.happens(AT_WRITES.test(fault) ? 0.7 : 0.55)) return 0;
  if (AT_WRITES.test(fault)) return random.random() * 0.5;
  if (PER_MINUTE.test(fault))
    return random.random() * (OFTEN_ASKED.test(fault) ? 0.6 : fault === 'person/close' ? 0.25 : 0.12);
  return 10 ** -(random.random() * 1.6 + (RARE.test(fault) ? 2.3 : 1));
}

/** What Runova can do something about comes more often than what it only passes on. */
const OFTEN: readonly Trouble[] = [
  'load',
  'load',
  'load',
  'greedy',
  'harmful',
  'harmful',
  'bad-rollout',
  'bad-rollout',
  'bad-release',
  'stale-config',
  'bad-node',
  'flapping',
  'flapping',
];

function serviceKnobs(index: number, random: Random): ServiceKnobs {
  const trouble = random.pick([...TROUBLES, ...OFTEN]);
  return {
    namespace: random.pick(['shop', 'shop', 'pay']),
    name: `svc${index}`,
    replicas: random.between(1, 4),
    trouble,
    beginsAtMs: random.between(5, 10 * 60) * SECOND,
    lastsMs: random.happens(0.3) ? random.between(2, 12) * MINUTE : undefined,
    heals: random.happens(0.7),
    labelledBy: random.happens(0.5) ? 'deployment' : 'pod',
    severity: random.happens(0.3) ? 'critical' : 'warning',
    strategy: random.happens(0.1) ? 'Recreate' : 'RollingUpdate',
    secured: random.happens(0.04),
  };
}

/** The world has three nodes or more, at 4.50 each. */
function budgetOf(random: Random): BudgetLimit {
  return {
    monthlyCents: random.pick([1_000, 1_500]),
    currency: 'EUR',
    warn: 0.8,
    exceeded: random.happens(0.5) ? 'refuse-all' : 'refuse-costly',
    pricesCents: random.happens(0.9) ? { flat: 450 } : {},
  };
}

function settingsOf(random: Random): Settings {
  const tight = random.happens(0.25);
  return {
    clusterName: 'simulated',
    mode: random.happens(0.8) ? 'auto' : random.happens(0.8) ? 'ask' : 'observe',
    changes: {
      allow: random.happens(0.9) ? [{ namespaces: ['*'] }] : [{ namespaces: ['shop'] }],
      never: random.happens(0.05) ? [{ actions: ['roll-back'] }] : [],
    },
    ownNamespaces: ['runova'],
    limits: {
      target: {
        changes: { count: random.between(1, 4), perMs: 24 * 60 * MINUTE },
        cooldownMs: random.between(0, 8) * MINUTE,
      },
      playbook: { count: tight ? 1 : 4, perMs: 30 * MINUTE },
      namespace: { count: tight ? 2 : 6, perMs: 30 * MINUTE },
      cluster: { count: tight ? 2 : 10, perMs: 30 * MINUTE },
      parallel: random.between(1, 3),
      unavailable: 0.34,
      storm: {
        targets: random.happens(0.2) ? random.between(1, 2) : 10,
        share: 0.2,
        withinMs: 5 * MINUTE,
        calmForMs: 2 * MINUTE,
      },
      breaker: { failures: random.between(1, 3), of: 5 },
    },
    autonomy: { earnSuccesses: 5, demoteFailures: random.between(1, 2) },
    timings: TIMINGS,
    tell: 'alertmanager',
    ...(random.happens(0.3) ? { budget: budgetOf(random) } : {}),
  };
}

/**
 * What comes and goes for a long time, closed by hand now and then: edges that take many episodes to reach. Where an
 * end is soon forgotten, each episode is an incident of its own, and meets the cooldown and debts of the one before.
 */
function longFlapping(knobs: Knobs, random: Random): Knobs {
  const off = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  const forgets = random.happens(0.5);
  const { settings } = knobs;
  const { limits } = settings;
  return {
    ...knobs,
    rates: {
      ...off,
      'person/close': forgets ? 0 : 0.35,
      'webhook/duplicate': 0.1,
      'cluster/write-request-lost': forgets ? 0.4 : 0,
      'world/rollout': forgets ? 0.4 : 0,
    },
    services: knobs.services.map((service) => ({
      ...service,
      trouble: 'flapping',
      lastsMs: undefined,
      beginsAtMs: 5 * SECOND,
    })),
    settings: {
      ...settings,
      mode: 'auto',
      ...(forgets
        ? {
            changes: { allow: [{ namespaces: ['*'] }], never: [] },
            limits: {
              ...limits,
              target: {
                changes: { count: 20, perMs: 60 * MINUTE },
                cooldownMs: random.pick([0, 2, 6]) * MINUTE,
              },
              parallel: 3,
            },
            timings: { ...settings.timings, recurrenceMs: 10 * SECOND },
          }
        : {}),
    },
    giveBackMs: forgets ? 20 * SECOND : knobs.giveBackMs,
    reopenWithinMs: forgets ? 10 * SECOND : knobs.reopenWithinMs,
    faultsForMs: 40 * MINUTE,
  };
}

export function drawKnobs(random: Random): Knobs {
  const knobs = drawAny(random);
  return random.happens(0.08) ? longFlapping(knobs, random) : knobs;
}

function drawAny(random: Random): Knobs {
  const count = random.between(1, 5);
  return {
    rates: Object.fromEntries(FAULTS.map((fault) => [fault, rateOf(fault, random)])) as Record<Fault, number>,
    services: Array.from({ length: count }, (_, index) => serviceKnobs(index, random)),
    settings: settingsOf(random),
    giveBackMs: random.between(2, 8) * MINUTE,
    faultsForMs: random.between(16, 34) * MINUTE,
    healsForMs: 28 * MINUTE,
    evaluationMs: random.pick([10, 15]) * SECOND,
    pendingMs: random.pick([0, 15, 30, 60]) * SECOND,
    groupWaitMs: random.pick([0, 5, 30]) * SECOND,
    repeatMs: random.pick([1, 3, 5]) * MINUTE,
    reopenWithinMs: TIMINGS.reopenWithinMs,
  };
}
