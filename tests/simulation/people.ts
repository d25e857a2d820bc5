import type { PersonCommand } from '../../src/domain/command.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { MANAGER_PREFIX, MODE_ANNOTATION } from '../../src/domain/operation.ts';
import { targetKey } from '../../src/domain/target.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { PauseScope } from '../../src/ports/store.ts';
import { AMPLE } from '../fakes/fake-cluster.ts';
import type { Fault, Knobs } from './knobs.ts';
import { FAULTS } from './knobs.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';
import type { Recorder } from './recorder.ts';
import { pauseCovers, type Referee } from './referee.ts';
import type { Service } from './service.ts';
import type { World } from './world.ts';

const EVERY_MS = 5_000;
const SECOND = 1_000;

export interface PeopleSetting {
  readonly clock: Clock;
  readonly world: World;
  readonly process: Process;
  readonly referee: Referee;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly knobs: Knobs;
  readonly rate: (fault: Fault) => number;
  readonly stepClock: (byMs: number) => void;
}

/** People, other controllers and bad luck: whatever happens by the minute. */
export class People {
  readonly #setting: PeopleSetting;
  readonly #does: Readonly<Partial<Record<Fault, () => void>>>;
  readonly #paused = new Set<PauseScope>();
  #silenced: string | undefined;

  constructor(setting: PeopleSetting) {
    this.#setting = setting;
    const { world, process, random, stepClock } = setting;
    this.#does = {
      'crash/between-events': () => process.crash('between events'),
      'stop/orderly': () => process.stop(),
      'clock/forward': () => stepClock(random.between(1, 30) * SECOND),
      'clock/back': () => stepClock(-random.between(1, 60) * SECOND),
      'alerts/restart': () => world.alerts.forgetAll(),
      'world/edit': () =>
        this.#edit((service) =>
          world.cluster.edit(
            service.ref,
            (deployment) => (deployment.labels = { ...deployment.labels, edited: 'yes' }),
          ),
        ),
      'world/scaled-by-hand': () =>
        this.#edit((service) =>
          world.cluster.edit(service.ref, (deployment) =>
            deployment.setReplicas(random.between(1, 5), 'kubectl'),
          ),
        ),
      'world/recreated': () => this.#edit((service) => service.create()),
      'world/deleting': () =>
        this.#forAWhile((service, on) =>
          world.cluster.edit(service.ref, (deployment) => (deployment.deleting = on)),
        ),
      'world/autoscaler': () =>
        this.#forAWhile((service, on) =>
          world.cluster.edit(
            service.ref,
            (_, surroundings) =>
              (surroundings.autoscalers = on
                ? [{ kind: 'HorizontalPodAutoscaler', name: 'auto', acts: true, paused: false }]
                : []),
          ),
        ),
      'world/budget': () =>
        this.#forAWhile((service, on) =>
          world.cluster.edit(
            service.ref,
            (_, surroundings) => (surroundings.budgets = on ? [{ name: 'pdb', disruptionsAllowed: 0 }] : []),
          ),
        ),
      'world/rollout-paused': () =>
        this.#forAWhile((service, on) =>
          world.cluster.edit(service.ref, (deployment) => (deployment.pausedRollout = on)),
        ),
      'world/mode': () =>
        this.#forAWhile((service, on) =>
          world.cluster.edit(
            service.ref,
            (deployment) =>
              (deployment.annotations = on
                ? { [MODE_ANNOTATION]: random.pick(['off', 'observe', 'ask', 'ask', 'what']) }
                : {}),
          ),
        ),
      'world/silence': () => this.#silence(),
      'world/foreign-mark': () => this.#foreignMark(),
      'world/admission': () =>
        this.#forAWhile(
          (_, on) =>
            (world.cluster.admission = on
              ? (asked) => (asked === 'pod' ? 'exceeded quota: pods' : undefined)
              : () => undefined),
        ),
      'world/rollout': () =>
        this.#edit((service) =>
          world.cluster.edit(service.ref, (deployment) =>
            deployment.setTemplate(
              {
                ...deployment.rawTemplate,
                metadata: { annotations: { rolled: String(random.between(1, 1e9)) } },
              },
              'kubectl-rollout',
            ),
          ),
        ),
      'world/taken-back': () => this.#takeBack(),
      'world/full': () =>
        this.#forAWhile((_, on) => {
          world.cluster.allocatable = on ? { cpu: '60m', memory: '80Mi', pods: '110' } : AMPLE;
        }),
      'world/freeze': () => (world.frozenUntilMs = world.clock.now() + random.between(30, 300) * SECOND),
      'person/pause': () => this.#pause(false),
      'person/pause-all': () => this.#pause(true),
      'person/resume': () => this.#resume(),
      'person/take': () =>
        this.#onIncident(['open', 'waiting', 'asking', 'executing', 'verifying', 'handed-over'], (incident) =>
          this.#take(incident),
        ),
      'person/untake': () => this.#untake(),
      'person/approve': () =>
        this.#onIncident(['asking'], ({ id, asking }) =>
          this.#say({
            kind: 'approve',
            incident: id,
            ...(asking === undefined ? {} : { digest: asking.plan.digest }),
          }),
        ),
      'person/approve-other': () =>
        this.#onIncident(['asking', 'waiting', 'closed'], ({ id }) =>
          this.#say({ kind: 'approve', incident: id, digest: 'another plan' }),
        ),
      'person/reject': () =>
        this.#onIncident(['asking'], ({ id }) => this.#say({ kind: 'reject', incident: id })),
      'person/retry': () =>
        this.#onIncident(['handed-over'], ({ id }) =>
          this.#say({ kind: 'retry', incident: id, ...(random.happens(0.5) ? { rung: 1 } : {}) }),
        ),
      'person/close': () =>
        this.#onIncident(['open', 'waiting', 'asking', 'executing', 'verifying', 'handed-over'], ({ id }) =>
          this.#say({ kind: 'close', incident: id, because: 'enough' }),
        ),
    };
    this.#later();
  }

  /** Everything that people hold back is given free; tried until it was heard. */
  relent(): void {
    void this.#relent();
  }

  async #relent(): Promise<void> {
    const { clock, process } = this.#setting;
    const store = process.running?.store;
    try {
      if (store === undefined) throw new Error('it does not run');
      for (const pause of await store.pauses()) {
        this.#setting.referee.released(orderName(pause.scope));
        await store.resume(pause.scope);
        this.#setting.referee.released(orderName(pause.scope));
      }
      for (const take of await store.takes()) {
        this.#setting.referee.released(`take ${take.target}`);
        await store.untake(take.target);
        this.#setting.referee.released(`take ${take.target}`);
      }
    } catch {
      clock.after(5_000, () => void this.#relent());
    }
  }

  #later(): void {
    this.#setting.clock.after(EVERY_MS, () => {
      this.#round();
      this.#later();
    });
  }

  #round(): void {
    const { random, rate, recorder } = this.#setting;
    for (const fault of FAULTS) {
      const does = this.#does[fault];
      if (does === undefined || !random.happens((rate(fault) * EVERY_MS) / 60_000)) continue;
      recorder.line(fault);
      // Those that need an incident count where they find one.
      if (!fault.startsWith('person/')) recorder.count(`fault ${fault}`);
      does();
    }
  }

  #done(fault: Fault): void {
    this.#setting.recorder.count(`fault ${fault}`);
  }

  #edit(change: (service: Service) => void): void {
    const { world, random } = this.#setting;
    const service = random.pick(world.services);
    if (world.cluster.view(service.ref) !== undefined) change(service);
  }

  #forAWhile(change: (service: Service, on: boolean) => void): void {
    const { clock, random, world } = this.#setting;
    this.#edit((service) => {
      change(service, true);
      clock.after(random.between(20, 400) * SECOND, () => {
        if (world.cluster.view(service.ref) !== undefined) change(service, false);
      });
    });
  }

  #silence(): void {
    const { world, clock, random } = this.#setting;
    const name = random.pick(world.services).alertname;
    this.#silenced = name;
    world.alerts.silencedBy = (labels) => (labels['alertname'] === this.#silenced ? ['a silence'] : []);
    clock.after(random.between(30, 300) * SECOND, () => (this.#silenced = undefined));
  }

  /** Something else sets the replicas back to what they were before Runova raised them. */
  #takeBack(): void {
    const { world } = this.#setting;
    for (const { ref } of world.services) {
      const workload = world.cluster.view(ref)?.workload;
      const ours = workload?.managers.some(
        (one) => one.ownsReplicas && one.manager.startsWith(MANAGER_PREFIX),
      );
      if (workload === undefined || ours !== true) continue;
      const replicas = Math.max(1, workload.replicas - 1);
      world.cluster.edit(ref, (deployment) => deployment.setReplicas(replicas, 'helm'));
      return;
    }
  }

  /** As another Runova leaves it whose store this one does not have. */
  #foreignMark(): void {
    const { world, random } = this.#setting;
    const manager = `runova-${random.uuid(world.clock.now())}`;
    this.#edit((service) =>
      world.cluster.edit(service.ref, (deployment) =>
        deployment.setReplicas(deployment.replicas + 1, manager, 'scale'),
      ),
    );
  }

  #pause(all: boolean): void {
    const { process, random, referee, world } = this.#setting;
    const store = process.running?.store;
    if (store === undefined) return;
    const service = random.pick(world.services);
    const scope = random.pick<PauseScope>([
      { kind: 'everywhere' },
      { kind: 'namespace', name: service.ref.namespace },
      { kind: 'target', name: service.key },
    ]);
    referee.released(orderName(scope));
    store.pause({ scope, by: 'ada', because: 'deploying', all }).then(
      () => {
        this.#done(all ? 'person/pause-all' : 'person/pause');
        this.#paused.add(scope);
        referee.ordered(orderName(scope), pauseCovers(scope, all));
      },
      () => {},
    );
  }

  #resume(): void {
    const { process, referee } = this.#setting;
    const store = process.running?.store;
    const [scope] = this.#paused;
    if (store === undefined || scope === undefined) return;
    this.#paused.delete(scope);
    referee.released(orderName(scope));
    store.resume(scope).then(
      () => {
        // A pause of the same scope that was asked for before is over with it, even if it was answered only now.
        referee.released(orderName(scope));
        this.#done('person/resume');
      },
      () => this.#paused.add(scope),
    );
  }

  #take(incident: Incident): void {
    const { referee, clock, random } = this.#setting;
    const { target } = incident;
    if (target === undefined) return;
    const key = targetKey(target);
    const forMs = random.between(30, 400) * SECOND;
    const untilMs = clock.now() + forMs;
    const order = `take ${key}`;
    referee.released(order);
    // Runova's own clock may run ahead of the time that was meant, so the last part of it is not insisted on.
    const surelyMs = forMs - 120 * SECOND;
    this.#say({ kind: 'take', incident: incident.id, untilMs, because: 'looking myself' }, () => {
      referee.released(order);
      if (surelyMs <= 0) return;
      referee.ordered(order, (operation) => operation.purpose === 'fix' && operation.target === key);
      clock.after(surelyMs, () => referee.released(order));
    });
  }

  #untake(): void {
    const { process, referee } = this.#setting;
    const store = process.running?.store;
    if (store === undefined) return;
    store
      .takes()
      .then(
        async ([take]) => {
          if (take === undefined) return;
          referee.released(`take ${take.target}`);
          await store.untake(take.target);
          referee.released(`take ${take.target}`);
          this.#done('person/untake');
        },
        () => {},
      )
      .catch(() => {});
  }

  #onIncident(states: readonly Incident['state'][], act: (incident: Incident) => void): void {
    const { process, random } = this.#setting;
    const store = process.running?.store;
    if (store === undefined) return;
    store.incidents({ states, limit: 50 }).then(
      (rows) => {
        if (rows.length > 0) act(random.pick(rows).incident);
      },
      () => {},
    );
  }

  #say(command: PersonCommand, accepted: () => void = () => {}): void {
    const { process, recorder } = this.#setting;
    const program = process.running?.program;
    if (program === undefined) return;
    program.decide(command, 'ada').then(
      (outcome) => {
        recorder.line(`person ${command.kind} ${command.incident}: ${outcome.kind}`);
        const fault =
          command.kind === 'approve' && command.digest === 'another plan'
            ? 'person/approve-other'
            : (`person/${command.kind}` as Fault);
        if (outcome.kind === 'accepted' || fault === 'person/approve-other') this.#done(fault);
        if (fault === 'person/approve-other' && outcome.kind === 'accepted')
          recorder.violate('an approval is for one plan', `incident ${command.incident}`);
        if (outcome.kind === 'accepted') accepted();
      },
      () => recorder.line(`person ${command.kind} ${command.incident}: no answer`),
    );
  }
}

function orderName(scope: PauseScope): string {
  return `pause ${scope.kind} ${scope.kind === 'everywhere' ? '' : scope.name}`;
}
