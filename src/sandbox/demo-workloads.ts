/** The workloads of the demo's platform. */

import type { WorkloadPlan } from './world.ts';

export const DEMO_NAMESPACES = ['shop', 'flux-system', 'monitoring', 'gitea', 'databases', 'cert-manager'];

type ShopPlan = Omit<WorkloadPlan, 'namespace'>;

const SHOP: readonly ShopPlan[] = [
  {
    name: 'checkout',
    replicas: 3,
    version: '2.3.1',
    olderVersions: ['2.2.0', '2.3.0'],
    memoryLimit: '512Mi',
    cpuRequest: '100m',
    requestsPerSecond: 60,
    budget: true,
  },
  {
    name: 'api',
    replicas: 3,
    version: '7.0.2',
    olderVersions: ['6.9.0', '6.9.1', '7.0.0', '7.0.1', '6.8.4', '6.8.5'],
    memoryLimit: '512Mi',
    cpuRequest: '100m',
    requestsPerSecond: 38,
    budget: true,
  },
  {
    name: 'mailer',
    replicas: 2,
    version: '1.8.0',
    olderVersions: ['1.7.4'],
    requestsPerSecond: 4,
    secret: 'mailer-smtp',
  },
  { name: 'cart', replicas: 2, version: '3.1.0', olderVersions: ['3.0.9'], requestsPerSecond: 24 },
  {
    name: 'web',
    replicas: 3,
    version: '11.2.0',
    olderVersions: ['11.1.3', '11.1.4'],
    requestsPerSecond: 90,
    budget: true,
  },
  { name: 'catalog', replicas: 2, version: '5.5.0', olderVersions: ['5.4.2'], requestsPerSecond: 45 },
  { name: 'search', replicas: 1, version: '2.0.7', olderVersions: ['2.0.6'], requestsPerSecond: 12 },
  {
    name: 'payments',
    replicas: 2,
    version: '4.2.0',
    olderVersions: ['4.1.9'],
    requestsPerSecond: 9,
    secret: 'payments-provider',
    budget: true,
  },
];

type Small = readonly [name: string, replicas: number, kind?: 'StatefulSet'];

const REST: Readonly<Record<string, readonly Small[]>> = {
  'flux-system': [
    ['source-controller', 1],
    ['kustomize-controller', 1],
    ['helm-controller', 1],
    ['notification-controller', 1],
  ],
  'kube-system': [
    ['coredns', 2],
    ['metrics-server', 1],
    ['cilium-operator', 1],
  ],
  monitoring: [
    ['prometheus', 1, 'StatefulSet'],
    ['alertmanager', 1, 'StatefulSet'],
    ['kube-state-metrics', 1],
    ['grafana', 1],
    ['loki', 1, 'StatefulSet'],
  ],
  gitea: [
    ['gitea', 1, 'StatefulSet'],
    ['gitea-runner', 1],
  ],
  databases: [
    ['main-db', 3, 'StatefulSet'],
    ['main-pooler', 2],
    ['cache', 1, 'StatefulSet'],
  ],
  'cert-manager': [
    ['cert-manager', 1],
    ['cert-manager-webhook', 1],
  ],
};

/** Every workload of the demo. */
export function demoPlans(): WorkloadPlan[] {
  const shop = SHOP.map((plan): WorkloadPlan => ({ namespace: 'shop', ...plan }));
  const rest = Object.entries(REST).flatMap(([namespace, list]) => {
    return list.map(([name, replicas, kind]): WorkloadPlan => ({
      namespace,
      name,
      replicas,
      kind: kind ?? 'Deployment',
      cpuRequest: '25m',
    }));
  });
  return [...shop, ...rest];
}
