import type { Decision } from '../domain/decision.ts';
import type { Incident } from '../domain/incident.ts';
import type { Clock } from '../ports/clock.ts';
import type { Claimed, Committed, Store } from '../ports/store.ts';
import type { Meters } from './meters.ts';

function countDecision(meters: Meters, before: Incident, { next, changes }: Decision): void {
  if (next.trace !== undefined && next.trace !== before.trace) {
    for (const { guard, verdict } of next.trace.lines) meters.guardVerdict(guard, verdict);
  }
  for (const change of changes) {
    if (change.kind === 'verdict') meters.operationEnded(change.verdict);
    if (change.kind === 'end-operation') meters.operationEnded(change.to);
  }
}

/** Wraps a store, so that `/metrics` knows what goes through it. Everything else passes unchanged. */
export function meteredStore(inner: Store, clock: Clock, meters: Meters): Store {
  const commit = async (claimed: Claimed, decision: Decision): Promise<Committed> => {
    const startedMs = clock.monotonic();
    const committed = await inner.commit(claimed, decision);
    meters.storeCommitted((clock.monotonic() - startedMs) / 1_000);
    if (committed.kind === 'committed') countDecision(meters, claimed.incident, decision);
    return committed;
  };
  return {
    ...inner,
    commit,
    reportOperation: async (id, nonce, report) => {
      const reported = await inner.reportOperation(id, nonce, report);
      if (reported) meters.operationEnded(report.to);
      return reported;
    },
  };
}
