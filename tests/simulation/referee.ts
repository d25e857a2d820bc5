import type { DatabaseSync } from 'node:sqlite';
import type { AlertNotice } from '../../src/domain/alert.ts';
import type { Incident, State } from '../../src/domain/incident.ts';
import { GUARDS } from '../../src/domain/judge.ts';
import { OPERATION_ANNOTATION, type Plan } from '../../src/domain/operation.ts';
import { targetKey } from '../../src/domain/target.ts';
import type { Workload } from '../../src/domain/workload.ts';
import type { ClusterWrite } from '../../src/ports/cluster.ts';
import type { PauseScope } from '../../src/ports/store.ts';
import type { Knobs } from './knobs.ts';
import type { Recorder } from './recorder.ts';
import type { WriteWatch } from './wired-ports.ts';
import type { World } from './world.ts';

/** Every edge that engine 1 (and a person's word) allows; anything else is a violation. */
export const EDGES: readonly string[] = [
  'open→waiting',
  'open→asking',
  'open→executing',
  'open→handed-over',
  'open→closed',
  'waiting→executing',
  'waiting→asking',
  'waiting→handed-over',
  'waiting→closed',
  'asking→open',
  'asking→waiting',
  'asking→executing',
  'asking→handed-over',
  'asking→closed',
  'executing→open',
  'executing→verifying',
  'executing→handed-over',
  'verifying→resolved',
  'verifying→open',
  'verifying→executing',
  'verifying→handed-over',
  'verifying→closed',
  'handed-over→open',
  'handed-over→resolved',
  'handed-over→closed',
  'resolved→open',
  'closed→open',
];

/** What an answer may be late by, so that a truth just before it still counts as seen. */
const LATE_MS = 25_000;
/** After `pause` has returned, nothing is sent later than this (engine 4). */
const PAUSE_MS = 1_000;

interface KnownOperation {
  readonly id: string;
  readonly incident: number;
  readonly target: string;
  readonly namespace: string;
  readonly playbook: string;
  readonly purpose: string;
  readonly action: string;
  readonly plan: Plan;
  state: string;
  claimedAtMs: number | undefined;
  readonly sentAtMs: number[];
  readonly effectsAtMs: number[];
}

interface Order {
  readonly covers: (operation: KnownOperation) => boolean;
  readonly atMs: number;
}

export interface RefereeSetting {
  readonly world: World;
  readonly recorder: Recorder;
  readonly knobs: Knobs;
  readonly database: DatabaseSync;
  /** Forward steps of Runova's clock so far: by as much its windows may look longer than they were. */
  readonly steppedMs: () => number;
}

/**
 * Holds the program to its promises from outside: by the cluster's ledger, the world's truth, and triggers in the
 * database that write down every transition in its own transaction.
 */
export class Referee implements WriteWatch {
  readonly operations = new Map<string, KnownOperation>();
  readonly #setting: RefereeSetting;
  readonly #orders = new Map<string, Order>();
  readonly #acknowledged = new Set<string>();
  readonly #lastEffectMs = new Map<number, number>();
  #watching = false;
  /** Set by the triggers; what is rolled back leaves it standing, and nothing to be found. */
  #moving = false;
  #seen = 0;

  constructor(setting: RefereeSetting) {
    this.#setting = setting;
  }

  /** Once the layout exists: triggers that see every change, and vanish with a transaction that is rolled back. */
  watchDatabase(): void {
    if (this.#watching) return;
    this.#watching = true;
    const { database, world } = this.#setting;
    database.function('sim_now', () => {
      this.#moving = true;
      return world.clock.monotonic();
    });
    database.exec(`
      CREATE TEMP TABLE sim_log (seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER, what TEXT, id, was TEXT, now TEXT);
      CREATE TEMP TRIGGER sim_incident AFTER UPDATE OF state ON main.incidents WHEN OLD.state IS NOT NEW.state
        BEGIN INSERT INTO sim_log (at_ms, what, id, was, now) VALUES (sim_now(), 'incident', NEW.id, OLD.state, NEW.state); END;
      CREATE TEMP TRIGGER sim_reserved AFTER INSERT ON main.operations
        BEGIN INSERT INTO sim_log (at_ms, what, id, was, now) VALUES (sim_now(), 'operation', NEW.id, NULL, NEW.state); END;
      CREATE TEMP TRIGGER sim_operation AFTER UPDATE OF state ON main.operations WHEN OLD.state IS NOT NEW.state
        BEGIN INSERT INTO sim_log (at_ms, what, id, was, now) VALUES (sim_now(), 'operation', NEW.id, OLD.state, NEW.state); END;
    `);
  }

  /** Does the transaction of now move an incident or an operation? There it hurts most to die. */
  get moving(): boolean {
    return this.#moving;
  }

  /** Called after each COMMIT: judges what it brought. */
  committed(): void {
    if (!this.#moving) return;
    this.#moving = false;
    const rows = this.#setting.database
      .prepare('SELECT * FROM sim_log WHERE seq > ? ORDER BY seq')
      .all(this.#seen);
    for (const row of rows) {
      this.#seen = Number(row['seq']);
      const was = row['was'] === null ? undefined : String(row['was']);
      const now = String(row['now']);
      if (row['what'] === 'incident') this.#moved(Number(row['id']), was as State, now as State);
      else this.#operated(String(row['id']), was, now);
    }
  }

  acknowledged(notices: readonly AlertNotice[]): void {
    for (const { status, alert } of notices) {
      if (status === 'firing') this.#acknowledged.add(alert.key);
    }
    const { database, recorder } = this.#setting;
    for (const key of this.#acknowledged) {
      const row = database
        .prepare('SELECT i.id FROM alerts a JOIN incidents i ON i.id = a.incident WHERE a.key = ?')
        .get(key);
      if (row === undefined) recorder.violate('no acknowledged alert lost', key);
    }
  }

  /** An order that its giver knows to be in force: from `PAUSE_MS` after this moment nothing that it covers may be sent. */
  ordered(name: string, covers: Order['covers']): void {
    this.#orders.set(name, { covers, atMs: this.#nowMs });
  }

  /** Called before the order is taken back: from here on it may be. */
  released(name: string): void {
    this.#orders.delete(name);
  }

  sent(write: ClusterWrite): void {
    const { recorder, knobs } = this.#setting;
    const operation = this.operations.get(operationOf(write));
    if (operation === undefined)
      return recorder.violate('every effect has an operation', `a ${write.kind} by ${write.manager}`);
    operation.sentAtMs.push(this.#nowMs);
    if (operation.state !== 'claimed' || operation.claimedAtMs === undefined) {
      return recorder.violate('every effect has a claim before it', `${operation.id} is ${operation.state}`);
    }
    const { actBudgetMs, requestTimeoutMs } = knobs.settings.timings;
    const sinceMs = this.#nowMs - operation.claimedAtMs;
    if (sinceMs > actBudgetMs - requestTimeoutMs)
      recorder.violate('sent before actBy', `${operation.id} was sent ${sinceMs} ms after its claim`);
    this.#stillFires(operation);
    for (const [name, order] of this.#orders) {
      if (order.covers(operation) && this.#nowMs - order.atMs > PAUSE_MS)
        recorder.violate('nothing is sent while a person holds it back', `${operation.id} under ${name}`);
    }
  }

  effected(write: ClusterWrite, before: Workload | undefined): void {
    const { recorder } = this.#setting;
    const operation = this.operations.get(operationOf(write));
    recorder.line(`effect ${write.kind} ${write.ref.name} ${operation?.id ?? ''}`);
    if (operation === undefined) return;
    recorder.count(`effect ${operation.purpose} ${operation.action}`);
    if (this.#setting.world.serviceOf(operation.target)?.knobs.secured === true)
      recorder.violate('a security incident is left as it is', operation.id);
    operation.effectsAtMs.push(this.#nowMs);
    if (operation.effectsAtMs.length > 1) recorder.violate('at most one effect per operation', operation.id);
    if (operation.state !== 'claimed' && operation.state !== 'done' && operation.state !== 'unknown') {
      recorder.violate('what was judged not done has no effect', `${operation.id} is ${operation.state}`);
    }
    const { plan } = operation;
    if (write.kind !== 'evict' && (before?.uid !== plan.uid || before.generation !== plan.generation)) {
      recorder.violate(
        'what is changed is what was planned',
        `${operation.id}: planned generation ${plan.generation}, found ${before?.generation}`,
      );
    }
    this.#lastEffectMs.set(operation.incident, this.#nowMs);
    this.#withinLimits(operation);
  }

  /** A fix is for what fires at its source, which is asked after the claim; the unseen rule is Alertmanager's to tell. */
  #stillFires({ purpose, target, id, claimedAtMs = 0 }: KnownOperation): void {
    const { world, recorder, knobs } = this.#setting;
    const service = world.serviceOf(target);
    if (purpose !== 'fix' || service === undefined || service.knobs.trouble === 'foreign') return;
    if (!world.ruleWasActive(service, claimedAtMs - knobs.evaluationMs - 1_000, this.#nowMs))
      recorder.violate('a fix is for what still fires', id);
  }

  get #nowMs(): number {
    return this.#setting.world.clock.monotonic();
  }

  #moved(id: number, was: State, now: State): void {
    const { recorder } = this.#setting;
    const edge = `${was}→${now}`;
    const incident = this.#incident(id);
    const why = incident.ended?.why ?? incident.handover?.why ?? incident.wait?.why ?? '';
    recorder.line(
      `incident ${id} ${edge} ${incident.ended?.how ?? incident.handover?.reason ?? incident.wait?.guard ?? ''} ${why}`,
    );
    recorder.count(`edge ${edge}`);
    if (incident.state === 'handed-over' && now === 'handed-over')
      recorder.count(`handed over: ${incident.handover?.reason ?? ''}`);
    if (incident.state === 'closed' && now === 'closed')
      recorder.count(`closed: ${incident.ended?.how ?? ''}`);
    if (!EDGES.includes(edge)) recorder.violate('only legal edges', `incident ${id}: ${edge}`);
    if (
      now === 'resolved' ||
      (now === 'closed' && incident.state === 'closed' && incident.ended?.how === 'self-healed')
    )
      this.#proved(incident, was);
  }

  /** Resolved, or healed by itself: the truth must have been good for the quiet window, after the last effect. */
  #proved(incident: Incident, was: State): void {
    const { recorder, world, knobs, steppedMs } = this.#setting;
    const { holdCapMs = 0, lookEveryMs, handedOverLookEveryMs, ruleFreshMs } = knobs.settings.timings;
    const service = incident.target === undefined ? undefined : world.serviceOf(targetKey(incident.target));
    if (service === undefined) return;
    const nowMs = this.#nowMs;
    const everyMs = was === 'handed-over' ? handedOverLookEveryMs : lookEveryMs;
    const holdMs = holdCapMs - steppedMs();
    const bad = service.longestBad(nowMs - holdMs, nowMs - LATE_MS);
    const label = `incident ${incident.id} ${was}→${incident.state}`;
    if (bad > 4 * everyMs + LATE_MS)
      recorder.violate('resolved means a quiet window', `${label}: the target was bad for ${bad} ms of it`);
    if (service.longestBad(nowMs - LATE_MS, nowMs) >= LATE_MS)
      recorder.violate('resolved means well', `${label}: the target is bad`);
    const effectMs = this.#lastEffectMs.get(incident.id);
    if (effectMs !== undefined && nowMs - effectMs < holdMs)
      recorder.violate('the window is after the effect', `${label}: ${nowMs - effectMs} ms after the effect`);
    if (!world.ruleWasInactive(service, nowMs - ruleFreshMs - LATE_MS - steppedMs(), nowMs))
      recorder.violate('resolved means that the rule is inactive', label);
  }

  #operated(id: string, was: string | undefined, now: string): void {
    const { recorder } = this.#setting;
    recorder.line(`operation ${id} ${was ?? ''}→${now}`);
    recorder.count(`operation ${was ?? ''}→${now}`);
    const row = this.#setting.database.prepare('SELECT * FROM operations WHERE id = ?').get(id);
    if (row === undefined) return;
    const known = this.operations.get(id);
    if (known !== undefined) {
      known.state = now;
      if (now === 'claimed') known.claimedAtMs = this.#nowMs;
      return;
    }
    const text = (column: string): string => String(row[column]);
    const operation: KnownOperation = {
      id,
      incident: Number(row['incident']),
      target: text('target'),
      namespace: text('namespace'),
      playbook: text('playbook'),
      purpose: text('purpose'),
      action: text('action'),
      plan: JSON.parse(text('plan')) as Plan,
      state: now,
      claimedAtMs: undefined,
      sentAtMs: [],
      effectsAtMs: [],
    };
    const live = [...this.operations.values()].filter(
      ({ state }) => state === 'reserved' || state === 'claimed',
    );
    if (live.some(({ target }) => target === operation.target))
      recorder.violate('one live operation per target', operation.target);
    if (operation.purpose === 'fix' && live.length >= this.#setting.knobs.settings.limits.parallel)
      recorder.violate('parallel', `${live.length + 1} live operations`);
    this.operations.set(id, operation);
    if (operation.purpose === 'fix') this.#decided(operation);
  }

  /** Every guard was asked and allowed, and the trace of it is on record. */
  #decided(operation: KnownOperation): void {
    const { recorder } = this.#setting;
    const { trace } = this.#incident(operation.incident);
    const lines = trace?.lines ?? [];
    const allowed = lines.length === GUARDS.length && lines.every(({ verdict }) => verdict === 'allow');
    if (!allowed)
      recorder.violate(
        'every effect has a passed decision',
        `${operation.id}: ${lines
          .filter(({ verdict }) => verdict !== 'allow')
          .map(({ guard }) => guard)
          .join(', ')} (${lines.length} guards)`,
      );
  }

  /** By the ledger's own times, less what a claim and its effect may lag behind the reservation that was counted. */
  #withinLimits(operation: KnownOperation): void {
    if (operation.purpose !== 'fix') return;
    const { recorder, knobs, steppedMs } = this.#setting;
    const { limits, timings } = knobs.settings;
    const lagMs = timings.claimByMs + timings.actBudgetMs + steppedMs();
    const within = (perMs: number, same: (other: KnownOperation) => boolean): number =>
      [...this.operations.values()].filter(
        (other) =>
          other.purpose === 'fix' &&
          same(other) &&
          other.effectsAtMs.some((atMs) => this.#nowMs - atMs < perMs - lagMs),
      ).length;
    const rates = [
      ['attempts', limits.target.changes, (other: KnownOperation) => other.target === operation.target],
      ['playbook rate', limits.playbook, (other: KnownOperation) => other.playbook === operation.playbook],
      [
        'namespace rate',
        limits.namespace,
        (other: KnownOperation) => other.namespace === operation.namespace,
      ],
      ['cluster rate', limits.cluster, () => true],
    ] as const;
    for (const [name, { count, perMs }, same] of rates) {
      const effects = within(perMs, same);
      if (effects > count) recorder.violate(name, `${effects} effects, limit ${count}`);
    }
  }

  #incident(id: number): Incident {
    const row = this.#setting.database.prepare('SELECT document FROM incidents WHERE id = ?').get(id);
    return { ...(JSON.parse(String(row?.['document'])) as Incident), id };
  }

  /** When all is over: nothing is left without an end, a timer or a person, and the books agree with the ledger. */
  atTheEnd(): void {
    this.#incidentsSettled();
    this.#debtsSettled();
    this.#booksAgree();
  }

  #incidentsSettled(): void {
    const { database, recorder, world } = this.#setting;
    for (const row of database
      .prepare('SELECT id, state, due_at_ms, document FROM incidents ORDER BY id')
      .all()) {
      const incident = { ...(JSON.parse(String(row['document'])) as Incident), id: Number(row['id']) };
      recorder.count(`at the end: ${incident.state}`);
      if (incident.state === 'resolved' || incident.state === 'closed') continue;
      const dueInMs =
        row['due_at_ms'] === null ? Number.POSITIVE_INFINITY : Number(row['due_at_ms']) - world.clock.now();
      if (dueInMs > 30 * 60_000)
        recorder.violate(
          'nothing waits without a timer',
          `incident ${incident.id} is ${incident.state}, due in ${dueInMs} ms`,
        );
      if (incident.state === 'handed-over') continue;
      const service = incident.target === undefined ? undefined : world.serviceOf(targetKey(incident.target));
      const ruleFires =
        service !== undefined &&
        !world.ruleWasInactive(service, world.clock.monotonic() - 120_000, world.clock.monotonic());
      if (incident.state === 'verifying' && incident.proof?.provedAtMs !== undefined && ruleFires) continue;
      recorder.violate(
        'every incident ends or is handed over',
        `incident ${incident.id} is still ${incident.state}: ${incident.wait?.guard ?? ''} ${incident.wait?.why ?? ''}`,
      );
    }
  }

  #debtsSettled(): void {
    const { database, recorder, world } = this.#setting;
    for (const row of database
      .prepare('SELECT o.*, i.state FROM owed o JOIN incidents i ON i.id = o.incident')
      .all()) {
      if (row['settled_at_ms'] !== null) continue;
      const service = world.serviceOf(targetKey(JSON.parse(String(row['target']))));
      const held = database
        .prepare('SELECT incident FROM holds WHERE key = ? AND released_at_ms IS NULL')
        .get(service?.key ?? '');
      const reason = held !== undefined || service?.history.at(-1)?.bad === true || service?.symptom === true;
      if (!reason)
        recorder.violate(
          'what is owed is settled',
          `debt ${String(row['id'])} of incident ${String(row['incident'])} (${String(row['state'])}): ${String(row['note'])}`,
        );
    }
    for (const row of database.prepare(`SELECT text FROM timeline WHERE kind = 'owed'`).all()) {
      recorder.count(`owed: ${String(row['text']).split(/[:;,]/)[0] ?? ''}`);
    }
  }

  #booksAgree(): void {
    const { recorder, database } = this.#setting;
    const told = (kind: string, id: string): boolean =>
      database
        .prepare(`SELECT 1 AS one FROM timeline WHERE kind = ? AND json_extract(fields, '$.operation') = ?`)
        .get(kind, id) !== undefined;
    for (const operation of this.operations.values()) {
      const { id, state, effectsAtMs, purpose, action } = operation;
      const effects = effectsAtMs.length;
      if ((state === 'not-done' || state === 'closed' || state === 'reserved') && effects > 0)
        recorder.violate('the books agree with the ledger', `${id} is ${state}, but had an effect`);
      // An eviction bears no mark: that the pod is gone is all that can be known (engine 4).
      if (state === 'done' && effects === 0 && action !== 'restart-pod')
        recorder.violate('the books agree with the ledger', `${id} is done, but had no effect`);
      if (state === 'reserved' || state === 'claimed')
        recorder.violate('no operation is left open', `${id} is ${state}`);
      if (!told('reserved', id))
        recorder.violate(
          'the timeline tells every operation',
          `${id} (${purpose}): nothing tells of its reservation`,
        );
      if (operation.claimedAtMs !== undefined && !told('claimed', id))
        recorder.violate('the timeline tells every operation', `${id}: nothing tells of its claim`);
      if (purpose === 'fix' && state === 'done' && !told('changed', id))
        recorder.violate('the timeline tells every operation', `${id}: nothing tells of its change`);
    }
  }
}

function operationOf(write: ClusterWrite): string {
  const marked = write.kind === 'template' ? write.annotations[OPERATION_ANNOTATION] : undefined;
  return marked ?? write.manager.replace(/^runova-/, '');
}

/** Which operations a pause holds back; what is owed only where the pause says so. */
export function pauseCovers(scope: PauseScope, all: boolean): Order['covers'] {
  return ({ namespace, target, playbook, purpose }) => {
    if (purpose !== 'fix' && !all) return false;
    switch (scope.kind) {
      case 'everywhere':
        return true;
      case 'namespace':
        return scope.name === namespace;
      case 'playbook':
        return scope.name === playbook;
      case 'target':
        return scope.name === target;
    }
  };
}
