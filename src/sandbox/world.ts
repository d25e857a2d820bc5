/** What stands on the platform at the beginning: nodes, namespaces and workloads with a history. */

import { demoPlans, DEMO_NAMESPACES } from './demo-workloads.ts';
import type { ApplicationProfile } from './exporter/application.ts';
import { addNamespace, addNode, backdate, create, DAY_MS, PIPELINE } from './ground.ts';
import { newReplicaSetDraft } from './kubernetes/controllers/revision.ts';
import { isReady } from './kubernetes/objects.ts';
import type { Deployment, KubeObject, PodTemplate } from './kubernetes/objects.ts';
import { quantity } from './kubernetes/quantity.ts';
import { timestamp } from './kubernetes/time.ts';
import type { Platform } from './platform.ts';

export interface WorkloadPlan {
  namespace: string;
  name: string;
  kind?: 'Deployment' | 'StatefulSet';
  replicas: number;
  /** Version that runs; the image is `registry.example/<namespace>/<name>:<version>`. */
  version?: string;
  /** Versions before it, oldest first: each is a ReplicaSet without pods, to which one can roll back. */
  olderVersions?: readonly string[];
  memoryLimit?: string;
  cpuRequest?: string;
  strategy?: 'RollingUpdate' | 'Recreate';
  /** Requests per second to all pods together; 0 for what serves no requests. */
  requestsPerSecond?: number;
  profile?: Partial<ApplicationProfile>;
  /** Name of a Secret that is mounted with a subPath: pods see the value of the time of their start for ever. */
  secret?: string;
  /** A disruption budget of one pod. */
  budget?: boolean;
  annotations?: Record<string, string>;
}

/** Share of its limit that a pod uses without traffic, and with its usual traffic. */
const IDLE_SHARE = 0.05;
const USUAL_SHARE = 0.4;
const USUAL_FILL = 0.25;

/** Adds a Deployment or StatefulSet with its Service, its past revisions and its behaviour. */
export function addWorkload(platform: Platform, plan: WorkloadPlan): void {
  addNamespace(platform, plan.namespace);
  const { requestsPerSecond = 0 } = plan;
  platform.applications.add(profileOf(plan, requestsPerSecond));
  if (plan.secret !== undefined) addSecret(platform, plan.namespace, plan.secret);
  if (plan.kind === 'StatefulSet') addStatefulSet(platform, plan);
  else addDeployment(platform, plan);
  const metadata = { name: plan.name, namespace: plan.namespace, labels: { app: plan.name } };
  create(platform, 'services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { selector: { app: plan.name }, ports: [{ name: 'http', port: 8080 }] },
  });
  if (plan.budget !== true) return;
  const spec = { maxUnavailable: 1, selector: { matchLabels: { app: plan.name } } };
  create(platform, 'poddisruptionbudgets', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec,
  });
}

function profileOf(plan: WorkloadPlan, requestsPerSecond: number): ApplicationProfile {
  const limit = quantity(plan.memoryLimit ?? '256Mi');
  const perPod = Math.max(requestsPerSecond, 0.001) / Math.max(plan.replicas, 1);
  const busyShare = requestsPerSecond === 0 ? 0 : USUAL_SHARE;
  return {
    namespace: plan.namespace,
    name: plan.name,
    requestsPerSecond,
    baseMemoryBytes: limit * (requestsPerSecond === 0 ? 0.3 : IDLE_SHARE),
    memoryPerRequestBytes: (limit * busyShare) / perPod,
    cpuSecondsPerRequest: 0.004,
    errorRatio: 0.002,
    medianSeconds: 0.06,
    capacityPerPod: perPod / USUAL_FILL,
    ...plan.profile,
  };
}

/** The image of a version of a workload. */
export function imageOf(plan: Pick<WorkloadPlan, 'namespace' | 'name'>, version: string): string {
  return `registry.example/${plan.namespace}/${plan.name}:${version}`;
}

function templateOf(plan: WorkloadPlan, version: string): PodTemplate {
  const memory = plan.memoryLimit ?? '256Mi';
  const half = `${Math.round(quantity(memory) / 2 / 1024 / 1024)}Mi`;
  const mounts =
    plan.secret === undefined
      ? {}
      : { volumeMounts: [{ name: 'credentials', mountPath: '/etc/credentials', subPath: 'token' }] };
  const volumes =
    plan.secret === undefined
      ? {}
      : { volumes: [{ name: 'credentials', secret: { secretName: plan.secret } }] };
  return {
    metadata: { labels: { app: plan.name, 'app.kubernetes.io/name': plan.name } },
    spec: {
      containers: [
        {
          name: 'app',
          image: imageOf(plan, version),
          ports: [{ name: 'http', containerPort: 8080 }],
          resources: { limits: { memory }, requests: { memory: half, cpu: plan.cpuRequest ?? '50m' } },
          readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 },
          ...mounts,
        },
      ],
      ...volumes,
    },
  };
}

function addDeployment(platform: Platform, plan: WorkloadPlan): void {
  const { namespace, name, replicas, version = '1.4.0', olderVersions = [] } = plan;
  const metadata = {
    name,
    namespace,
    labels: { app: name },
    ...(plan.annotations === undefined ? {} : { annotations: plan.annotations }),
  };
  const strategy = plan.strategy === 'Recreate' ? { strategy: { type: 'Recreate' } } : {};
  const spec = {
    replicas,
    selector: { matchLabels: { app: name } },
    template: templateOf(plan, version),
    ...strategy,
  };
  const created = create(platform, 'deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec,
  });
  const deployment = backdate(platform, 'deployments', created, 60 * DAY_MS) as Deployment;
  const versions = [...olderVersions, version];
  for (const [index, past] of versions.entries()) {
    const older = {
      ...deployment,
      spec: { ...deployment.spec, template: defaulted(platform, deployment, templateOf(plan, past)) },
    };
    const isCurrent = index === versions.length - 1;
    const set = create(
      platform,
      'replicasets',
      newReplicaSetDraft(older, isCurrent ? replicas : 0, index + 1),
    );
    backdate(platform, 'replicasets', set, (9 + 7 * (versions.length - 1 - index)) * DAY_MS);
  }
}

/** A template as the API server would store it, found by a dry run. */
function defaulted(platform: Platform, deployment: Deployment, template: PodTemplate): PodTemplate {
  const { api } = platform;
  const { namespace = '', name } = deployment.metadata;
  const change = (live: KubeObject) => ({
    object: { ...live, spec: { ...(live['spec'] as object), template } },
  });
  const tried = api.writes.update(api.resources.named('deployments'), namespace, name, change, {
    ...PIPELINE,
    dryRun: true,
  });
  return (tried as Deployment).spec.template;
}

function addStatefulSet(platform: Platform, plan: WorkloadPlan): void {
  const { namespace, name, replicas, version = '1.4.0' } = plan;
  const metadata = { name, namespace, labels: { app: name } };
  const spec = {
    replicas,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: templateOf(plan, version),
  };
  const created = create(platform, 'statefulsets', {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec,
  });
  backdate(platform, 'statefulsets', created, 60 * DAY_MS);
}

function addSecret(platform: Platform, namespace: string, name: string): void {
  const data = { token: Buffer.from('first').toString('base64') };
  backdate(
    platform,
    'secrets',
    create(platform, 'secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data }),
    30 * DAY_MS,
  );
  const spec = {
    refreshInterval: '1h',
    secretStoreRef: { name: 'vault', kind: 'ClusterSecretStore' },
    target: { name },
    dataFrom: [{ extract: { key: `${namespace}/${name}` } }],
  };
  const external = create(platform, 'externalsecrets', {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, namespace },
    spec,
  });
  const refreshTime = timestamp(platform.clock.now() - DAY_MS);
  const status = {
    refreshTime,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'SecretSynced',
        message: 'secret synced',
        lastTransitionTime: refreshTime,
      },
    ],
  };
  backdate(platform, 'externalsecrets.external-secrets.io', { ...external, status }, 30 * DAY_MS);
}

/** The namespaces that every cluster has. */
function addSystemNamespaces(platform: Platform): void {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    addNamespace(platform, name);
}

/** Three nodes of 4 cores and 8 GiB. */
function addNodes(platform: Platform, count: number): void {
  for (let number = 1; number <= count; number++)
    addNode(platform, { name: `k3s-${number}`, address: `10.0.0.${number + 1}` });
}

/** The demo's platform: 3 nodes, a shop, and what keeps it running; 41 pods. */
export function buildDemoWorld(platform: Platform): void {
  addSystemNamespaces(platform);
  addNodes(platform, 3);
  for (const name of DEMO_NAMESPACES) addNamespace(platform, name);
  for (const plan of demoPlans()) addWorkload(platform, plan);
}

/** A namespace of one's own with some workloads, and the nodes to run them. */
export function buildScratchWorld(platform: Platform, plans: readonly WorkloadPlan[], nodes = 3): void {
  addSystemNamespaces(platform);
  addNodes(platform, nodes);
  for (const plan of plans) addWorkload(platform, plan);
}

/** True when every workload has all the pods that it wants, ready and observed. */
export function isSettled(platform: Platform): boolean {
  const { store } = platform.api;
  const deployments = store.list('deployments').every(({ metadata, spec, status }) => {
    const isObserved = status.observedGeneration === metadata.generation;
    return (
      isObserved &&
      (status.availableReplicas ?? 0) === spec.replicas &&
      (status.replicas ?? 0) === spec.replicas
    );
  });
  return (
    deployments &&
    store.list('statefulsets').every(({ spec, status }) => status['readyReplicas'] === spec.replicas) &&
    store.list('pods').every(isReady)
  );
}
