import { heldBackAtLast, type LastLook } from '../domain/last-look.ts';
import type { Operation } from '../domain/operation.ts';
import { targetName } from '../domain/target.ts';
import type { Written } from '../ports/cluster.ts';
import { OpsError } from '../ports/ops-error.ts';
import { wordOn } from './ask-source.ts';
import type { Flow } from './flow.ts';

/**
 * How one operation ended, as far as its executor can say. `silent`: nobody can tell from here; the operation stays
 * claimed and is judged by the target.
 */
type Ending =
  | { readonly kind: 'done'; readonly how: string }
  | { readonly kind: 'not-done'; readonly how: string }
  | { readonly kind: 'silent' };

const done = (how: string): Ending => ({ kind: 'done', how });
const notDone = (how: string): Ending => ({ kind: 'not-done', how });

/** A request that certainly had no effect may be sent again after this pause, while there is time. */
const RESEND_PAUSE_MS = 500;
/** Enough for a busy object; each try reads it again first. */
const TRIES_MAX = 6;

/**
 * The executor's side of the protocol (engine 4): claim; read source and target again; ask once more whether it may
 * write; send one request; report. The claim's time runs on this process's monotonic clock from when the claim was
 * *sent*, and no write starts later than `actBy` less one request timeout.
 */
export async function carryOut(flow: Flow, reserved: Operation): Promise<void> {
  const { timings } = flow.settings;
  const nonce = flow.chance.uuid(reserved.reservedAtMs);
  const sentAtMs = flow.clock.monotonic();
  const claim = await flow.store.claimOperation(reserved.id, nonce, {
    actBudgetMs: timings.actBudgetMs,
    ...(reserved.approvedDigest === undefined ? {} : { approvedDigest: reserved.approvedDigest }),
  });
  if (claim.kind === 'refused') {
    flow.log.info('an operation was not claimed', { operation: reserved.number, why: claim.why });
    return;
  }
  const lastSendMs = sentAtMs + timings.actBudgetMs - timings.requestTimeoutMs;
  const ending = await write(flow, { operation: claim.operation, nonce, lastSendMs });
  if (ending.kind === 'silent') return;
  await flow.store.reportOperation(reserved.id, nonce, { to: ending.kind, how: ending.how });
}

interface Claim {
  readonly operation: Operation;
  readonly nonce: string;
  /** On the monotonic clock. */
  readonly lastSendMs: number;
}

async function write(flow: Flow, claim: Claim): Promise<Ending> {
  const wanted = await stillWanted(flow, claim.operation);
  if (wanted.kind === 'no') return notDone(wanted.why);
  let last = 'it was not tried';
  for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
    const tried = await tryOnce(flow, { ...claim, wanted, repeated: attempt > 1 });
    if (tried.kind !== 'again') return tried;
    last = tried.why;
    await pause(flow);
  }
  return notDone(`after ${TRIES_MAX} tries: ${last}`);
}

type Wanted =
  | { readonly kind: 'no'; readonly why: string }
  /** What the guards of the last look are asked with; `undefined` for what puts something back. */
  | { readonly kind: 'yes'; readonly look: Pick<LastLook, 'alerts' | 'listed'> | undefined };

/** A fix is for an alert that still fires: the source is asked anew, not from what others asked before. */
async function stillWanted(flow: Flow, operation: Operation): Promise<Wanted> {
  if (operation.purpose !== 'fix') return { kind: 'yes', look: undefined };
  const row = await flow.store.incident(operation.incident);
  if (row === undefined) return { kind: 'no', why: 'its incident is gone' };
  const { alerts, absentSinceMs } = row.incident;
  const answers = await flow.source.fresh();
  const memory = { absentSinceMs: absentSinceMs ?? {}, nowMs: await flow.store.now() };
  const { firing } = wordOn(alerts, answers, memory, flow);
  if (firing.kind !== 'firing') return { kind: 'no', why: `just before the write: ${firing.read}` };
  return { kind: 'yes', look: { alerts, listed: answers.alerts } };
}

type Tried = Ending | { readonly kind: 'again'; readonly why: string };

interface Try extends Claim {
  readonly wanted: Wanted & { readonly kind: 'yes' };
  /** An earlier request of this claim may have taken effect after all. */
  readonly repeated: boolean;
}

async function tryOnce(flow: Flow, { operation, nonce, lastSendMs, wanted, repeated }: Try): Promise<Tried> {
  const action = flow.actions[operation.plan.action];
  if (action === undefined) throw new Error(`no action ${operation.plan.action}`);
  try {
    const looked = await flow.cluster.look(operation.plan.target, 'fresh', flow.signal);
    if (looked.kind === 'absent') return notDone(`${targetName(operation.plan.target)} is gone`);
    if (repeated) {
      const mark = action.mark(operation, looked.view);
      if (mark.kind === 'ours') return done(mark.read);
    }
    if (!action.unchanged(operation, looked.view)) return notDone('the object changed since it was planned');
    const { settings } = flow;
    const held =
      wanted.look &&
      heldBackAtLast({
        ...wanted.look,
        settings,
        approvedDigest: operation.approvedDigest,
        plan: operation.plan,
        view: looked.view,
      });
    if (held !== undefined) return notDone(`just before the write: ${held}`);
    const may = await flow.store.mayWrite(operation.id, nonce);
    if (may.kind === 'refused') return notDone(may.why);
    if (flow.clock.monotonic() > lastSendMs)
      return notDone('out of time: the claim ends before the request could');
    const written = await flow.cluster.write(
      action.write(operation.plan.change, operation, looked.view),
      'real',
      flow.signal,
    );
    return ended(written);
  } catch (error) {
    if (error instanceof OpsError) return failed(error);
    throw error;
  }
}

function ended(written: Written): Tried {
  switch (written.kind) {
    case 'accepted':
      return done('accepted by the API server');
    case 'conflict':
      return { kind: 'again', why: written.why };
    case 'gone':
      return notDone('the object is gone');
    case 'refused':
      return notDone(`refused: ${written.why}`);
  }
}

function failed(error: OpsError): Tried {
  if (error.effect === 'unknown') return { kind: 'silent' };
  return error.retry === 'later' ? { kind: 'again', why: error.message } : notDone(error.message);
}

function pause(flow: Flow): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  flow.clock.after(RESEND_PAUSE_MS, resolve);
  return promise;
}
