import type { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import { OpsError } from '../../ports/ops-error.ts';
import { METADATA_ONLY, pathOf } from './client.ts';
import type { KubernetesClient } from './client.ts';
import {
  autoscalerSchema,
  budgetSchema,
  deploymentSchema,
  externalSecretSchema,
  groupsSchema,
  nodeSchema,
  objectSchema,
  podSchema,
  replicaSetSchema,
  verticalAutoscalerSchema,
} from './schema.ts';
import type {
  AutoscalerObject,
  BudgetObject,
  DeploymentObject,
  ExternalSecretObject,
  MetadataObject,
  NodeObject,
  PodObject,
  ReplicaSetObject,
  VerticalAutoscalerObject,
} from './schema.ts';
import { SharedReads } from './shared-reads.ts';

/** Everything that looks at targets of one namespace have in common. */
export interface NamespaceLists {
  readonly replicaSets: readonly ReplicaSetObject[];
  readonly pods: readonly PodObject[];
  readonly horizontal: readonly AutoscalerObject[];
  readonly budgets: readonly BudgetObject[];
  readonly scaledObjects: readonly AutoscalerObject[];
  readonly vertical: readonly VerticalAutoscalerObject[];
  readonly externalSecrets: readonly ExternalSecretObject[];
  readonly configMaps: readonly MetadataObject[];
  readonly namespace: MetadataObject | undefined;
  readonly nodes: readonly NodeObject[];
  /** Lists that we have no right to read and that no guard depends on. */
  readonly unread: readonly string[];
}

/** Which group of optional kinds a cluster serves, and in which version. */
type Groups = ReadonlyMap<string, string>;

/** Nodes and the groups of the API change slowly; what changes in them is no precondition of a write. */
const NODES_MS = 5_000;
const GROUPS_MS = 5 * 60_000;
/** No look accepts a namespace's lists that are older. */
const LISTS_MS = 5_000;

/** A list and the shortest sentence for its absence. */
interface Optional<T> {
  readonly items: readonly T[];
  readonly unread: readonly string[];
}

/** Reads the lists of a namespace once for all looks of a tick, however many ask. */
export class NamespaceReads {
  readonly #client: KubernetesClient;
  readonly #lists: SharedReads<NamespaceLists>;
  readonly #deployments: SharedReads<readonly DeploymentObject[]>;
  readonly #nodes: SharedReads<readonly NodeObject[]>;
  readonly #groups: SharedReads<Groups>;

  constructor(client: KubernetesClient, clock: Clock) {
    this.#client = client;
    this.#lists = new SharedReads(clock);
    this.#deployments = new SharedReads(clock);
    this.#nodes = new SharedReads(clock);
    this.#groups = new SharedReads(clock);
  }

  /** The lists of a namespace whose reading began at most `maxAgeMs` ago. */
  async lists(
    namespace: string,
    maxAgeMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly value: NamespaceLists; readonly startedAtMs: number }> {
    this.#lists.prune(LISTS_MS);
    return this.#lists.get(namespace, { maxAgeMs, signal, read: () => this.#read(namespace) });
  }

  async deployments(
    namespace: string,
    maxAgeMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly value: readonly DeploymentObject[]; readonly startedAtMs: number }> {
    this.#deployments.prune(LISTS_MS);
    const path = `/apis/apps/v1${pathOf('namespaces', namespace, 'deployments')}`;
    return this.#deployments.get(namespace, {
      maxAgeMs,
      signal,
      read: () => this.#list(deploymentSchema, path),
    });
  }

  /** Something was written there: nobody may be served from what was read before. */
  forget(namespace: string): void {
    this.#lists.forget(namespace);
    this.#deployments.forget(namespace);
  }

  async #read(namespace: string): Promise<NamespaceLists> {
    const below = (group: string, kind: string): string => `${group}${pathOf('namespaces', namespace, kind)}`;
    const forever = new AbortController().signal;
    const [replicaSets, pods, horizontal, budgets, scaledObjects, vertical, secrets, maps, own, nodes] =
      await Promise.all([
        this.#list(replicaSetSchema, below('/apis/apps/v1', 'replicasets')),
        this.#list(podSchema, below('/api/v1', 'pods')),
        this.#list(autoscalerSchema, below('/apis/autoscaling/v2', 'horizontalpodautoscalers')),
        this.#list(budgetSchema, below('/apis/policy/v1', 'poddisruptionbudgets')),
        this.#ofGroup(autoscalerSchema, 'keda.sh', (group) => below(group, 'scaledobjects')),
        this.#ofGroup(verticalAutoscalerSchema, 'autoscaling.k8s.io', (group) =>
          below(group, 'verticalpodautoscalers'),
        ),
        this.#unlessForbidden('ExternalSecrets', () =>
          this.#ofGroup(externalSecretSchema, 'external-secrets.io', (group) =>
            below(group, 'externalsecrets'),
          ),
        ),
        this.#unlessForbidden('ConfigMaps', () =>
          this.#list(objectSchema, below('/api/v1', 'configmaps'), METADATA_ONLY),
        ),
        this.#client.find(objectSchema, `/api/v1${pathOf('namespaces', namespace)}`, forever),
        this.#nodes.get('nodes', {
          maxAgeMs: NODES_MS,
          signal: forever,
          read: () => this.#list(nodeSchema, '/api/v1/nodes'),
        }),
      ]);
    return {
      replicaSets,
      pods,
      horizontal,
      budgets,
      scaledObjects,
      vertical,
      externalSecrets: secrets.items,
      configMaps: maps.items,
      namespace: own,
      nodes: nodes.value,
      unread: [...secrets.unread, ...maps.unread],
    };
  }

  #list<T>(schema: z.ZodType<T>, path: string, accept?: string): Promise<readonly T[]> {
    // Shared by many callers: it ends by its timeouts, not because one of them has left.
    const { signal } = new AbortController();
    return this.#client.list(schema, path, { signal, ...(accept === undefined ? {} : { accept }) });
  }

  /** A list of a kind that need not be installed: none only if the server says that it does not serve it. */
  async #ofGroup<T>(
    schema: z.ZodType<T>,
    group: string,
    path: (prefix: string) => string,
  ): Promise<readonly T[]> {
    const { signal } = new AbortController();
    const groups = await this.#groups.get('groups', {
      maxAgeMs: GROUPS_MS,
      signal,
      read: () => this.#readGroups(),
    });
    const version = groups.value.get(group);
    if (version === undefined) return [];
    try {
      return await this.#list(schema, path(`/apis/${group}/${version}`));
    } catch (error) {
      if (error instanceof OpsError && error.code === 'kubernetes/not-served') return [];
      throw error;
    }
  }

  async #readGroups(): Promise<Groups> {
    const { signal } = new AbortController();
    const answer = await this.#client.find(groupsSchema, '/apis', signal);
    return new Map(
      (answer?.groups ?? []).flatMap(({ name, preferredVersion, versions }) => {
        const version = preferredVersion?.version ?? versions?.[0]?.version;
        return version === undefined ? [] : [[name, version]];
      }),
    );
  }

  /** For lists that only explain (no guard depends on them): a missing right is named, not fatal. */
  async #unlessForbidden<T>(what: string, read: () => Promise<readonly T[]>): Promise<Optional<T>> {
    try {
      return { items: await read(), unread: [] };
    } catch (error) {
      if (error instanceof OpsError && error.code === 'kubernetes/forbidden')
        return { items: [], unread: [what] };
      throw error;
    }
  }
}
