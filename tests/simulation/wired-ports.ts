import type { AlertsAnswer } from '../../src/domain/source.ts';
import type { TargetRef } from '../../src/domain/target.ts';
import type { Workload } from '../../src/domain/workload.ts';
import type { Alerts, OwnAlert } from '../../src/ports/alerts.ts';
import type {
  Cluster,
  ClusterSize,
  ClusterWrite,
  Evidence,
  Looked,
  OwnerFound,
  Roomed,
  Written,
} from '../../src/ports/cluster.ts';
import type { Answer, Metrics, Question, RulesAnswer } from '../../src/ports/metrics.ts';
import { OpsError } from '../../src/ports/ops-error.ts';
import type { Random } from './random.ts';
import type { Call, Wire } from './wire.ts';
import type { World } from './world.ts';

const LOST = {
  request: 'cluster/request-lost',
  answer: 'cluster/answer-lost',
  refused: 'cluster/connection-refused',
  slow: 'cluster/slow',
} as const;

const LOST_WRITE = {
  ...LOST,
  request: 'cluster/write-request-lost',
  answer: 'cluster/write-answer-lost',
  straggler: 'cluster/straggler',
} as const;

function away(effect: 'none' | 'unknown'): OpsError {
  return new OpsError({ code: 'kubernetes/unreachable', retry: 'later', message: 'no answer', effect });
}

const overloaded = (): OpsError =>
  new OpsError({ code: 'kubernetes/overloaded', retry: 'later', message: '429: try again later' });
const nonsense = (): OpsError =>
  new OpsError({
    code: 'kubernetes/invalid-answer',
    retry: 'never',
    message: 'not the JSON that was asked for',
  });

/** What is watched of real writes by who checks them: when they left, and when they had their effect. */
export interface WriteWatch {
  sent(write: ClusterWrite): void;
  /** `before`: the object as it was when the request arrived. */
  effected(write: ClusterWrite, before: Workload | undefined): void;
}

export interface WiredClusterSetting {
  readonly wire: Wire;
  readonly world: World;
  /** Runova's own clock less the true one: what it reads, it dates by its own. */
  readonly skewMs: () => number;
  readonly watch: WriteWatch;
}

/** The cluster as one life of the process reaches it. */
export class WiredCluster implements Cluster {
  readonly #setting: WiredClusterSetting;

  constructor(setting: WiredClusterSetting) {
    this.#setting = setting;
  }

  identity(): Promise<string> {
    return this.#read('identity', () => this.#cluster.identity());
  }

  look(ref: TargetRef, how: 'fresh' | 'shared'): Promise<Looked> {
    return this.#read(`look ${ref.name} ${how}`, async () => {
      const looked = await this.#cluster.look(ref, how);
      if (looked.kind === 'absent') return looked;
      return {
        kind: 'found',
        view: { ...looked.view, readAtMs: looked.view.readAtMs + this.#setting.skewMs() },
      };
    });
  }

  ownerOf(namespace: string, pod: string): Promise<OwnerFound> {
    return this.#read(`owner of ${pod}`, () => this.#cluster.ownerOf(namespace, pod));
  }

  admits(ref: TargetRef, template: Readonly<Record<string, unknown>> | undefined): Promise<Written> {
    return this.#read(`admits ${ref.name}`, () => this.#cluster.admits(ref, template));
  }

  evidence(ref: TargetRef): Promise<Evidence> {
    return this.#read(`evidence ${ref.name}`, () => this.#cluster.evidence(ref));
  }

  size(): Promise<ClusterSize> {
    return this.#read('size', () => this.#cluster.size());
  }

  room(ref: TargetRef, template: Readonly<Record<string, unknown>> | undefined): Promise<Roomed> {
    return this.#read(`room ${ref.name}`, () => this.#cluster.room(ref, template));
  }

  write(write: ClusterWrite, how: 'dry-run' | 'real'): Promise<Written> {
    const real = how === 'real';
    const { watch } = this.#setting;
    if (real) watch.sent(write);
    return this.#setting.wire.call<Written>({
      name: `cluster/write ${how} ${write.kind} ${write.ref.name}`,
      effect: async () => {
        const before = this.#cluster.view(write.ref)?.workload;
        const { length } = this.#cluster.effects;
        const written = await this.#cluster.write(write, how);
        if (this.#cluster.effects.length > length) watch.effected(write, before);
        return written;
      },
      timedOut: () => away('unknown'),
      refused: () => away('none'),
      faults: [
        { fault: 'cluster/overloaded', instead: overloaded },
        { fault: 'cluster/conflict', instead: () => ({ kind: 'conflict', why: 'somebody else wrote it' }) },
        { fault: 'cluster/refused', instead: () => ({ kind: 'refused', why: 'exceeded quota' }) },
      ],
      lost: real ? LOST_WRITE : LOST,
      mayDie: real,
    });
  }

  get #cluster(): World['cluster'] {
    return this.#setting.world.cluster;
  }

  #read<T>(name: string, effect: () => Promise<T>): Promise<T> {
    return this.#setting.wire.call<T>({
      name: `cluster/${name}`,
      effect,
      timedOut: () => away('none'),
      refused: () => away('none'),
      faults: [
        { fault: 'cluster/overloaded', instead: overloaded },
        { fault: 'cluster/nonsense', instead: nonsense },
      ],
      lost: LOST,
    });
  }
}

const UNWELL = [
  'metrics/html',
  'metrics/unreachable',
  'metrics/empty',
  'metrics/nan',
  'metrics/partial',
  'metrics/stale',
] as const;
/** How old the samples of a source are that has stopped scraping. */
const STALE_MS = 5 * 60_000;

type Answers = ReadonlyMap<string, Answer>;

/** Prometheus as one life of the process reaches it. */
export class WiredMetrics implements Metrics {
  readonly #wire: Wire;
  readonly #world: World;
  readonly #random: Random;

  constructor(wire: Wire, world: World, random: Random) {
    this.#wire = wire;
    this.#world = world;
    this.#random = random;
  }

  rules(): Promise<RulesAnswer> {
    return this.#wire.call<RulesAnswer>({
      name: 'metrics/rules',
      effect: () => this.#world.metrics.rules(),
      timedOut: () => ({ kind: 'unknown', why: 'Prometheus did not answer in time' }),
      faults: [
        { fault: 'rules/unreachable', instead: () => ({ kind: 'unknown', why: 'Prometheus answered 503' }) },
        {
          fault: 'rules/stale',
          instead: () => this.#rulesAs({ lastEvaluationMs: this.#world.clock.now() - STALE_MS, alerts: [] }),
        },
        {
          fault: 'rules/unhealthy',
          instead: () => this.#rulesAs({ health: 'err', lastError: 'many-to-many matching', alerts: [] }),
        },
      ],
      lost: { slow: 'metrics/slow' },
    });
  }

  #rulesAs(change: Partial<ReturnType<World['rules']>[number]>): RulesAnswer {
    return { kind: 'answered', rules: this.#world.rules().map((rule) => ({ ...rule, ...change })) };
  }

  ask(questions: readonly Question[]): Promise<Answers> {
    const call: Call<Answers> = {
      name: `metrics/ask ${questions.length}`,
      effect: () => this.#world.metrics.ask(questions),
      timedOut: () =>
        new Map(
          questions.map(({ id }) => [id, { kind: 'unknown', why: 'Prometheus did not answer in time' }]),
        ),
      faults: UNWELL.map((fault) => ({
        fault,
        instead: async (effect) => this.#distort(await effect(), fault),
      })),
      lost: { slow: 'metrics/slow' },
    };
    return this.#wire.call(call);
  }

  #distort(answers: Answers, fault: (typeof UNWELL)[number]): Answers {
    return new Map(
      [...answers].map(([id, answer]) => [
        id,
        answer.kind === 'unknown' ? answer : this.#distorted(id, answer, fault),
      ]),
    );
  }

  #distorted(id: string, answer: Answer & { kind: 'answered' }, fault: (typeof UNWELL)[number]): Answer {
    switch (fault) {
      case 'metrics/html':
        return { kind: 'unknown', why: 'an HTML page instead of JSON' };
      case 'metrics/unreachable':
        return { kind: 'unknown', why: 'connection refused' };
      case 'metrics/empty':
        return { ...answer, samples: [] };
      case 'metrics/nan':
        return { ...answer, samples: answer.samples.map(({ labels }) => ({ labels, value: undefined })) };
      case 'metrics/partial':
        return {
          ...answer,
          samples: answer.samples.slice(0, this.#random.between(0, Math.max(0, answer.samples.length - 1))),
        };
      case 'metrics/stale':
        return {
          ...answer,
          samples: answer.samples.map(({ labels, value }) => ({ labels, value: old(id, value) })),
        };
    }
  }
}

/** As it was long ago, when all was well: lower values, older times. */
function old(id: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/\/(?:fresh|any|here|spaced)(?:\/|$)/.test(id)) return value - STALE_MS / 1_000;
  return id.endsWith('/enough') ? value : value * 0.5;
}

function alertsAway(): OpsError {
  return new OpsError({ code: 'alerts/unreachable', retry: 'later', message: 'Alertmanager did not answer' });
}

/** Alertmanager as one life of the process reaches it. */
export class WiredAlerts implements Alerts {
  readonly #wire: Wire;
  readonly #world: World;

  constructor(wire: Wire, world: World) {
    this.#wire = wire;
    this.#world = world;
  }

  list(): Promise<AlertsAnswer> {
    return this.#wire.call<AlertsAnswer>({
      name: 'alerts/list',
      effect: () => this.#world.alerts.list(),
      timedOut: () => ({ kind: 'unknown', why: 'Alertmanager did not answer in time' }),
      faults: [
        {
          fault: 'alerts/unreachable',
          instead: () => ({ kind: 'unknown', why: 'Alertmanager answered 502' }),
        },
      ],
      lost: { slow: 'alerts/slow' },
    });
  }

  post(alerts: readonly OwnAlert[]): Promise<void> {
    return this.#wire.call<void>({
      name: `alerts/post ${alerts[0]?.labels['alertname'] ?? ''}`,
      effect: () => this.#world.alerts.post(alerts),
      timedOut: alertsAway,
      faults: [{ fault: 'alerts/unreachable', instead: alertsAway }],
      lost: { slow: 'alerts/slow' },
    });
  }
}
