import type { Incident } from '../src/domain/incident.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Store } from '../src/ports/store.ts';

/** Calls that write; everything else only reads. */
const WRITES: ReadonlySet<string> = new Set([
  'receive',
  'claimDue',
  'commit',
  'giveUp',
  'saveEvidence',
  'claimOperation',
  'reportOperation',
]);

export interface StoreTally {
  calls: number;
  writes: number;
}

/** The store, with its calls counted and every end of an incident told; a handover counts as one. */
export function watchedStore(store: Store, tally: StoreTally, onEnd: (incident: Incident) => void): Store {
  const counted = Object.fromEntries(
    Object.entries(store).map(([name, call]: [string, (...input: unknown[]) => unknown]) => [
      name,
      (...input: unknown[]) => {
        tally.calls += 1;
        if (WRITES.has(name)) tally.writes += 1;
        return call(...input);
      },
    ]),
  ) as unknown as Store;
  return {
    ...counted,
    commit: async (claimed, decision) => {
      const committed = await counted.commit(claimed, decision);
      const { ended, handover } = decision.next;
      if (committed.kind === 'committed' && (ended ?? handover) !== undefined) onEnd(decision.next);
      return committed;
    },
  };
}

/** A clock that counts its turns: the store's driver takes one for each COMMIT. */
export function countingTurns(clock: Clock): Clock & { turns: number } {
  const counting = {
    turns: 0,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs: number, wake: () => void) => clock.after(delayMs, wake),
    turn: (run: () => void) => {
      counting.turns += 1;
      clock.turn(run);
    },
  };
  return counting;
}
