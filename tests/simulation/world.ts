import { alertKey, type AlertNotice, type Labels } from '../../src/domain/alert.ts';
import type { FreezeLook } from '../../src/domain/freeze.ts';
import type { AlertRule, Question, RuleAlert } from '../../src/domain/source.ts';
import type { Sample } from '../../src/ports/metrics.ts';
import { FakeAlerts, fingerprintOf } from '../fakes/fake-alerts.ts';
import { AMPLE, FakeCluster } from '../fakes/fake-cluster.ts';
import { FakeMetrics, type FakeAnswer } from '../fakes/fake-metrics.ts';
import type { VirtualClock } from '../fakes/virtual-clock.ts';
import type { Knobs } from './knobs.ts';
import { Service } from './service.ts';

const TICK_MS = 5_000;
/** A new pod has no sample before the next scrape. */
const SCRAPE_MS = 15_000;
/** The alert that no rule of the source raises: its ruler is out of Runova's reach. */
const UNSEEN_RULE = 'ContainerHighMemoryUsage';

interface Evaluated {
  state: 'inactive' | 'pending' | 'firing';
  sinceMs: number;
  labels: Labels;
}

interface Sent {
  readonly notice: AlertNotice;
  /** On the monotonic clock: when it is to be told (again). */
  tellAtMs: number;
}

/** When the rule of a service last was what: the ground truth of alerts. */
export interface RuleLook {
  readonly atMs: number;
  readonly active: boolean;
}

/**
 * The platform without Runova: services with their troubles, the ruler that evaluates them, Alertmanager. Its own clock
 * never steps; what Runova is told about it goes through faulty wires.
 */
export class World {
  readonly clock: VirtualClock;
  readonly cluster: FakeCluster;
  readonly metrics: FakeMetrics;
  readonly alerts: FakeAlerts;
  readonly services: readonly Service[];
  /** What Alertmanager wants to tell: by alert key. */
  readonly outbox = new Map<string, Sent>();
  /** Until when a freeze is on that was announced to nobody. */
  frozenUntilMs = 0;
  readonly #rules = new Map<string, Evaluated>();
  readonly #ruleLooks = new Map<string, RuleLook[]>();
  readonly #knobs: Knobs;
  #evaluatedAtMs: number;

  constructor(clock: VirtualClock, knobs: Knobs) {
    this.clock = clock;
    this.#knobs = knobs;
    this.#evaluatedAtMs = clock.now();
    this.cluster = new FakeCluster({ clock });
    this.metrics = new FakeMetrics(clock);
    this.alerts = new FakeAlerts(clock);
    this.metrics.rulesAt = () => this.rules();
    this.metrics.answerAt = (question) => this.#answer(question);
    for (const name of ['node-a', 'node-b', 'node-c'])
      this.cluster.setNode(name, { ready: true, schedulable: true });
    this.services = knobs.services.map((service) => new Service(service, clock, this.cluster));
    for (const service of this.services) clock.after(service.knobs.beginsAtMs, () => service.begin());
    this.#every(TICK_MS, () => this.services.forEach((service) => service.tick()));
    this.#every(knobs.evaluationMs, () => this.#evaluate());
  }

  serviceOf(key: string): Service | undefined {
    return this.services.find((service) => service.key === key);
  }

  /** Was the rule of a service inactive at an evaluation in this time? */
  ruleWasInactive(service: Service, fromMs: number, toMs: number): boolean {
    return (this.#ruleLooks.get(service.key) ?? []).some(
      ({ atMs, active }) => atMs >= fromMs && atMs <= toMs && !active,
    );
  }

  /** Was it active at one? True also where none fell into this time. */
  ruleWasActive(service: Service, fromMs: number, toMs: number): boolean {
    const looks = (this.#ruleLooks.get(service.key) ?? []).filter(
      ({ atMs }) => atMs >= fromMs && atMs <= toMs,
    );
    return looks.length === 0 || looks.some(({ active }) => active);
  }

  /** Everything that is to heal heals; what is left stays wrong for good. */
  heal(): void {
    for (const service of this.services) {
      if (service.knobs.heals || service.knobs.trouble === 'flapping') service.end();
      if (this.cluster.view(service.ref) === undefined) service.create();
      this.cluster.edit(service.ref, (deployment, surroundings) => {
        deployment.deleting = false;
        deployment.pausedRollout = false;
        deployment.annotations = {};
        surroundings.autoscalers = [];
        surroundings.budgets = [];
      });
    }
    this.alerts.silencedBy = () => [];
    this.alerts.away = undefined;
    this.frozenUntilMs = 0;
    this.cluster.allocatable = AMPLE;
    this.cluster.admission = () => undefined;
    for (const namespace of ['shop', 'pay']) this.cluster.setNamespace(namespace, {});
  }

  freezes(): FreezeLook {
    const untilMs = this.frozenUntilMs;
    return {
      timeZone: 'UTC',
      ...(this.clock.now() < untilMs ? { active: { name: 'of a sudden', untilMs } } : {}),
    };
  }

  rules(): readonly AlertRule[] {
    const names = [...new Set(this.services.map(({ alertname }) => alertname))].filter(
      (name) => name !== UNSEEN_RULE,
    );
    return names.map((name) => ({
      name,
      query: `symptom_of_${name} > 0.9`,
      labels: {},
      health: 'ok',
      lastEvaluationMs: this.#evaluatedAtMs,
      intervalMs: this.#knobs.evaluationMs,
      durationMs: this.#knobs.pendingMs,
      alerts: this.services.flatMap((service) => this.#ruleAlert(service, name)),
    }));
  }

  #ruleAlert(service: Service, name: string): readonly RuleAlert[] {
    const rule = this.#rules.get(service.key);
    if (rule === undefined || rule.state === 'inactive' || service.alertname !== name) return [];
    return [{ labels: rule.labels, state: rule.state, activeAtMs: rule.sinceMs, value: '9.3e-01' }];
  }

  #every(ms: number, run: () => void): void {
    this.clock.after(ms, () => {
      run();
      this.#every(ms, run);
    });
  }

  #evaluate(): void {
    this.#evaluatedAtMs = this.clock.now();
    const lastsMs = 4 * this.#knobs.evaluationMs;
    this.alerts.send({ alertname: 'Watchdog', severity: 'none' }, 0, this.clock.now() + lastsMs);
    for (const service of this.services) {
      const rule = this.#step(service);
      const looks = this.#ruleLooks.get(service.key) ?? [];
      looks.push({ atMs: this.clock.monotonic(), active: rule.state !== 'inactive' });
      this.#ruleLooks.set(service.key, looks);
      if (rule.state === 'firing') this.alerts.send(rule.labels, rule.sinceMs, this.clock.now() + lastsMs);
    }
  }

  #step(service: Service): Evaluated {
    const nowMs = this.clock.now();
    const last = this.#rules.get(service.key);
    const bad = service.symptom;
    if (last === undefined || last.state === 'inactive') {
      const rule: Evaluated = {
        state: bad ? 'pending' : 'inactive',
        sinceMs: nowMs,
        labels: service.labels(),
      };
      this.#rules.set(service.key, rule);
      if (bad && this.#knobs.pendingMs === 0) this.#fire(rule);
      return rule;
    }
    if (!bad) this.#clear(last);
    else if (last.state === 'pending' && nowMs - last.sinceMs >= this.#knobs.pendingMs) this.#fire(last);
    return last;
  }

  #fire(rule: Evaluated): void {
    rule.state = 'firing';
    rule.sinceMs = this.clock.now();
    this.#tell(rule, 'firing');
  }

  #clear(rule: Evaluated): void {
    const fired = rule.state === 'firing';
    rule.state = 'inactive';
    if (!fired) return;
    this.alerts.send(rule.labels, rule.sinceMs, this.clock.now());
    this.#tell(rule, 'resolved');
  }

  #tell({ labels, sinceMs }: Evaluated, status: 'firing' | 'resolved'): void {
    const fingerprint = fingerprintOf(labels);
    const key = alertKey(fingerprint, sinceMs);
    const notice = { status, alert: { key, fingerprint, startsAtMs: sinceMs, labels, annotations: {} } };
    this.outbox.set(key, { notice, tellAtMs: this.clock.monotonic() + this.#knobs.groupWaitMs });
  }

  /** What is known of a series: by the service that the query's matchers name. */
  #answer(question: Question): FakeAnswer {
    const service = this.#asked(question.promql);
    const [, measure = '', what = 'value'] = question.id.split('/');
    if (measure.startsWith('symptom_of_')) return this.#ofRule(what);
    if (service === undefined) return [];
    const pods = podsIn(question.promql);
    switch (what) {
      case 'enough':
        return [{ labels: {}, value: 40 }];
      case 'fresh':
        return this.#fresh(service, measure, pods);
      default:
        return this.#value(service, measure, pods);
    }
  }

  /** The series of a rule are of the cluster, and of every namespace. */
  #ofRule(what: string): FakeAnswer {
    return what === 'any' || what === 'here' || what === 'spaced'
      ? [{ labels: {}, value: this.clock.now() / 1_000 }]
      : [];
  }

  #fresh(service: Service, measure: string, pods: readonly string[]): FakeAnswer {
    const seconds = this.clock.now() / 1_000;
    return measure === 'memory-of-limit' || measure === 'restarts'
      ? this.#scraped(service, pods).map((pod) => ({ labels: { pod }, value: seconds }))
      : [{ labels: {}, value: seconds }];
  }

  #scraped(service: Service, pods: readonly string[]): readonly string[] {
    const view = service.view();
    return pods.filter((name) => {
      const pod = view?.pods.find((one) => one.name === name);
      return pod !== undefined && this.clock.now() - pod.createdAtMs >= SCRAPE_MS;
    });
  }

  #value(service: Service, measure: string, pods: readonly string[]): readonly Sample[] {
    switch (measure) {
      case 'memory-of-limit':
        return this.#scraped(service, pods).map((pod) => ({
          labels: { pod },
          value: service.truth().memory ? 95 : 61,
        }));
      case 'restarts':
        return this.#scraped(service, pods).map((pod) => ({
          labels: { pod },
          value: service.restartsOf(pod, 60_000),
        }));
      case 'error-ratio':
        return [{ labels: {}, value: 0.4 * service.errorShare(60_000) }];
      case 'traffic-growth': {
        const growth = ['load', 'greedy', 'harmful', 'foreign', 'flapping'].includes(service.knobs.trouble);
        return [{ labels: {}, value: service.active && growth ? 1.8 : 1.02 }];
      }
      default:
        return [];
    }
  }

  #asked(promql: string): Service | undefined {
    const namespace = /namespace="([^"]*)"/.exec(promql)?.[1];
    const pods = /pod=~"([^"]*)"/.exec(promql)?.[1] ?? '';
    return this.services.find(
      ({ knobs }) => knobs.namespace === namespace && pods.startsWith(`${knobs.name}-`),
    );
  }
}

function podsIn(promql: string): readonly string[] {
  return (/pod=~"([^"]*)"/.exec(promql)?.[1] ?? '').split('|').filter((name) => name !== '');
}
