import type { DatabaseSync } from 'node:sqlite';
import type { Action } from '../../src/actions/action.ts';
import type { Guard } from '../../src/domain/guards/guard.ts';
import { GUARDS } from '../../src/domain/judge.ts';
import type { Playbook } from '../../src/domain/playbook.ts';
import { Program } from '../../src/flow/program.ts';
import { sha256 } from '../../src/platform/sha256.ts';
import type { Cancel, Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Store } from '../../src/ports/store.ts';
import { openSqliteStore } from '../../src/stores/sqlite/open-sqlite-store.ts';
import type { Fault, Knobs } from './knobs.ts';
import type { Random } from './random.ts';
import type { Recorder } from './recorder.ts';
import type { Referee } from './referee.ts';
import { Wire, type Life } from './wire.ts';
import { WiredAlerts, WiredCluster, WiredMetrics } from './wired-ports.ts';
import type { World } from './world.ts';

/** What a mutant puts in the place of the real thing. */
export interface Mutation {
  readonly guards?: readonly Guard[];
  readonly actions?: Readonly<Record<string, Action>>;
  readonly playbook?: (playbook: Playbook) => Playbook;
  readonly store?: (store: Store) => Store;
  readonly cluster?: (cluster: WiredCluster) => WiredCluster;
  readonly metrics?: (metrics: WiredMetrics) => WiredMetrics;
  readonly settings?: (settings: Knobs['settings']) => Knobs['settings'];
}

/** The clock of Runova's machine: it can be wrong, and the dead hear nothing of it. */
class OwnClock implements Clock {
  readonly #base: Clock;
  readonly #life: Life;
  readonly #skewMs: () => number;

  constructor(base: Clock, life: Life, skewMs: () => number) {
    this.#base = base;
    this.#life = life;
    this.#skewMs = skewMs;
  }

  now(): number {
    return this.#base.now() + this.#skewMs();
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  after(delayMs: number, wake: () => void): Cancel {
    if (!this.#life.alive) return () => {};
    return this.#base.after(delayMs, () => {
      if (this.#life.alive) wake();
    });
  }

  turn(run: () => void): void {
    if (!this.#life.alive) return;
    this.#base.turn(() => {
      if (this.#life.alive) run();
    });
  }
}

export interface ProcessSetting {
  readonly clock: Clock;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly referee: Referee;
  readonly world: World;
  readonly knobs: Knobs;
  readonly playbooks: readonly Playbook[];
  readonly database: DatabaseSync;
  readonly rate: (fault: Fault) => number;
  readonly skewMs: () => number;
  readonly mutation: Mutation;
}

/** Counts every verdict that is not *allow*, so that a run can tell which guards it has really met. */
function counted(guards: readonly Guard[], recorder: Recorder): readonly Guard[] {
  return guards.map((guard) => ({
    ...guard,
    judge: (facts) => {
      const judged = guard.judge(facts);
      if (judged.verdict !== 'allow') recorder.count(`guard ${guard.name}: ${judged.verdict}`);
      return judged;
    },
  }));
}

/** Most commits only take or give back a claim; those that move something are where to strike. */
const MOVING = 10;

/** Runova as it runs on some machine: started, killed anywhere, started again on what the disk has. */
export class Process {
  readonly #setting: ProcessSetting;
  #life: Life | undefined;
  #program: Program | undefined;
  #store: Store | undefined;
  #lives = 0;

  constructor(setting: ProcessSetting) {
    this.#setting = setting;
  }

  get running(): { readonly program: Program; readonly store: Store } | undefined {
    return this.#life?.alive === true && this.#program !== undefined && this.#store !== undefined
      ? { program: this.#program, store: this.#store }
      : undefined;
  }

  start(): void {
    const { recorder, referee, world, knobs, clock, random, rate, skewMs, mutation, playbooks, database } =
      this.#setting;
    this.#lives += 1;
    const life: Life = { alive: true, crash: (where) => this.#die(life, where) };
    this.#life = life;
    recorder.line(`process ${this.#lives} starts`);
    const own = new OwnClock(clock, life, skewMs);
    const wire = new Wire({
      clock,
      random: random.stream(`wire ${this.#lives}`),
      recorder,
      life,
      rate,
      timeoutMs: knobs.settings.timings.requestTimeoutMs,
    });
    const log = this.#log(life);
    const faults = this.#storeFaults(life, random.stream(`store ${this.#lives}`));
    const store = openSqliteStore({
      database,
      clock: own,
      log,
      reopenWithinMs: knobs.reopenWithinMs,
      faults,
    });
    referee.watchDatabase();
    const cluster = new WiredCluster({ wire, world, skewMs, watch: referee });
    const metrics = new WiredMetrics(wire, world, random.stream(`metrics ${this.#lives}`));
    const settings = mutation.settings?.(knobs.settings) ?? knobs.settings;
    this.#store = mutation.store?.(store) ?? store;
    this.#program = new Program(
      settings,
      {
        store: this.#store,
        cluster: mutation.cluster?.(cluster) ?? cluster,
        metrics: mutation.metrics?.(metrics) ?? metrics,
        alerts: new WiredAlerts(wire, world),
        clock: own,
        chance: random.stream(`program ${this.#lives}`),
        log,
        playbooks: () => playbooks,
        digest: sha256,
        freezes: () => world.freezes(),
      },
      {
        guards: counted(mutation.guards ?? GUARDS, recorder),
        ...(mutation.actions === undefined ? {} : { actions: mutation.actions }),
      },
    );
    this.#program.start().catch((error: unknown) => life.crash(`could not start: ${String(error)}`));
  }

  crash(where: string): void {
    this.#life?.crash(where);
  }

  /** Lets it end in its own time, as a rolling update does. */
  stop(): void {
    const { running } = this;
    const life = this.#life;
    if (running === undefined || life === undefined) return;
    this.#setting.recorder.line('process is told to stop');
    const { program } = running;
    this.#program = undefined;
    program.stop().then(
      () => this.#die(life, 'stopped'),
      (error: unknown) => this.#die(life, `stopped badly: ${String(error)}`),
    );
  }

  #die(life: Life, where: string): void {
    if (!life.alive) return;
    life.alive = false;
    const { recorder, clock, random } = this.#setting;
    recorder.line(`process ${this.#lives} dies: ${where}`);
    clock.after(random.happens(0.15) ? random.between(60_000, 180_000) : random.between(1, 30_000), () =>
      this.start(),
    );
  }

  #storeFaults(life: Life, random: Random) {
    const { rate, recorder, referee } = this.#setting;
    const occurs = (fault: Fault, moving: boolean): boolean => {
      if (!life.alive || !random.happens(rate(fault) * (moving ? MOVING : 1))) return false;
      recorder.count(`fault ${fault}`);
      recorder.line(fault);
      return true;
    };
    return {
      beforeCommit: (): 'fail' | undefined => {
        const { moving } = referee;
        if (occurs('crash/before-commit', moving)) {
          life.crash('before-commit');
          return 'fail';
        }
        return occurs('store/fails-before-commit', moving) ? 'fail' : undefined;
      },
      afterCommit: (): 'fail' | undefined => {
        const { moving } = referee;
        referee.committed();
        if (occurs('crash/after-commit', moving)) {
          life.crash('after-commit');
          return 'fail';
        }
        return occurs('store/fails-after-commit', moving) ? 'fail' : undefined;
      },
    };
  }

  #log(life: Life): Log {
    const { recorder } = this.#setting;
    const line = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
      if (!life.alive) return;
      recorder.line(
        `log ${level}: ${message} ${JSON.stringify(fields ?? {}, (_, value: unknown) => (value instanceof Error ? String(value) : value))}`,
      );
      if (message.startsWith('a bug')) recorder.violate('no bug', `${message} ${JSON.stringify(fields)}`);
    };
    return { debug: () => {}, info: line('info'), warn: line('warn'), error: line('error') };
  }
}
