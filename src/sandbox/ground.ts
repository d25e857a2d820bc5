/** The ground that workloads stand on: namespaces and nodes, with a past. */

import type { Draft, KubeObject } from './kubernetes/objects.ts';
import { timestamp } from './kubernetes/time.ts';
import type { Platform } from './platform.ts';

/** Who installs what is there at the beginning. */
export const PIPELINE = { user: 'deploy-pipeline', manager: 'deploy-pipeline' };
export const DAY_MS = 86_400_000;

/** Creates an object as the deployment pipeline. */
export function create(platform: Platform, plural: string, draft: Draft): KubeObject {
  return platform.api.writes.create(platform.api.resources.named(plural), draft, PIPELINE);
}

/** Gives an object an earlier date of creation: history that happened before the sandbox began. */
export function backdate(platform: Platform, storage: string, object: KubeObject, ageMs: number): KubeObject {
  const creationTimestamp = timestamp(platform.clock.now() - ageMs);
  return platform.api.store.put(storage, { ...object, metadata: { ...object.metadata, creationTimestamp } });
}

/** Adds a namespace, unless it is there. */
export function addNamespace(platform: Platform, name: string, labels: Record<string, string> = {}): void {
  if (platform.api.store.get('namespaces', '', name) !== undefined) return;
  const metadata = { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } };
  backdate(
    platform,
    'namespaces',
    create(platform, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata }),
    90 * DAY_MS,
  );
}

export interface NodePlan {
  name: string;
  cpu?: string;
  memory?: string;
  address?: string;
}

/** Adds a node that is ready. */
export function addNode(
  platform: Platform,
  { name, cpu = '4', memory = '8Gi', address = '10.0.0.9' }: NodePlan,
): void {
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': 'k3s',
  };
  const node = create(platform, 'nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: { providerID: `k3s://${name}` },
  });
  const amounts = { cpu, memory, pods: '110', 'ephemeral-storage': '80Gi' };
  const at = timestamp(platform.clock.now());
  const conditions = [
    {
      type: 'MemoryPressure',
      status: 'False',
      reason: 'KubeletHasSufficientMemory',
      message: 'kubelet has sufficient memory available',
      lastTransitionTime: at,
    },
    {
      type: 'DiskPressure',
      status: 'False',
      reason: 'KubeletHasNoDiskPressure',
      message: 'kubelet has no disk pressure',
      lastTransitionTime: at,
    },
    {
      type: 'PIDPressure',
      status: 'False',
      reason: 'KubeletHasSufficientPID',
      message: 'kubelet has sufficient PID available',
      lastTransitionTime: at,
    },
    {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      lastTransitionTime: at,
    },
  ];
  const nodeInfo = {
    kubeletVersion: 'v1.32.4+k3s1',
    operatingSystem: 'linux',
    architecture: 'amd64',
    containerRuntimeVersion: 'containerd://2.0.4',
  };
  const status = {
    capacity: amounts,
    allocatable: amounts,
    conditions,
    nodeInfo,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
  };
  backdate(platform, 'nodes', { ...node, status }, 90 * DAY_MS);
}
