/** How large each ReplicaSet of a Deployment should be next. Source: kubernetes pkg/controller/deployment/{rolling,recreate,sync}.go. */

import type { Deployment, ReplicaSet } from '../objects.ts';
import { DESIRED_REPLICAS, fenceposts } from './revision.ts';

/** Wanted sizes by ReplicaSet name; a set that is not named keeps its size. */
export type Sizes = Map<string, number>;

const total = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + set.spec.replicas, 0);
const available = (set: ReplicaSet): number => set.status.availableReplicas ?? 0;

/** The size of the ReplicaSet in use: as much of the wanted number as the surge allows beside the old ones. */
export function replicasOf(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): number {
  const { replicas, strategy } = deployment.spec;
  const size = current?.spec.replicas ?? 0;
  if (strategy.type === 'Recreate') return replicas;
  const room = replicas + fenceposts(deployment).surge - total(old) - size;
  return room <= 0 ? Math.min(size, replicas) : size + Math.max(0, Math.min(room, replicas - size));
}

/** The next step of a rollout; without change once it is complete. */
export function rolloutPlan(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Sizes {
  const { strategy, replicas } = deployment.spec;
  if (strategy.type === 'Recreate') return recreatePlan(replicas, current, old);
  if (current.spec.replicas > replicas) return new Map([[current.metadata.name, replicas]]);
  const size = replicasOf(deployment, current, old);
  if (size > current.spec.replicas) return new Map([[current.metadata.name, size]]);
  return shrinkOld(
    deployment,
    current,
    old.filter((set) => set.spec.replicas > 0),
  );
}

function recreatePlan(replicas: number, current: ReplicaSet, old: readonly ReplicaSet[]): Sizes {
  if (total(old) > 0) return new Map(old.map((set) => [set.metadata.name, 0]));
  const isGone = old.every((set) => set.status.replicas === 0);
  return isGone ? new Map([[current.metadata.name, replicas]]) : new Map();
}

/** Takes old pods away: broken ones first, then as many as availability allows. */
function shrinkOld(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Sizes {
  const least = deployment.spec.replicas - fenceposts(deployment).unavailable;
  const newUnavailable = current.spec.replicas - available(current);
  let spare = total([current, ...old]) - least - newUnavailable;
  const sizes: Sizes = new Map();
  for (const set of old) {
    const broken = Math.max(0, Math.min(spare, set.spec.replicas - available(set)));
    sizes.set(set.metadata.name, set.spec.replicas - broken);
    spare -= broken;
  }
  let surplus = Math.min(spare, [current, ...old].reduce((sum, set) => sum + available(set), 0) - least);
  for (const set of old) {
    const size = sizes.get(set.metadata.name) ?? 0;
    const taken = Math.max(0, Math.min(surplus, size));
    sizes.set(set.metadata.name, size - taken);
    surplus -= taken;
  }
  return sizes;
}

/** Sizes after somebody changed `spec.replicas`, or undefined when nobody did. During a rollout every set gets its share. */
export function scalingPlan(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Sizes | undefined {
  const { replicas, strategy } = deployment.spec;
  const all = current === undefined ? old : [current, ...old];
  const active = all.filter((set) => set.spec.replicas > 0);
  if (!active.some((set) => set.metadata.annotations?.[DESIRED_REPLICAS] !== String(replicas)))
    return undefined;
  const [only] = active;
  if (active.length === 1 && only !== undefined) return new Map([[only.metadata.name, replicas]]);
  if (strategy.type === 'Recreate')
    return new Map(active.map((set) => [set.metadata.name, set.spec.replicas]));
  const goal = replicas === 0 ? 0 : replicas + fenceposts(deployment).surge;
  return shares(
    active.toSorted((left, right) => right.spec.replicas - left.spec.replicas),
    goal,
  );
}

function shares(sets: readonly ReplicaSet[], goal: number): Sizes {
  const whole = total(sets);
  const sizes: Sizes = new Map(
    sets.map((set) => [set.metadata.name, Math.floor((set.spec.replicas * goal) / whole)]),
  );
  const [largest] = sets;
  const rest = goal - [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (largest !== undefined) sizes.set(largest.metadata.name, (sizes.get(largest.metadata.name) ?? 0) + rest);
  return sizes;
}
