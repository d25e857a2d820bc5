import type { Action } from '../actions/action.ts';
import { ACTIONS } from '../actions/registry.ts';
import type { AlertNotice } from '../domain/alert.ts';
import { EMPTY_CATALOGUE, type Catalogue } from '../domain/catalogue.ts';
import type { CommandOutcome, PersonCommand } from '../domain/command.ts';
import { NO_FREEZE, type FreezeCalendar } from '../domain/freeze.ts';
import type { Guard } from '../domain/guards/guard.ts';
import { GUARDS } from '../domain/judge.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Settings } from '../domain/settings.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Received, Store } from '../ports/store.ts';
import { DirectExecutor } from './direct-executor.ts';
import type { Flow } from './flow.ts';
import { decide } from './people.ts';
import { receive, receiveRefusal } from './receive.ts';
import { Settler } from './settle-owed.ts';
import { SourceLooks } from './source-looks.ts';
import { Teller } from './tell.ts';
import { resumeReserved, Worker } from './worker.ts';

/** What the program needs from outside. Real ones in `app.ts`, simulated ones in the simulator. */
export interface Ports {
  readonly store: Store;
  readonly cluster: Cluster;
  readonly metrics: Metrics;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly playbooks: () => readonly Playbook[];
  /** Nothing is known of alerts without a playbook where it is left out. */
  readonly catalogue?: Catalogue;
  readonly digest: (text: string) => string;
  /** Absent: no freeze is configured. */
  readonly freezes?: FreezeCalendar;
}

/** Registries that tests replace to show that each entry matters. */
export interface Registries {
  readonly guards?: readonly Guard[];
  readonly actions?: Readonly<Record<string, Action>>;
}

/** The whole story, from `receive` to the ports, running: the same in production and under the simulator. */
export class Program {
  readonly #flow: Flow;
  readonly #workers: readonly Worker[];
  readonly #teller: Teller;
  readonly #settler: Settler;
  readonly #direct: DirectExecutor;
  readonly #stopping = new AbortController();

  constructor(settings: Settings, ports: Ports, registries: Registries = {}) {
    const { signal } = this.#stopping;
    this.#direct = new DirectExecutor(() => this.#flow);
    this.#flow = {
      ...ports,
      catalogue: ports.catalogue ?? EMPTY_CATALOGUE,
      settings,
      freezes: ports.freezes ?? NO_FREEZE,
      source: new SourceLooks({ ...ports, signal }),
      actions: registries.actions ?? ACTIONS,
      guards: registries.guards ?? GUARDS,
      executors: [this.#direct],
      signal,
    };
    this.#workers = (['plan', 'act', 'prove'] as const).map((lane) => new Worker(this.#flow, lane));
    this.#teller = new Teller(this.#flow);
    this.#settler = new Settler(this.#flow);
  }

  /** On disk when the promise fulfils; throws `store/unavailable` when it is not. */
  receive(notices: readonly AlertNotice[]): Promise<Received> {
    return receive(this.#flow.store, notices);
  }

  /** A webhook with a good token could not be taken. Never throws: the sender has its answer already. */
  async refused(kind: string, detail: string): Promise<void> {
    this.#flow.log.error('a webhook was refused; Alertmanager will repeat it', { kind, detail });
    try {
      await receiveRefusal(this.#flow.store, kind, detail);
    } catch (error) {
      this.#flow.log.error('the refused webhook could not be noted', { kind, error: String(error) });
    }
  }

  decide(command: PersonCommand, by: string): Promise<CommandOutcome> {
    return decide(this.#flow, command, by);
  }

  /** Starts working. What an earlier process left behind comes first: reserved operations, then whatever is due. */
  async start(): Promise<void> {
    await resumeReserved(this.#flow);
    for (const worker of this.#workers) worker.start();
    this.#teller.start();
    this.#settler.start();
  }

  /** Takes nothing new, lets what is being written finish, and resolves when all of it is committed. */
  async stop(): Promise<void> {
    await Promise.all([
      ...this.#workers.map((worker) => worker.stop()),
      this.#teller.stop(),
      this.#settler.stop(),
    ]);
    await this.#direct.idle();
    this.#stopping.abort();
  }
}
