import { stringify } from 'yaml';
import { listenOnLoopback } from '../../src/sandbox/loopback-server.ts';
import { eventually } from './eventually.ts';
import type { Ground, PatientPlan, Trouble } from './ground.ts';
import { startRecordingProxy, type RecordingProxy } from './recording-proxy.ts';

export interface ClusterGroundOptions {
  readonly kubeconfig: string;
  readonly context?: string;
  /** An image with `sh`, which every node can pull. */
  readonly image: string;
}

/** What can be caused by a changed command alone; memory and errors need an application that measures itself. */
export const CLUSTER_TROUBLES: ReadonlySet<Trouble> = new Set<Trouble>(['bad-rollout', 'unfixable']);

const HEALTHY = ['sh', '-c', 'echo started; exec sleep 86400'];
const CRASHING = ['sh', '-c', 'echo "a setting is missing"; exit 1'];
/** By which namespaces of a run that was broken off are found. */
const SCRATCH = { 'runova.dev/acceptance': 'scratch' };
/** Pulling an image for the first time takes a while. */
const READY_WITHIN_MS = 300_000;

interface DeploymentList {
  readonly items: readonly {
    readonly spec: { readonly replicas: number };
    readonly status: { readonly availableReplicas?: number };
  }[];
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string; readonly name: string; readonly uid: string };
    readonly status: {
      readonly containerStatuses?: readonly {
        readonly name: string;
        readonly restartCount: number;
        readonly state?: { readonly waiting?: { readonly reason: string } };
      }[];
    };
  }[];
}

/** Any cluster: namespaces that are made for the run and deleted after it, and a proxy that records every write. */
export async function startClusterGround(
  options: ClusterGroundOptions,
  plans: readonly PatientPlan[],
): Promise<Ground> {
  const proxy = await startRecordingProxy(options.kubeconfig, options.context);
  const namespaces = [...new Set(plans.map(({ namespace }) => namespace))];
  const removeAll = async (): Promise<void> => {
    const removed = namespaces.map((name) =>
      proxy.ask({ method: 'DELETE', path: `/api/v1/namespaces/${name}` }),
    );
    await Promise.allSettled(removed);
    await proxy.stop();
  };
  try {
    for (const name of namespaces)
      await proxy.ask({
        method: 'POST',
        path: '/api/v1/namespaces',
        body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: SCRATCH } },
      });
    const deploy = (plan: PatientPlan, command: readonly string[]): Promise<unknown> =>
      proxy.ask({
        method: 'POST',
        path: deploymentsOf(plan.namespace),
        body: deployment(plan, options.image, command),
      });
    // What nothing helps has no revision to go back to: it is deployed when it is to break.
    for (const plan of plans.filter(({ trouble }) => trouble !== 'unfixable')) await deploy(plan, HEALTHY);
    await eventually('every workload is available', () => areAvailable(proxy, namespaces), {
      withinMs: READY_WITHIN_MS,
    });
    const exporter = await listenOnLoopback(async (_request, response) => {
      const text = await podMetrics(proxy, namespaces);
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    });
    return {
      name: `the cluster of ${options.kubeconfig}`,
      troubles: CLUSTER_TROUBLES,
      kubeconfig: through(proxy.url),
      scrape: [{ job: 'kube-state-metrics', url: `${exporter.url}/metrics` }],
      history: () => [],
      break: async (trouble, { namespace, name }) => {
        const plan = plans.find((one) => one.namespace === namespace && one.name === name);
        if (plan !== undefined && trouble === 'unfixable') await deploy(plan, CRASHING);
        else
          await proxy.ask({
            method: 'PATCH',
            path: `${deploymentsOf(namespace)}/${name}`,
            body: commandOf(CRASHING),
          });
      },
      writes: ({ namespace, name }) => proxy.writes.filter(({ path }) => concerns(path, namespace, name)),
      stop: async () => {
        await exporter.close();
        await removeAll();
      },
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

function deploymentsOf(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments`;
}

/** The Deployment itself, its subresources, and its pods. */
function concerns(path: string, namespace: string, name: string): boolean {
  const start = `/namespaces/${namespace}/`;
  const rest = path.slice(path.indexOf(start) + start.length);
  return (
    path.includes(start) &&
    new RegExp(`^(deployments/${name}(/|$)|pods/${name}-[a-z0-9]+-[a-z0-9]{5}(/|$))`).test(rest)
  );
}

function commandOf(command: readonly string[]): object {
  return { spec: { template: { spec: { containers: [{ name: 'app', command }] } } } };
}

function deployment(
  { name, replicas, mode }: PatientPlan,
  image: string,
  command: readonly string[],
): object {
  const labels = { app: name };
  const resources = { requests: { cpu: '5m', memory: '8Mi' }, limits: { memory: '64Mi' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...(mode === undefined ? {} : { annotations: { 'runova.dev/mode': mode } }) },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        // sleep does not hear SIGTERM as the first process of a container.
        spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image, command, resources }] },
      },
    },
  };
}

async function areAvailable(proxy: RecordingProxy, namespaces: readonly string[]): Promise<true | undefined> {
  const lists = await Promise.all(
    namespaces.map((name) => proxy.ask<DeploymentList>({ method: 'GET', path: deploymentsOf(name) })),
  );
  const isReady = lists
    .flatMap(({ items }) => items)
    .every(({ spec, status }) => status.availableReplicas === spec.replicas);
  return isReady ? true : undefined;
}

/** What kube-state-metrics would say of the pods, as far as the rules and playbooks of the run ask. */
async function podMetrics(proxy: RecordingProxy, namespaces: readonly string[]): Promise<string> {
  const lists = await Promise.all(
    namespaces.map((name) => proxy.ask<PodList>({ method: 'GET', path: `/api/v1/namespaces/${name}/pods` })),
  );
  const restarts = ['# TYPE kube_pod_container_status_restarts_total counter'];
  const waiting = ['# TYPE kube_pod_container_status_waiting_reason gauge'];
  for (const { metadata, status } of lists.flatMap(({ items }) => items)) {
    for (const container of status.containerStatuses ?? []) {
      const labels = `namespace="${metadata.namespace}",pod="${metadata.name}",uid="${metadata.uid}",container="${container.name}"`;
      restarts.push(`kube_pod_container_status_restarts_total{${labels}} ${container.restartCount}`);
      const reason = container.state?.waiting?.reason;
      if (reason !== undefined)
        waiting.push(`kube_pod_container_status_waiting_reason{${labels},reason="${reason}"} 1`);
    }
  }
  return `${[...restarts, ...waiting].join('\n')}\n`;
}

/** A kubeconfig that leads through the proxy, which has the credentials. */
function through(url: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'recorded', cluster: { server: url } }],
    users: [{ name: 'runova', user: { token: 'added-by-the-proxy' } }],
    contexts: [{ name: 'recorded', context: { cluster: 'recorded', user: 'runova' } }],
    'current-context': 'recorded',
  });
}
