/** The resources that the sandbox's API server knows: names, scope, subresources and verbs of each. */

import { fromEventsV1, toEventsV1 } from './event-shapes.ts';
import type { KubeObject } from './objects.ts';

export const ALL_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;

export interface ResourceType {
  /** API group; '' is the core group. */
  group: string;
  version: string;
  plural: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  shortNames: readonly string[];
  /** Subresources by name, without those that the sandbox does not serve. */
  subresources: readonly string[];
  verbs: readonly string[];
  /** Whether a change of the spec raises `metadata.generation`. */
  hasGeneration: boolean;
  /** A custom resource refuses strategic merge patches and updates without a resourceVersion. */
  custom: boolean;
  /** The key under which its objects are stored: two API groups may show the same objects. */
  storage: string;
  /** How a stored object looks in this API group, and back, where that differs. */
  shape?: { toWire: (stored: KubeObject) => KubeObject; fromWire: (sent: KubeObject) => KubeObject };
}

type Shortened = Partial<ResourceType> & Pick<ResourceType, 'plural' | 'kind'>;

function define(group: string, version: string, types: readonly Shortened[]): ResourceType[] {
  return types.map((type) => ({
    group,
    version,
    singular: type.kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    subresources: [],
    verbs: ALL_VERBS,
    hasGeneration: false,
    custom: false,
    storage: type.plural,
    ...type,
  }));
}

function custom(group: string, version: string, types: readonly Shortened[]): ResourceType[] {
  const shared = { custom: true, hasGeneration: true, subresources: ['status'] };
  return define(
    group,
    version,
    types.map((type) => ({ ...shared, storage: `${type.plural}.${group}`, ...type })),
  );
}

const CORE = define('', 'v1', [
  {
    plural: 'namespaces',
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    subresources: ['status'],
  },
  {
    plural: 'pods',
    kind: 'Pod',
    shortNames: ['po'],
    subresources: ['status', 'log', 'eviction', 'binding', 'resize'],
  },
  { plural: 'nodes', kind: 'Node', namespaced: false, shortNames: ['no'], subresources: ['status'] },
  { plural: 'services', kind: 'Service', shortNames: ['svc'], subresources: ['status'] },
  { plural: 'endpoints', kind: 'Endpoints', singular: 'endpoints', shortNames: ['ep'] },
  { plural: 'configmaps', kind: 'ConfigMap', shortNames: ['cm'] },
  { plural: 'secrets', kind: 'Secret' },
  { plural: 'events', kind: 'Event', shortNames: ['ev'] },
  { plural: 'resourcequotas', kind: 'ResourceQuota', shortNames: ['quota'], subresources: ['status'] },
  {
    plural: 'persistentvolumeclaims',
    kind: 'PersistentVolumeClaim',
    shortNames: ['pvc'],
    subresources: ['status'],
  },
  { plural: 'persistentvolumes', kind: 'PersistentVolume', namespaced: false, shortNames: ['pv'] },
  { plural: 'serviceaccounts', kind: 'ServiceAccount', shortNames: ['sa'] },
]);

const WORKLOADS = define('apps', 'v1', [
  {
    plural: 'deployments',
    kind: 'Deployment',
    shortNames: ['deploy'],
    hasGeneration: true,
    subresources: ['status', 'scale'],
  },
  {
    plural: 'replicasets',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    hasGeneration: true,
    subresources: ['status', 'scale'],
  },
  {
    plural: 'statefulsets',
    kind: 'StatefulSet',
    shortNames: ['sts'],
    hasGeneration: true,
    subresources: ['status', 'scale'],
  },
]);

const POLICIES = [
  ...define('policy', 'v1', [
    {
      plural: 'poddisruptionbudgets',
      kind: 'PodDisruptionBudget',
      shortNames: ['pdb'],
      hasGeneration: true,
      subresources: ['status'],
    },
  ]),
  ...define('autoscaling', 'v2', [
    {
      plural: 'horizontalpodautoscalers',
      kind: 'HorizontalPodAutoscaler',
      shortNames: ['hpa'],
      subresources: ['status'],
    },
  ]),
  ...define('coordination.k8s.io', 'v1', [{ plural: 'leases', kind: 'Lease' }]),
  ...define('events.k8s.io', 'v1', [
    {
      plural: 'events',
      kind: 'Event',
      shortNames: ['ev'],
      shape: { toWire: toEventsV1, fromWire: fromEventsV1 },
    },
  ]),
  ...define('authorization.k8s.io', 'v1', [
    {
      plural: 'selfsubjectaccessreviews',
      kind: 'SelfSubjectAccessReview',
      namespaced: false,
      verbs: ['create'],
    },
  ]),
];

const EXTENSIONS = [
  ...custom('keda.sh', 'v1alpha1', [{ plural: 'scaledobjects', kind: 'ScaledObject', shortNames: ['so'] }]),
  ...custom('autoscaling.k8s.io', 'v1', [
    { plural: 'verticalpodautoscalers', kind: 'VerticalPodAutoscaler', shortNames: ['vpa'] },
  ]),
  ...custom('external-secrets.io', 'v1', [
    { plural: 'externalsecrets', kind: 'ExternalSecret', shortNames: ['es'] },
  ]),
];

/** The resource types of the server, found by group, version and plural name. */
export class Resources {
  readonly #types: ResourceType[] = [...CORE, ...WORKLOADS, ...POLICIES, ...EXTENSIONS];

  /** Every type, core group first. */
  all(): readonly ResourceType[] {
    return this.#types;
  }

  /** Adds custom resources, as installing their definitions would. */
  install(group: string, version: string, types: readonly Shortened[]): void {
    this.#types.push(...custom(group, version, types));
  }

  /** True when the group is served in this version. */
  serves(group: string, version: string): boolean {
    return this.#types.some((type) => type.group === group && type.version === version);
  }

  find(group: string, version: string, plural: string): ResourceType | undefined {
    return this.#types.find(
      (type) => type.group === group && type.version === version && type.plural === plural,
    );
  }

  /** The type by the `apiVersion` and `kind` of an object. */
  ofKind(apiVersion: string, kind: string): ResourceType | undefined {
    return this.#types.find((type) => apiVersionOf(type) === apiVersion && type.kind === kind);
  }

  /** The type by plural name, the first group that has it; for callers inside the sandbox, who know their names. */
  named(plural: string): ResourceType {
    const type = this.#types.find((candidate) => candidate.plural === plural);
    if (type === undefined) throw new Error(`no resource type ${plural}`);
    return type;
  }
}

/** `apps/v1`, or `v1` in the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}
