import { isNamespaceName, isObjectName } from '../../domain/target.ts';
import type { TargetRef } from '../../domain/target.ts';
import type { TargetView } from '../../domain/workload.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  Cluster,
  ClusterSize,
  ClusterWrite,
  Evidence,
  Looked,
  OwnerFound,
  Roomed,
  Written,
} from '../../ports/cluster.ts';
import { OpsError } from '../../ports/ops-error.ts';
import { answerFailure } from '../http-failure.ts';
import { SEND_WITHIN_MS } from '../send-limit.ts';
import { shown } from '../server-words.ts';
import { METADATA_ONLY, pathOf, withQuery } from './client.ts';
import type { KubernetesClient } from './client.ts';
import { evidenceOf, noEvidence } from './evidence.ts';
import { maxSurgeOf, nodesFrom, podsFrom, revisionsFrom, workloadFrom } from './mapping.ts';
import { NamespaceReads } from './namespace-reads.ts';
import type { NamespaceLists } from './namespace-reads.ts';
import { podFrom, podLabels } from './pod-template.ts';
import { placedPodSchema, roomyNodeSchema } from './room-schema.ts';
import type { PlacedPodObject, RoomyNodeObject } from './room-schema.ts';
import { roomFrom } from './room.ts';
import { deploymentSchema, objectSchema } from './schema.ts';
import type { DeploymentObject, Metadata } from './schema.ts';
import { SharedReads } from './shared-reads.ts';
import { autoscalersOf, budgetsOf, configChangesOf } from './surroundings.ts';
import { writtenFrom } from './write-answer.ts';
import { writeRequest } from './write-request.ts';

export interface KubernetesClusterOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** How old the lists around a freshly read workload may be. Default 250 ms: the looks of one moment share them. */
  readonly freshMs?: number;
  /** How old everything in a shared look may be. Default 5 s. */
  readonly sharedMs?: number;
  /** How old the lists may be that the room on the nodes is counted from. Default 10 s. */
  readonly roomMs?: number;
}

/** Everything that has or takes room. */
interface Placed {
  readonly nodes: readonly RoomyNodeObject[];
  readonly pods: readonly PlacedPodObject[];
}

const FRESH_MS = 250;
const SHARED_MS = 5_000;
const SIZE_MS = 60_000;
/** All pods of a cluster are many; what is free on its nodes changes slowly against the width of a step. */
const ROOM_MS = 10_000;
/** Names the dry-run pods of `admits`; nothing is ever written under it. */
const ASKING_MANAGER = 'runova';

function isTarget(ref: TargetRef): boolean {
  return ref.kind === 'Deployment' && isNamespaceName(ref.namespace) && isObjectName(ref.name);
}

function deploymentPath(ref: TargetRef): string {
  return `/apis/apps/v1${pathOf('namespaces', ref.namespace, 'deployments', ref.name)}`;
}

function notATarget(ref: TargetRef): OpsError {
  return new OpsError({
    code: 'kubernetes/refused',
    retry: 'never',
    message: `${shown(`${ref.kind} ${ref.namespace}/${ref.name}`, 300)} is nothing that Runova looks at: only Deployments are`,
  });
}

function controllerOf(metadata: Metadata): { readonly kind: string; readonly name: string } | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true);
}

function viewFrom(object: DeploymentObject, lists: NamespaceLists, readAtMs: number): TargetView {
  const workload = workloadFrom(object);
  const revisions = revisionsFrom(lists.replicaSets, workload.uid);
  const pods = podsFrom(lists.pods, revisions);
  return {
    workload,
    pods,
    revisions,
    namespaceAnnotations: lists.namespace?.metadata.annotations ?? {},
    autoscalers: autoscalersOf(workload.ref, lists),
    budgets: budgetsOf(lists.budgets, podLabels(workload.template.raw)),
    nodes: nodesFrom(lists.nodes, pods),
    configChanges: configChangesOf(workload.template, lists.configMaps, lists.externalSecrets),
    ...(lists.unread.length === 0 ? {} : { unread: lists.unread }),
    readAtMs,
  };
}

/** The `Cluster` port over the Kubernetes API. */
export class KubernetesCluster implements Cluster {
  readonly #client: KubernetesClient;
  readonly #clock: Clock;
  readonly #reads: NamespaceReads;
  readonly #sizes: SharedReads<ClusterSize>;
  readonly #placed: SharedReads<Placed>;
  readonly #roomMs: number;
  readonly #freshMs: number;
  readonly #sharedMs: number;
  #identity: string | undefined;

  constructor(options: KubernetesClusterOptions) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#reads = new NamespaceReads(options.client, options.clock);
    this.#sizes = new SharedReads(options.clock);
    this.#placed = new SharedReads(options.clock);
    this.#roomMs = options.roomMs ?? ROOM_MS;
    this.#freshMs = options.freshMs ?? FRESH_MS;
    this.#sharedMs = options.sharedMs ?? SHARED_MS;
  }

  async identity(signal: AbortSignal): Promise<string> {
    if (this.#identity !== undefined) return this.#identity;
    const path = `/api/v1${pathOf('namespaces', 'kube-system')}`;
    const namespace = await this.#client.find(objectSchema, path, signal);
    if (namespace === undefined) {
      throw answerFailure(
        this.#client.http.call({ method: 'GET', path }, false),
        'there is no kube-system namespace',
      );
    }
    this.#identity = namespace.metadata.uid;
    return this.#identity;
  }

  async look(ref: TargetRef, how: 'fresh' | 'shared', signal: AbortSignal): Promise<Looked> {
    if (!isTarget(ref)) throw notATarget(ref);
    const maxAgeMs = how === 'fresh' ? this.#freshMs : this.#sharedMs;
    // At the same time: neither answer is needed to ask for the other.
    const [found, lists] = await Promise.all([
      this.#deployment(ref, how, signal),
      this.#reads.lists(ref.namespace, maxAgeMs, signal),
    ]);
    const { object } = found;
    if (object === undefined) return { kind: 'absent' };
    const readAtMs = Math.min(found.startedAtMs, lists.startedAtMs);
    return { kind: 'found', view: this.#mapped(ref, () => viewFrom(object, lists.value, readAtMs)) };
  }

  async ownerOf(namespace: string, pod: string, signal: AbortSignal): Promise<OwnerFound> {
    if (!isNamespaceName(namespace) || !isObjectName(pod)) {
      return { kind: 'none', why: `"${shown(`${namespace}/${pod}`, 300)}" cannot be the name of a pod` };
    }
    const below = pathOf('namespaces', namespace);
    const object = await this.#client.find(objectSchema, `/api/v1${below}${pathOf('pods', pod)}`, signal);
    if (object === undefined) return { kind: 'none', why: `There is no pod ${namespace}/${pod} any more` };
    const owner = controllerOf(object.metadata);
    if (owner === undefined) return { kind: 'none', why: `The pod ${namespace}/${pod} is owned by nothing` };
    const through = [`pod ${pod}`];
    if (owner.kind !== 'ReplicaSet') {
      return { kind: 'owner', ref: { kind: owner.kind, namespace, name: owner.name }, through };
    }
    const path = `/apis/apps/v1${below}${pathOf('replicasets', owner.name)}`;
    const replicaSet = await this.#client.find(objectSchema, path, signal);
    if (replicaSet === undefined) {
      return {
        kind: 'none',
        why: `The ReplicaSet ${owner.name} of pod ${namespace}/${pod} does not exist any more`,
      };
    }
    const top = controllerOf(replicaSet.metadata) ?? { kind: 'ReplicaSet', name: owner.name };
    const climbed = top.kind === 'ReplicaSet' ? through : [...through, `ReplicaSet ${owner.name}`];
    return { kind: 'owner', ref: { kind: top.kind, namespace, name: top.name }, through: climbed };
  }

  async write(write: ClusterWrite, how: 'dry-run' | 'real', signal: AbortSignal): Promise<Written> {
    if (!isTarget(write.ref)) throw notATarget(write.ref);
    const { method, path, contentType, body } = writeRequest(write, how);
    try {
      const soon = how === 'real' ? { sendWithinMs: SEND_WITHIN_MS } : {};
      return await this.#send({ method, path, contentType, body, signal, ...soon });
    } finally {
      // Also after a failure: its effect may be there.
      if (how === 'real') {
        this.#reads.forget(write.ref.namespace);
        this.#placed.forget('placed');
      }
    }
  }

  async admits(
    ref: TargetRef,
    template: Readonly<Record<string, unknown>> | undefined,
    signal: AbortSignal,
  ): Promise<Written> {
    if (!isTarget(ref)) throw notATarget(ref);
    const raw =
      template ?? (await this.#client.find(deploymentSchema, deploymentPath(ref), signal))?.spec.template;
    if (raw === undefined) return { kind: 'gone' };
    const query = { dryRun: 'All', fieldManager: ASKING_MANAGER };
    const path = withQuery(`/api/v1${pathOf('namespaces', ref.namespace, 'pods')}`, query);
    const body = podFrom(raw, `${ref.name}-`, ref.namespace);
    return this.#send({ method: 'POST', path, contentType: 'application/json', body, signal });
  }

  async evidence(ref: TargetRef, signal: AbortSignal): Promise<Evidence> {
    const looked = await this.look(ref, 'shared', signal);
    const nowMs = this.#clock.now();
    return looked.kind === 'absent'
      ? noEvidence(ref, nowMs)
      : evidenceOf(this.#client, looked.view, nowMs, signal);
  }

  async size(signal: AbortSignal): Promise<ClusterSize> {
    const { value } = await this.#sizes.get('size', {
      maxAgeMs: SIZE_MS,
      signal,
      read: () => this.#readSize(),
    });
    return value;
  }

  async room(
    ref: TargetRef,
    template: Readonly<Record<string, unknown>> | undefined,
    signal: AbortSignal,
  ): Promise<Roomed> {
    if (!isTarget(ref)) throw notATarget(ref);
    const [object, placed] = await Promise.all([
      this.#client.find(deploymentSchema, deploymentPath(ref), signal),
      this.#placed.get('placed', { maxAgeMs: this.#roomMs, signal, read: () => this.#readPlaced() }),
    ]);
    if (object === undefined) return { kind: 'absent' };
    const raw = template ?? object.spec.template;
    const surge = maxSurgeOf(object, object.spec.replicas ?? 1);
    const { nodes, pods } = placed.value;
    return { kind: 'found', room: this.#mapped(ref, () => roomFrom(nodes, pods, { raw, surge })) };
  }

  async #readPlaced(): Promise<Placed> {
    const { signal } = new AbortController();
    const [nodes, pods] = await Promise.all([
      this.#client.list(roomyNodeSchema, '/api/v1/nodes', { signal }),
      this.#client.list(placedPodSchema, '/api/v1/pods', { signal }),
    ]);
    return { nodes, pods };
  }

  async #readSize(): Promise<ClusterSize> {
    const { signal } = new AbortController();
    const path = '/apis/apps/v1/deployments';
    const objects = await this.#client.list(objectSchema, path, { accept: METADATA_ONLY, signal });
    const byNamespace: Record<string, number> = {};
    for (const { metadata } of objects) {
      const namespace = metadata.namespace ?? '';
      byNamespace[namespace] = (byNamespace[namespace] ?? 0) + 1;
    }
    return { targets: objects.length, byNamespace };
  }

  async #deployment(
    ref: TargetRef,
    how: 'fresh' | 'shared',
    signal: AbortSignal,
  ): Promise<{ readonly object: DeploymentObject | undefined; readonly startedAtMs: number }> {
    if (how === 'fresh') {
      const startedAtMs = this.#clock.now();
      return { object: await this.#client.find(deploymentSchema, deploymentPath(ref), signal), startedAtMs };
    }
    const { value, startedAtMs } = await this.#reads.deployments(ref.namespace, this.#sharedMs, signal);
    return { object: value.find(({ metadata }) => metadata.name === ref.name), startedAtMs };
  }

  async #send(sending: {
    readonly method: 'PATCH' | 'POST';
    readonly path: string;
    readonly contentType: string;
    readonly body: unknown;
    readonly sendWithinMs?: number;
    readonly signal: AbortSignal;
  }): Promise<Written> {
    const { contentType, body, ...rest } = sending;
    const request = { ...rest, headers: { 'content-type': contentType }, body: JSON.stringify(body) };
    const answer = await this.#client.http.write(request);
    return writtenFrom(answer, this.#client.http.call(request, true));
  }

  /** The schemas let a template pass unread; what is wrong inside it shows only when it is mapped. */
  #mapped<T>(ref: TargetRef, map: () => T): T {
    try {
      return map();
    } catch (error) {
      const call = this.#client.http.call({ method: 'GET', path: deploymentPath(ref) }, false);
      throw answerFailure(call, 'a pod template that cannot be read', error);
    }
  }
}
