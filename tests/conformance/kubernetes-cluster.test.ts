import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesCluster } from '../../src/connectors/kubernetes/cluster.ts';
import { kubeconfigAccess } from '../../src/connectors/kubernetes/kubeconfig.ts';
import { kubernetesClient } from '../../src/connectors/kubernetes/kubernetes.ts';
import type { TargetRef } from '../../src/domain/target.ts';
import { SystemChance } from '../../src/platform/system-chance.ts';
import { WallClock } from '../../src/platform/wall-clock.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { addWorkload, buildScratchWorld, isSettled } from '../../src/sandbox/world.ts';
import { clusterConformance } from './cluster.suite.ts';
import type { ClusterHarness } from './cluster.suite.ts';

const NAMESPACE = 'suite';

/** The hands of an administrator, who does not go through the cluster under test. */
class Admin {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  send(method: string, path: string, body?: unknown, contentType = 'application/json'): void {
    const url = new URL(path, 'http://sandbox');
    const headers = { authorization: `Bearer ${this.#sandbox.token('admin')}`, 'content-type': contentType };
    const query = Object.fromEntries(url.searchParams);
    const request = { method, path: url.pathname, query, headers, ...(body === undefined ? {} : { body }) };
    const { status } = this.#sandbox.api.handle(request);
    assert.ok(status < 300, `${method} ${path}: ${status}`);
  }

  merge(path: string, body: unknown): void {
    this.send('PATCH', path, body, 'application/merge-patch+json');
  }
}

const deployments = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const quotas = `/api/v1/namespaces/${NAMESPACE}/resourcequotas`;

/** Resolves when every Deployment runs its newest template, and nothing else does. */
function rolledOut({ platform }: Sandbox): Promise<void> {
  const { store } = platform.api;
  const done = (): boolean =>
    isSettled(platform) &&
    store.list('deployments').every(({ spec, status }) => (status.updatedReplicas ?? 0) === spec.replicas);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (done()) resolve();
  const stop = store.subscribe(() => {
    if (done()) resolve();
  });
  return promise.finally(stop);
}

async function open(): Promise<ClusterHarness> {
  const sandbox = await startSandbox({ world: (platform) => buildScratchWorld(platform, []) });
  const admin = new Admin(sandbox);
  const folder = await mkdtemp(join(tmpdir(), 'runova-suite-'));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, sandbox.kubeconfig('runova'));
  const clock = new WallClock();
  const access = await kubeconfigAccess({ path, clock, env: {} });
  const client = kubernetesClient(access, { clock, chance: new SystemChance(), version: 'test' });
  const made = new Map<string, unknown>();
  const deploy = async (name: string, replicas: number): Promise<TargetRef> => {
    const earlier = made.get(name);
    if (earlier === undefined) addWorkload(sandbox.platform, { namespace: NAMESPACE, name, replicas });
    else admin.send('POST', deployments, earlier);
    await rolledOut(sandbox);
    const { spec } =
      sandbox.platform.api.store.list('deployments').find(({ metadata }) => metadata.name === name) ?? {};
    made.set(name, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: NAMESPACE },
      spec,
    });
    return { kind: 'Deployment', namespace: NAMESPACE, name };
  };
  return {
    // Nothing is shared between two looks: this suite asks for what is true now.
    cluster: new KubernetesCluster({ client, clock, freshMs: 0, roomMs: 0 }),
    deploy,
    touch: async (ref) =>
      admin.merge(`${deployments}/${ref.name}`, { metadata: { annotations: { 'suite/touched': 'yes' } } }),
    scaleByAnother: async (ref, replicas) =>
      admin.merge(`${deployments}/${ref.name}/scale?fieldManager=kubectl`, { spec: { replicas } }),
    remove: async (ref) => admin.send('DELETE', `${deployments}/${ref.name}`),
    forbidDisruption: async (ref) => {
      admin.send('POST', `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`, {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: `${ref.name}-none`, namespace: NAMESPACE },
        spec: { maxUnavailable: 0, selector: { matchLabels: { app: ref.name } } },
      });
    },
    forbidPods: async () =>
      admin.send('POST', quotas, {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'no-more', namespace: NAMESPACE },
        spec: { hard: { pods: '0' } },
      }),
    allowPods: async () => admin.send('DELETE', `${quotas}/no-more`),
    cordon: async (node, closed) =>
      admin.merge(`/api/v1/nodes/${node}`, { spec: { unschedulable: closed ? true : null } }),
    settled: () => rolledOut(sandbox),
    effects: (ref) =>
      sandbox.ledger
        .effects('runova')
        .filter(({ name }) => name === ref.name || name.startsWith(`${ref.name}-`)).length,
    async [Symbol.asyncDispose]() {
      client.http.close();
      await sandbox.stop();
      await rm(folder, { recursive: true });
    },
  };
}

clusterConformance('Kubernetes API', open);
