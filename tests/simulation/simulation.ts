import { DatabaseSync } from 'node:sqlite';
import { ACTIONS } from '../../src/actions/registry.ts';
import type { Playbook } from '../../src/domain/playbook.ts';
import { shippedFolder } from '../../src/platform/shipped.ts';
import { loadPlaybooks } from '../../src/playbooks/load-playbooks.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { AlertSender } from './alert-sender.ts';
import { drawKnobs, type Fault, type Knobs } from './knobs.ts';
import { People } from './people.ts';
import { Process, type Mutation } from './process.ts';
import { Random } from './random.ts';
import { Recorder, type Violation } from './recorder.ts';
import { Referee } from './referee.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  readonly seed: string;
  readonly playbooks: readonly Playbook[];
  /** Keeps every line of the log. */
  readonly trace?: boolean;
  readonly mutation?: Mutation;
  /** Turns what the seed has drawn into a run about one thing. */
  readonly shape?: (knobs: Knobs) => Knobs;
}

export interface SimulationResult {
  readonly seed: string;
  readonly violation: Violation | undefined;
  /** Of the whole log: equal for equal seeds. */
  readonly digest: string;
  readonly lines: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly simulatedMs: number;
  readonly events: number;
}

export async function shippedPlaybooks(): Promise<readonly Playbook[]> {
  const loaded = await loadPlaybooks({ shipped: shippedFolder(), extra: [], actions: ACTIONS });
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.playbooks;
}

/** The shipped playbooks with the one waiting time that no setting caps. */
function sooner(playbook: Playbook, knobs: Knobs): Playbook {
  return {
    ...playbook,
    ladder: playbook.ladder.map((rung) =>
      rung.giveBackMs === undefined ? rung : { ...rung, giveBackMs: knobs.giveBackMs },
    ),
  };
}

/** Lets everything run that is ready: microtasks first, then one turn of Node's own loop. */
function drained(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}

/** One life of the platform under one seed: first with faults, then with none. The same seed gives the same log. */
export async function simulate({
  seed,
  playbooks,
  trace = false,
  mutation = {},
  shape = (knobs) => knobs,
}: SimulationOptions): Promise<SimulationResult> {
  const random = new Random(seed);
  const knobs = shape(drawKnobs(random.stream('knobs')));
  const clock = new VirtualClock(Date.UTC(2026, 10, 3, 2, 11, 4), 'asked');
  const recorder = new Recorder(() => clock.monotonic(), trace);
  recorder.line(
    `knobs ${JSON.stringify({ ...knobs, rates: Object.fromEntries(Object.entries(knobs.rates).filter(([, rate]) => rate > 0)), settings: { mode: knobs.settings.mode, limits: knobs.settings.limits } })}`,
  );
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
  let faulty = true;
  let skewMs = 0;
  let steppedMs = 0;
  const rate = (fault: Fault): number => (faulty ? knobs.rates[fault] : 0);
  const world = new World(clock, knobs);
  const referee = new Referee({ world, recorder, knobs, database, steppedMs: () => steppedMs });
  const own = playbooks
    .map((playbook) => sooner(playbook, knobs))
    .map((playbook) => mutation.playbook?.(playbook) ?? playbook);
  const process = new Process({
    clock,
    random: random.stream('process'),
    recorder,
    referee,
    world,
    knobs,
    playbooks: own,
    database,
    rate,
    skewMs: () => skewMs,
    mutation,
  });
  const common = { clock, world, process, referee, recorder, knobs, rate };
  void new AlertSender({ ...common, random: random.stream('sender') });
  const stepClock = (byMs: number): void => {
    skewMs += byMs;
    steppedMs += Math.max(0, byMs);
  };
  const people = new People({ ...common, random: random.stream('people'), stepClock });
  clock.after(knobs.faultsForMs, () => {
    recorder.line('from here on everything heals');
    faulty = false;
    if (skewMs !== 0) stepClock(-skewMs);
    world.heal();
    people.relent();
  });

  const endMs = knobs.faultsForMs + knobs.healsForMs;
  let events = 0;
  process.start();
  while (clock.monotonic() < endMs && recorder.violation === undefined) {
    await drained();
    if (!clock.runNext()) break;
    events += 1;
  }
  if (recorder.violation === undefined) referee.atTheEnd();
  process.crash('the end of the simulation');
  await drained();
  database.close();
  return {
    seed,
    violation: recorder.violation,
    digest: recorder.digest(),
    lines: recorder.lines,
    counts: recorder.counts,
    simulatedMs: clock.monotonic(),
    events,
  };
}
