import type { Clock } from '../src/ports/clock.ts';
import type { ClusterSize, ClusterWrite, Written } from '../src/ports/cluster.ts';
import { FakeCluster } from '../tests/fakes/fake-cluster.ts';
import type { FiringBoard } from './firing-board.ts';

/** A cluster whose controllers take no time and whose changes help. */
export class QuickCluster extends FakeCluster {
  readonly #board: FiringBoard;

  constructor(clock: Clock, board: FiringBoard) {
    super({ clock, pace: { observeMs: 0, startMs: 0, terminateMs: 0 }, sharedMs: 0 });
    this.#board = board;
  }

  override async write(write: ClusterWrite, how: 'dry-run' | 'real'): Promise<Written> {
    const written = await super.write(write, how);
    if (how === 'real' && written.kind === 'accepted') this.#board.clear(write.ref.namespace, write.ref.name);
    return written;
  }

  override size(): Promise<ClusterSize> {
    return Promise.resolve({ targets: 10_000, byNamespace: {} });
  }
}
