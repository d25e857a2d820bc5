import { FAULTS, type Fault, type Knobs, type Trouble } from '../simulation/knobs.ts';

const SECOND = 1_000;

function only(rates: Partial<Record<Fault, number>>): Knobs['rates'] {
  return { ...(Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>), ...rates };
}

/** Runova may act, on troubles that it can do something about, again and again. */
function acting(knobs: Knobs, troubles: readonly Trouble[], rates: Partial<Record<Fault, number>>): Knobs {
  return {
    ...knobs,
    rates: only(rates),
    services: knobs.services.map((service, index) => ({
      ...service,
      trouble: troubles[index % troubles.length] ?? 'load',
      strategy: 'RollingUpdate',
      replicas: Math.max(3, service.replicas),
      lastsMs: undefined,
      beginsAtMs: (5 + 20 * index) * SECOND,
    })),
    settings: {
      ...knobs.settings,
      mode: 'auto',
      changes: { allow: [{ namespaces: ['*'] }], never: [] },
      limits: {
        ...knobs.settings.limits,
        target: { changes: { count: 20, perMs: 60 * 60 * SECOND }, cooldownMs: 0 },
        parallel: 3,
        storm: { ...knobs.settings.limits.storm, targets: 50 },
        breaker: { failures: 5, of: 5 },
      },
    },
  };
}

const SLOW = { 'metrics/slow': 0.7, 'cluster/slow': 0.7, 'alerts/slow': 0.5 } as const;

/** Runs about one thing: what a mutant breaks is met there within a few seeds. */
export const SHAPES: Readonly<Record<string, (knobs: Knobs) => Knobs>> = {
  any: (knobs) => knobs,
  acting: (knobs) => acting(knobs, ['load', 'bad-rollout', 'stale-config', 'harmful'], {}),
  lossy: (knobs) =>
    acting(knobs, ['load', 'bad-rollout', 'stale-config', 'greedy'], {
      'cluster/write-answer-lost': 0.5,
      'cluster/straggler': 0.2,
      'cluster/write-request-lost': 0.2,
    }),
  held: (knobs) =>
    acting(knobs, ['load', 'flapping', 'bad-rollout'], {
      ...SLOW,
      'person/pause': 3,
      'person/resume': 2,
      'person/take': 3,
      'person/untake': 2,
      'person/retry': 3,
    }),
  edited: (knobs) =>
    acting(knobs, ['load', 'flapping', 'bad-rollout'], {
      ...SLOW,
      'world/scaled-by-hand': 3,
      'world/rollout': 2,
      'world/recreated': 2,
      'person/retry': 3,
    }),
  refused: (knobs) =>
    acting(knobs, ['load', 'flapping', 'bad-rollout'], {
      ...SLOW,
      'cluster/conflict': 0.8,
      'cluster/overloaded': 0.2,
      'person/retry': 3,
    }),
  straggling: (knobs) =>
    acting(knobs, ['load', 'bad-rollout', 'stale-config', 'greedy'], { 'cluster/straggler': 0.9 }),
  forgetful: (knobs) =>
    acting(knobs, ['load', 'flapping', 'bad-rollout'], { 'store/fails-after-commit': 0.01 }),
  brief: (knobs) => {
    const given = acting(knobs, ['load', 'bad-rollout', 'stale-config', 'load'], SLOW);
    // Over while it is still planned: what was seen first is not so any more when it is to be done.
    const services = given.services.map((service, index) => ({
      ...service,
      lastsMs: (15 + 5 * index) * SECOND,
    }));
    return { ...given, services, evaluationMs: 10 * SECOND, pendingMs: 0, groupWaitMs: 0 };
  },
};
