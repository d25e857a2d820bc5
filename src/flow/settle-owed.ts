import { replicaMarks } from '../actions/marks.ts';
import { allOf } from '../domain/condition.ts';
import { isEnded, type Incident } from '../domain/incident.ts';
import type { Operation, Owed } from '../domain/operation.ts';
import { targetKey, targetName } from '../domain/target.ts';
import type { TargetView } from '../domain/workload.ts';
import type { Cancel } from '../ports/clock.ts';
import { OpsError } from '../ports/ops-error.ts';
import type { OwedChange, OwedStep } from '../ports/store.ts';
import { askSource } from './ask-source.ts';
import { choosePlaybook, verificationOf } from './choose-playbook.ts';
import type { Flow } from './flow.ts';
import { markOf } from './follow-operation.ts';
import { lookAtProof } from './look-at-proof.ts';
import { chooseExecutor, makeOperation, makePlan, reserveCheck } from './reservation.ts';

interface Settling {
  readonly step: OwedStep;
  readonly changes?: readonly OwedChange[];
  readonly operation?: Operation;
}

const BATCH = 20;
const IDLE_LOOK_MS = 5_000;
/** A debt that cannot be paid now is looked at again after this many looks' time. */
const LATER_LOOKS = 4;

/**
 * Pays what is owed: a temporary change is given back once its incident has ended and the proof still holds, by an
 * operation of its own. It is paid only while our mark is on the object; what somebody changed since is theirs.
 */
export class Settler {
  readonly #flow: Flow;
  #timer: Cancel = () => {};
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  start(): void {
    this.#schedule(IDLE_LOOK_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer();
    await this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = this.#flow.clock.after(delayMs, () => {
      this.#running = this.#round().finally(() =>
        this.#schedule(Math.min(IDLE_LOOK_MS, this.#flow.settings.timings.lookEveryMs)),
      );
    });
  }

  async #round(): Promise<void> {
    try {
      const { nowMs, owed } = await this.#flow.store.owedDue(BATCH);
      for (const debt of owed) await this.#settle(debt, nowMs);
    } catch (error) {
      this.#flow.log.warn('what is owed could not be settled; trying again', { error: String(error) });
    }
  }

  async #settle(owed: Owed, nowMs: number): Promise<void> {
    const settling = await settle(this.#flow, owed, nowMs);
    const committed = await this.#flow.store.settleOwed(owed, settling.step, settling.changes);
    const { operation } = settling;
    if (committed.kind === 'committed' && operation !== undefined) {
      this.#flow.executors.find((executor) => executor.name === operation.executor)?.carryOut(operation);
      return;
    }
    if (committed.kind === 'limited' || committed.kind === 'held')
      await this.#flow.store.settleOwed(
        owed,
        later(this.#flow, nowMs, 'not now: paused, or another operation runs').step,
      );
  }
}

/** Its operation certainly had no effect: the debt stands, and another one is reserved later. */
function notNow(flow: Flow, nowMs: number, why: string, changes: readonly OwedChange[] = []): Settling {
  const dueAtMs = nowMs + LATER_LOOKS * flow.settings.timings.lookEveryMs;
  return { step: { kind: 'later', dueAtMs, note: why, release: true }, changes };
}

function later(flow: Flow, nowMs: number, note: string, atMs?: number): Settling {
  return {
    step: { kind: 'later', dueAtMs: atMs ?? nowMs + LATER_LOOKS * flow.settings.timings.lookEveryMs, note },
  };
}

const settled = (text: string): Settling => ({ step: { kind: 'settled', text } });

/** Says what cannot be paid: it stays visible to a person. */
function unpaid(owed: Owed, why: string): Settling {
  const title = `${owed.target.kind} ${targetName(owed.target)}: a temporary change was not given back`;
  return {
    ...settled(`not given back: ${why}`),
    changes: [
      {
        kind: 'tell',
        notice: { kind: 'trouble', incident: owed.incident, title, text: why, severity: 'warning' },
      },
    ],
  };
}

/** What becomes of one debt that is due: from what the ledger, the object and the source say now. */
export async function settle(flow: Flow, owed: Owed, nowMs: number): Promise<Settling> {
  try {
    if (owed.operation !== undefined) return await paid(flow, owed, owed.operation, nowMs);
    const row = await flow.store.incident(owed.incident);
    const cause = (await flow.store.operations(owed.incident)).find((one) => one.id === owed.causedBy);
    if (row === undefined || cause === undefined) return settled('nothing is known of its cause any more');
    if (cause.state !== 'done' && !isEnded(row.incident.state))
      return later(flow, nowMs, 'its change has not been made yet');
    // Where nobody could tell whether it was made, the object tells: `due` looks for our mark.
    if (cause.state !== 'done' && cause.state !== 'unknown') return settled('the change was never made');
    return await due(flow, { owed, cause, incident: row.incident }, nowMs);
  } catch (error) {
    if (error instanceof OpsError) return later(flow, nowMs, error.message);
    throw error;
  }
}

interface Debt {
  readonly owed: Owed;
  readonly cause: Operation;
  readonly incident: Incident;
}

async function due(flow: Flow, debt: Debt, nowMs: number): Promise<Settling> {
  const { owed, incident } = debt;
  const { ended } = incident;
  if (ended === undefined) return later(flow, nowMs, `incident ${incident.id} has not ended`);
  const dueMs = ended.atMs + owed.giveBackMs;
  if (nowMs < dueMs) return later(flow, nowMs, 'counted from the end of its incident', dueMs);
  const { holder } = await flow.store.holder(targetKey(owed.target));
  if (holder !== undefined) return later(flow, nowMs, `incident ${holder.id} holds the target`);
  const taken = (await flow.store.takes()).find(({ target }) => target === targetKey(owed.target));
  if (taken !== undefined) return later(flow, nowMs, `${taken.by} holds the target`);
  const looked = await flow.cluster.look(owed.target, 'fresh', flow.signal);
  if (looked.kind === 'absent') return settled('the object is gone');
  const whose = await ownerOfChange(flow, debt, looked.view);
  if (whose.kind === 'theirs') return settled(`nothing to give back: ${whose.why}`);
  if (whose.kind === 'later-change') return later(flow, nowMs, whose.why);
  const unproved = await stillProved(flow, incident, nowMs);
  return unproved === undefined ? reserve(flow, debt, looked.view, nowMs) : later(flow, nowMs, unproved);
}

type Whose =
  | { readonly kind: 'ours' }
  /** Another change of ours stands on top of this one, and is given back first. */
  | { readonly kind: 'later-change'; readonly why: string }
  | { readonly kind: 'theirs'; readonly why: string };

/**
 * Only the newest writer's mark stays on a field: what counts is that it is one of ours (the ledger knows it) and that
 * the value is the one that this debt is about. After a later change of ours was given back, that is so again.
 */
async function ownerOfChange(flow: Flow, { cause, owed }: Debt, view: TargetView): Promise<Whose> {
  if (flow.actions[cause.plan.action]?.stands(cause, view) === true) return { kind: 'ours' };
  const marks = replicaMarks(view);
  const known = await Promise.all(marks.map((id) => flow.store.knowsOperation(id)));
  if (view.workload.uid !== cause.plan.uid || !known.includes(true)) {
    return { kind: 'theirs', why: 'our mark is not on it any more' };
  }
  const { change } = cause.plan;
  if (change.kind === 'scale' && view.workload.replicas === change.to) return { kind: 'ours' };
  const read = `${view.workload.replicas} replicas`;
  // Only a change that is itself to be given back leads to this one again; an undo has already gone behind it.
  const others = (await flow.store.allOwed()).filter(({ id }) => id !== owed.id);
  const leadsBack = others.some(({ causedBy }) => marks.includes(causedBy));
  return leadsBack
    ? { kind: 'later-change', why: `a later change of ours stands on it (${read})` }
    : { kind: 'theirs', why: `we have taken it back already (${read})` };
}

/** A change is not given back into trouble: the conditions must hold now, and the rule must be silent. */
async function stillProved(flow: Flow, incident: Incident, nowMs: number): Promise<string | undefined> {
  const { all } = await choosePlaybook(flow, incident);
  const word = await askSource(flow, incident, nowMs);
  if (word.firing.kind !== 'not-firing') return word.firing.read;
  const { look } = await lookAtProof(flow, incident, verificationOf(all, flow), word, nowMs);
  if (allOf(look.fixed) === 'true') return undefined;
  const unmet = look.fixed.find((one) => one.verdict !== 'true');
  return `${unmet?.condition ?? 'no condition'}: ${unmet?.read ?? ''}`;
}

async function reserve(
  flow: Flow,
  { owed, cause, incident }: Debt,
  view: TargetView,
  nowMs: number,
): Promise<Settling> {
  const draft = flow.actions[cause.plan.action]?.undo(cause.plan.change, owed.target);
  if (draft === undefined) return unpaid(owed, `${cause.plan.action} cannot be undone`);
  const executor = chooseExecutor(flow);
  if (!('name' in executor)) return later(flow, nowMs, executor.why);
  const { playbook, alertname, rung } = cause;
  const purpose = 'give-back';
  const plan = makePlan(flow, cause.plan.action, draft, view);
  const operation = makeOperation(
    flow,
    { incident, playbook, alertname, rung, purpose, plan, before: {}, executor: executor.name },
    nowMs,
    `${cause.number}g`,
  );
  const check = reserveCheck(flow, {
    incident: incident.id,
    playbook,
    guards: { stateless: false },
    alertname,
    action: plan.action,
    target: owed.target,
    purpose,
  });
  const told = {
    kind: 'reserved',
    text: `operation ${operation.number} gives it back: ${plan.summary}`,
    fields: { operation: operation.id },
  } as const;
  return {
    step: { kind: 'reserve', operation, check, dueAtMs: nowMs + flow.settings.timings.lookEveryMs },
    changes: [{ kind: 'timeline', entry: told }],
    operation,
  };
}

/** So many operations that could not give it back, and a person hears of it. */
const PAYMENTS_MAX = 3;

async function again(flow: Flow, owed: Owed, operation: Operation, nowMs: number): Promise<Settling> {
  const how = operation.how ?? 'not carried out';
  const tried = (await flow.store.operations(owed.incident)).filter(
    ({ number }) => number === operation.number,
  );
  return tried.length < PAYMENTS_MAX
    ? notNow(flow, nowMs, how)
    : unpaid(owed, `${tried.length} tries, last: ${how}`);
}

/** Its operation was reserved: has it been carried out, and is the target well with it? */
async function paid(flow: Flow, owed: Owed, operation: Operation, nowMs: number): Promise<Settling> {
  const { timings } = flow.settings;
  switch (operation.state) {
    case 'done':
      return proved(flow, owed, operation, nowMs);
    case 'closed':
    case 'not-done':
      return await again(flow, owed, operation, nowMs);
    case 'unknown':
      return unpaid(owed, `${operation.plan.summary}: nobody can tell whether it had an effect`);
    case 'reserved': {
      if (nowMs < operation.claimByMs)
        return later(flow, nowMs, 'its operation is reserved', nowMs + timings.lookEveryMs);
      const how = 'nobody claimed it in time: certainly not executed';
      return notNow(flow, nowMs, how, [
        { kind: 'end-operation', id: operation.id, from: 'reserved', to: 'closed', how },
      ]);
    }
    case 'claimed': {
      if (flow.executors.some((executor) => executor.carries(operation.id)))
        return later(flow, nowMs, 'its operation is running', nowMs + timings.lookEveryMs);
      const mark = await markOf(flow, operation);
      const final = nowMs >= (operation.actByMs ?? nowMs) + timings.stragglerMs;
      if (mark.kind === 'ours')
        return {
          ...settled(`given back: ${operation.plan.summary}, ${mark.read}`),
          changes: [
            {
              kind: 'end-operation',
              id: operation.id,
              from: 'claimed',
              to: 'done',
              how: mark.read,
              adopted: true,
            },
          ],
        };
      if (!final || mark.kind === 'unseen') return later(flow, nowMs, mark.read, nowMs + timings.lookEveryMs);
      const ended = { kind: 'end-operation', id: operation.id, from: 'claimed', how: mark.read } as const;
      if (mark.kind === 'unchanged') return notNow(flow, nowMs, mark.read, [{ ...ended, to: 'not-done' }]);
      const doubt = unpaid(owed, mark.read);
      return { ...doubt, changes: [...(doubt.changes ?? []), { ...ended, to: 'unknown' }] };
    }
  }
}

async function proved(flow: Flow, owed: Owed, operation: Operation, nowMs: number): Promise<Settling> {
  const looked = await flow.cluster.look(owed.target, 'fresh', flow.signal);
  if (looked.kind === 'absent') return settled('given back; the object is gone since');
  const { workload } = looked.view;
  const well =
    workload.status.available >= workload.replicas && workload.observedGeneration >= workload.generation;
  if (well)
    return settled(
      `given back: ${operation.plan.summary}; ${workload.status.available} of ${workload.replicas} available`,
    );
  if (nowMs - (operation.endedAtMs ?? nowMs) < flow.settings.timings.waitLimitMs)
    return later(
      flow,
      nowMs,
      `${workload.status.available} of ${workload.replicas} available`,
      nowMs + flow.settings.timings.lookEveryMs,
    );
  return unpaid(
    owed,
    `it was given back, but only ${workload.status.available} of ${workload.replicas} are available since`,
  );
}
