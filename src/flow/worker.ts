import type { Decision } from '../domain/decision.ts';
import type { Operation } from '../domain/operation.ts';
import { step } from '../domain/step.ts';
import type { HeartEvent } from '../domain/step.ts';
import type { ProofEvent } from '../domain/step/proof.ts';
import type { Cancel } from '../ports/clock.ts';
import { OpsError } from '../ports/ops-error.ts';
import type { Claimed, Committed, Lane } from '../ports/store.ts';
import type { Flow } from './flow.ts';
import { followOperation } from './follow-operation.ts';
import { freeClaims } from './free-claims.ts';
import { planIncident } from './plan-incident.ts';
import { proveIncident } from './prove-incident.ts';
import { saveEvidence } from './save-evidence.ts';

/** Incidents of one lane that are looked at side by side; each waits mostly for the outside. */
const IN_FLIGHT: Readonly<Record<Lane, number>> = { plan: 64, act: 64, prove: 256 };
/** Without any news, a lane looks for due work at least this often. */
const IDLE_LOOK_MS = 30_000;
/** After something of ours broke, an incident is looked at again no sooner than this. */
const BROKEN_PAUSE_MS = 30_000;
/** When somebody else was faster: their change is seen by the next look. */
const SOON_MS = 1_000;
/** No incident is put off further than this: after a step of the clock, what is due later is looked at (stores: `FAR_MS`). */
const PUT_OFF_MS_MAX = 10 * 60_000;
/** While the store is away. */
const STORE_PAUSE_MS = 1_000;

/** What the lane's look is, by the state of the incident. */
function look(flow: Flow, lane: Lane, claimed: Claimed, nowMs: number): Promise<HeartEvent> {
  switch (lane) {
    case 'plan':
      return planIncident(flow, claimed.incident, nowMs);
    case 'act':
      return followOperation(flow, claimed.operation);
    case 'prove':
      return proveIncident(flow, claimed.incident, claimed.operation, nowMs);
  }
}

function reservedBy(decision: Decision): Operation | undefined {
  return decision.changes.find((change) => change.kind === 'reserve')?.operation;
}

function withoutUndo({ undo: _undo, ...event }: ProofEvent): ProofEvent {
  return event;
}

/**
 * Takes due incidents of one lane, has each looked at, lets the heart decide, and commits. Three of these run side by
 * side, so that what is being proved is never starved by what is new.
 */
export class Worker {
  readonly #flow: Flow;
  readonly #lane: Lane;
  readonly #inHand = new Set<Claimed>();
  /** A claim was asked for and never answered: it may be on disk all the same. */
  #claimInDoubt = false;
  #pumping = false;
  #again = false;
  #stopped = false;
  #timer: Cancel = () => {};
  #unlisten: () => void = () => {};
  #drained: (() => void) | undefined;

  constructor(flow: Flow, lane: Lane) {
    this.#flow = flow;
    this.#lane = lane;
  }

  start(): void {
    this.#unlisten = this.#flow.store.onWork(() => this.#wake());
    this.#wake();
  }

  /** Takes nothing new and resolves when what is in flight has been committed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer();
    this.#unlisten();
    if (this.#inHand.size === 0 && !this.#pumping) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = resolve;
    await promise;
  }

  #wake(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    if (this.#stopped) return;
    this.#pumping = true;
    this.#timer();
    void this.#pump().finally(() => {
      this.#pumping = false;
      if (this.#stopped) this.#checkDrained();
      else if (this.#again) this.#wake();
    });
  }

  async #pump(): Promise<void> {
    this.#again = false;
    try {
      const free = IN_FLIGHT[this.#lane] - this.#inHand.size;
      if (free <= 0) return;
      const { nowMs, claimed } = await this.#claim(free);
      for (const one of claimed) void this.#run(one, nowMs);
      if (claimed.length === free) return;
      const dueMs = await this.#flow.store.nextDueMs(this.#lane);
      this.#sleep(dueMs === undefined ? IDLE_LOOK_MS : Math.min(Math.max(dueMs - nowMs, 1), IDLE_LOOK_MS));
    } catch (error) {
      this.#flow.log.warn('the store did not answer; trying again', {
        lane: this.#lane,
        error: String(error),
      });
      this.#sleep(STORE_PAUSE_MS);
    }
  }

  async #claim(limit: number): Promise<{ readonly nowMs: number; readonly claimed: readonly Claimed[] }> {
    if (this.#claimInDoubt)
      await freeClaims(this.#flow, this.#lane, new Set([...this.#inHand].map(({ incident }) => incident.id)));
    this.#claimInDoubt = true;
    const batch = await this.#flow.store.claimDue(this.#lane, limit);
    this.#claimInDoubt = false;
    return batch;
  }

  #sleep(delayMs: number): void {
    this.#timer();
    if (!this.#stopped) this.#timer = this.#flow.clock.after(delayMs, () => this.#wake());
  }

  async #run(claimed: Claimed, nowMs: number): Promise<void> {
    this.#inHand.add(claimed);
    try {
      await this.#advance(claimed, nowMs);
    } catch (error) {
      this.#report(claimed, error);
      await this.#giveUp(
        claimed,
        nowMs + (error instanceof OpsError ? this.#flow.settings.timings.waitLookEveryMs : BROKEN_PAUSE_MS),
      );
    } finally {
      this.#inHand.delete(claimed);
      if (this.#stopped) this.#checkDrained();
      else this.#wake();
    }
  }

  async #advance(claimed: Claimed, nowMs: number): Promise<void> {
    const event = await look(this.#flow, this.#lane, claimed, nowMs);
    // What was gathered took time; the decision is dated by the store's clock of now, not of the claim.
    const decidedMs = await this.#flow.store.now();
    const committed = await this.#commit(claimed, event, decidedMs);
    // An undo that is held back (all is paused) leaves a harmed target: a person gets it instead.
    const retried =
      committed.kind === 'limited' && event.kind === 'looked' && event.undo !== undefined
        ? await this.#commit(claimed, withoutUndo(event), decidedMs)
        : committed;
    if (retried.kind === 'committed' || retried.kind === 'lost') return;
    // Somebody was faster; the next look sees the facts of after that.
    const soonMs = Math.min(SOON_MS, this.#flow.settings.timings.lookEveryMs);
    await this.#flow.store.giveUp(claimed, decidedMs + soonMs);
  }

  async #commit(claimed: Claimed, event: HeartEvent, decidedMs: number): Promise<Committed> {
    const decision = step(claimed.incident, event, { nowMs: decidedMs, settings: this.#flow.settings });
    const dueAtMs =
      decision.dueAtMs === undefined ? undefined : Math.min(decision.dueAtMs, decidedMs + PUT_OFF_MS_MAX);
    await saveEvidence(this.#flow, claimed.incident, decision);
    const committed = await this.#flow.store.commit(claimed, { ...decision, dueAtMs });
    if (committed.kind === 'committed') this.#execute(reservedBy(decision));
    return committed;
  }

  #execute(operation: Operation | undefined): void {
    if (operation === undefined) return;
    this.#flow.executors.find((executor) => executor.name === operation.executor)?.carryOut(operation);
  }

  #report(claimed: Claimed, error: unknown): void {
    const fields = { incident: claimed.incident.id, lane: this.#lane, error: String(error) };
    if (error instanceof OpsError)
      this.#flow.log.warn('an incident could not be looked at; it is due again', fields);
    else
      this.#flow.log.error('a bug: an incident could not be advanced; it is due again', {
        ...fields,
        stack: error instanceof Error ? error.stack : undefined,
      });
  }

  /** A claim must not be forgotten: until the store takes it back, it is offered again. */
  async #giveUp(claimed: Claimed, dueAtMs: number): Promise<void> {
    try {
      await this.#flow.store.giveUp(claimed, dueAtMs);
    } catch {
      if (this.#stopped) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#flow.clock.after(STORE_PAUSE_MS, resolve);
      await promise;
      await this.#giveUp(claimed, dueAtMs);
    }
  }

  #checkDrained(): void {
    if (this.#inHand.size === 0 && !this.#pumping) this.#drained?.();
  }
}

/**
 * What an earlier process reserved to put something back is carried out now: the claim decides that it happens once. A
 * fix is not: it is planned again, by the configuration, the silences and the objects of now.
 */
export async function resumeReserved(flow: Flow): Promise<void> {
  for (const executor of flow.executors) {
    const operations = await flow.store.reservedOperations(executor.name);
    for (const operation of operations) if (operation.purpose !== 'fix') executor.carryOut(operation);
  }
}
