import type { Clock } from '../src/ports/clock.ts';
import type { ClusterSize, ClusterWrite, Roomed, Written } from '../src/ports/cluster.ts';
import { FakeCluster } from '../tests/fakes/fake-cluster.ts';
import type { FiringBoard } from './firing-board.ts';

/** Room for everything that a benchmark scales. */
const PLENTY = { cpuMillis: 1e9, memoryBytes: 1e15, pods: 1e6 };

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

  override room(): Promise<Roomed> {
    const node = { name: 'node', instanceType: 'bench', takes: true, allocatable: PLENTY, free: PLENTY };
    const pod = { cpuMillis: 50, memoryBytes: 64 * 1_024 * 1_024, pods: 1 };
    return Promise.resolve({ kind: 'found', room: { nodes: [node], pod, surge: 1 } });
  }
}
