/** The users of the sandbox's cluster and what each may do. */

import type { AccessRule, ApiUser } from './kubernetes/access.ts';

const READ = ['get', 'list', 'watch'];

/** Everything. */
const ADMIN: readonly AccessRule[] = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];

/** Reading everything that a diagnosis needs; no Secrets, no exec. */
export const OBSERVER: readonly AccessRule[] = [
  {
    apiGroups: [''],
    verbs: READ,
    resources: [
      'pods',
      'pods/log',
      'services',
      'endpoints',
      'nodes',
      'namespaces',
      'events',
      'persistentvolumeclaims',
      'persistentvolumes',
      'resourcequotas',
      'configmaps',
    ],
  },
  {
    apiGroups: [
      'apps',
      'autoscaling',
      'events.k8s.io',
      'keda.sh',
      'autoscaling.k8s.io',
      'external-secrets.io',
    ],
    resources: ['*'],
    verbs: READ,
  },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: READ },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: READ },
  { apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews'], verbs: ['create'] },
];

/** The bounded changes of a remediation. Creating pods is for dry runs of a replacement. */
export function remediator(namespaces?: readonly string[]): readonly AccessRule[] {
  const scope = namespaces === undefined ? {} : { namespaces };
  return [
    { ...scope, apiGroups: [''], resources: ['pods/eviction', 'pods', 'events'], verbs: ['create'] },
    { ...scope, apiGroups: [''], resources: ['pods/resize', 'persistentvolumeclaims'], verbs: ['patch'] },
    { ...scope, apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] },
    { ...scope, apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['get', 'patch', 'update'] },
    { ...scope, apiGroups: ['keda.sh'], resources: ['scaledobjects'], verbs: ['patch'] },
  ];
}

/** `admin` may do everything, `runova` observes and remediates, `observer` reads. The tokens are no secrets: loopback only. */
export function defaultUsers(): ApiUser[] {
  return [
    { name: 'admin', token: 'sandbox-admin', rules: ADMIN, groups: ['system:masters'] },
    { name: 'runova', token: 'sandbox-runova', rules: [...OBSERVER, ...remediator()] },
    { name: 'observer', token: 'sandbox-observer', rules: OBSERVER },
  ];
}
