import type { Change } from './operation.ts';
import type { TargetView } from './workload.ts';

/** What a pod asks for, or a node has. */
export interface Resources {
  /** Thousandths of a core. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

export interface NodeRoom {
  readonly name: string;
  /** Label `node.kubernetes.io/instance-type`; '' where it has none. */
  readonly instanceType: string;
  /** It is ready, and the scheduler may put a pod of the target on it: not cordoned, taints tolerated, selectors met. */
  readonly takes: boolean;
  readonly allocatable: Resources;
  /** `allocatable` less what the pods on it ask for. */
  readonly free: Resources;
}

/** Every node of the cluster, and what one more pod of the target would ask of one of them. */
export interface Room {
  readonly nodes: readonly NodeRoom[];
  readonly pod: Resources;
  /** Pods that a rollout may start before it takes one away (`maxSurge`). */
  readonly surge: number;
}

/** What is known of the room, at the moment when the guards are asked. */
export type RoomLook =
  | { readonly kind: 'known'; readonly room: Room }
  | { readonly kind: 'unknown'; readonly why: string };

/** How many pods a change needs room for, besides those that are there. */
export function podsToPlace(change: Change, { pods, nodes, workload }: TargetView, { surge }: Room): number {
  switch (change.kind) {
    case 'scale':
      return Math.max(0, change.to - change.from);
    case 'rollout-restart':
    case 'roll-back':
      // A rollout that is under way has its surge already: its newest pod goes before another comes.
      return Math.max(0, Math.min(1, workload.replicas + surge - workload.status.replicas));
    case 'restart-pod': {
      // The pod makes its own room, unless its node takes nothing new.
      const node = pods.find(({ uid }) => uid === change.podUid)?.node;
      return nodes.some((one) => one.name === node && one.ready && one.schedulable) ? 0 : 1;
    }
  }
}

function times(room: Resources, pod: Resources): number {
  const each = [
    [room.cpuMillis, pod.cpuMillis],
    [room.memoryBytes, pod.memoryBytes],
    [room.pods, pod.pods],
  ] as const;
  const fits = each.filter(([, asked]) => asked > 0).map(([has, asked]) => Math.floor(has / asked));
  return Math.max(0, Math.min(...fits));
}

/** The nodes that take another pod, the one with room for most first; and how many pods all of them take. */
export function placesFor({ nodes, pod }: Room): {
  readonly nodes: readonly NodeRoom[];
  readonly pods: number;
} {
  const counted = nodes
    .filter(({ takes }) => takes)
    .map((node) => ({ node, count: times(node.free, pod) }))
    .toSorted((a, b) => b.count - a.count || b.node.free.memoryBytes - a.node.free.memoryBytes);
  return {
    nodes: counted.filter(({ count }) => count > 0).map(({ node }) => node),
    pods: counted.reduce((sum, { count }) => sum + count, 0),
  };
}

/**
 * How many nodes would have to be added for so many pods: none where they fit. Undefined where even an empty node, as
 * large as the largest that takes such pods, has no room for one.
 */
export function nodesToAdd(room: Room, pods: number): number | undefined {
  const left = pods - placesFor(room).pods;
  if (left <= 0) return 0;
  const each = Math.max(
    0,
    ...room.nodes.filter(({ takes }) => takes).map(({ allocatable }) => times(allocatable, room.pod)),
  );
  return each === 0 ? undefined : Math.ceil(left / each);
}

const GIBI = 2 ** 30;
const MEBI = 2 ** 20;

/** As people write requests: `256Mi, 100m`. */
export function formatResources({ memoryBytes, cpuMillis }: Resources): string {
  const memory =
    memoryBytes >= GIBI
      ? `${Math.round((memoryBytes / GIBI) * 10) / 10}Gi`
      : `${Math.round(memoryBytes / MEBI)}Mi`;
  return `${memory}, ${Math.round(cpuMillis)}m`;
}
