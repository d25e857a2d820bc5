/** The scale subresource: a workload seen as nothing but its number of replicas. */

import type { Change } from './object-writes.ts';
import { isFields } from './objects.ts';
import type { Fields, KubeObject, LabelSelector } from './objects.ts';
import { badRequest } from './status-error.ts';

/** The `autoscaling/v1` Scale of a workload. It carries no annotations and no labels of the workload. */
export function toScale(object: KubeObject): KubeObject {
  const spec = object['spec'] as { replicas: number; selector: LabelSelector };
  const status = object['status'];
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = Object.entries(spec.selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: { replicas: spec.replicas },
    status: { replicas: isFields(status) ? (status['replicas'] ?? 0) : 0, selector },
  };
}

/** The workload with the replicas of a Scale that was sent; everything else in it is dropped. */
export function fromScale(live: KubeObject, sent: KubeObject): Change {
  const spec: Fields = isFields(sent['spec']) ? sent['spec'] : {};
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas !== 'number') throw badRequest('spec.replicas of a Scale is a number');
  const { name, uid, resourceVersion } = sent.metadata;
  const metadata = { ...live.metadata, name, uid: uid ?? '', resourceVersion: resourceVersion ?? '' };
  return { object: { ...live, metadata, spec: { ...(live['spec'] as Fields), replicas } } };
}
