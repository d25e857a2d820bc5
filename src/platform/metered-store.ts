import type { Decision } from '../domain/decision.ts';
import type { Incident } from '../domain/incident.ts';
import type { Clock } from '../ports/clock.ts';
import { OpsError } from '../ports/ops-error.ts';
import type { Claimed, Committed, Store } from '../ports/store.ts';
import type { Meters } from './meters.ts';

/** A store that counts what goes through it, and remembers whether it answered last. */
export interface MeteredStore {
  readonly store: Store;
  /** Why the store did not answer when it was last asked; undefined when it did. */
  away(): string | undefined;
}

function countDecision(meters: Meters, before: Incident, { next, changes }: Decision): void {
  if (next.trace !== undefined && next.trace !== before.trace) {
    for (const { guard, verdict } of next.trace.lines) meters.guardVerdict(guard, verdict);
  }
  for (const change of changes) {
    if (change.kind === 'verdict') meters.operationEnded(change.verdict);
    if (change.kind === 'end-operation') meters.operationEnded(change.to);
  }
}

/** Wraps a store for `/metrics` and `/readyz`. Everything else passes through unchanged. */
export function meteredStore(inner: Store, clock: Clock, meters: Meters): MeteredStore {
  let away: string | undefined;
  const watched = async <T>(call: Promise<T>): Promise<T> => {
    try {
      const answer = await call;
      away = undefined;
      return answer;
    } catch (error) {
      if (error instanceof OpsError && error.code === 'store/unavailable') away = error.message;
      throw error;
    }
  };
  const commit = async (claimed: Claimed, decision: Decision): Promise<Committed> => {
    const startedMs = clock.monotonic();
    const committed = await watched(inner.commit(claimed, decision));
    meters.storeCommitted((clock.monotonic() - startedMs) / 1_000);
    if (committed.kind === 'committed') countDecision(meters, claimed.incident, decision);
    return committed;
  };
  const store: Store = {
    ...inner,
    commit,
    receive: (notices) => watched(inner.receive(notices)),
    claimDue: (lane, limit) => watched(inner.claimDue(lane, limit)),
    reportOperation: async (id, nonce, report) => {
      const reported = await watched(inner.reportOperation(id, nonce, report));
      if (reported) meters.operationEnded(report.to);
      return reported;
    },
  };
  return { store, away: () => away };
}
