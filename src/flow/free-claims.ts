import type { State } from '../domain/incident.ts';
import type { Lane } from '../ports/store.ts';
import type { Flow } from './flow.ts';

/** The states whose incidents wait in a lane; those that have ended wait there only when their alert fires again. */
const STATES: Readonly<Record<Lane, readonly State[]>> = {
  plan: ['open', 'waiting', 'asking'],
  act: ['executing'],
  prove: ['verifying', 'handed-over', 'resolved', 'closed'],
};
const BATCH = 200;

/**
 * Frees what was claimed in a transaction whose answer never came: on disk it is in this process's hands, which know
 * nothing of it. Touching an incident moves its fence on, so taking back too much costs a look and breaks nothing.
 *
 * @param inHand incidents that this lane's worker really works on
 */
export async function freeClaims(
  flow: Pick<Flow, 'store'>,
  lane: Lane,
  inHand: ReadonlySet<number>,
): Promise<void> {
  const { store } = flow;
  const nowMs = await store.now();
  let before: number | undefined;
  for (;;) {
    const rows = await store.incidents({
      states: STATES[lane],
      limit: BATCH,
      ...(before === undefined ? {} : { before }),
    });
    for (const { incident, dueAtMs } of rows) {
      if (dueAtMs === undefined || dueAtMs > nowMs || inHand.has(incident.id)) continue;
      await store.command(incident.id, (next, _operation, dueNowMs) => ({
        kind: 'accepted',
        decision: { next, changes: [], dueAtMs: dueNowMs },
      }));
    }
    if (rows.length < BATCH) return;
    before = rows.at(-1)?.incident.id;
  }
}
