import type { ClusterWrite } from '../../ports/cluster.ts';
import { pathOf, withQuery } from './client.ts';
import { deployable } from './pod-template.ts';

/** One request, ready to send. */
export interface WriteRequest {
  readonly method: 'PATCH' | 'POST';
  readonly path: string;
  readonly contentType: 'application/merge-patch+json' | 'application/json-patch+json' | 'application/json';
  readonly body: unknown;
}

function deploymentPath(write: ClusterWrite): string {
  return `/apis/apps/v1${pathOf('namespaces', write.ref.namespace, 'deployments', write.ref.name)}`;
}

/**
 * The absolute change as a merge patch. `metadata.resourceVersion` makes the API server answer 409 once anything
 * else has been written (optimistic concurrency), `metadata.uid` for an object of the same name that is another.
 */
function scale(write: Extract<ClusterWrite, { kind: 'scale' }>): Omit<WriteRequest, 'path'> {
  return {
    method: 'PATCH',
    contentType: 'application/merge-patch+json',
    body: {
      metadata: { uid: write.uid, resourceVersion: write.resourceVersion },
      spec: { replicas: write.replicas },
    },
  };
}

function template(write: Extract<ClusterWrite, { kind: 'template' }>): Omit<WriteRequest, 'path'> {
  if (write.template === undefined) {
    return {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: {
        metadata: { uid: write.uid, resourceVersion: write.resourceVersion },
        spec: { template: { metadata: { annotations: write.annotations } } },
      },
    };
  }
  // A merge patch would keep every key that only the newer template has. Replacing the version (instead of a
  // `test`, which answers 422) lets a stale plan fail as the 409 that it is.
  return {
    method: 'PATCH',
    contentType: 'application/json-patch+json',
    body: [
      { op: 'replace', path: '/metadata/uid', value: write.uid },
      { op: 'replace', path: '/metadata/resourceVersion', value: write.resourceVersion },
      { op: 'replace', path: '/spec/template', value: deployable(write.template, write.annotations) },
    ],
  };
}

function evict(write: Extract<ClusterWrite, { kind: 'evict' }>, dryRun: boolean): Omit<WriteRequest, 'path'> {
  return {
    method: 'POST',
    contentType: 'application/json',
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: write.pod, namespace: write.ref.namespace },
      // In the body too: a server that ignored the query would otherwise evict for real.
      deleteOptions: { preconditions: { uid: write.uid }, ...(dryRun ? { dryRun: ['All'] } : {}) },
    },
  };
}

/** Turns one write into exactly one request (engine 4): precondition, mark and change travel together or not at all. */
export function writeRequest(write: ClusterWrite, how: 'dry-run' | 'real'): WriteRequest {
  const dryRun = how === 'dry-run';
  const query = { fieldManager: write.manager, dryRun: dryRun ? 'All' : undefined };
  switch (write.kind) {
    case 'scale':
      return { ...scale(write), path: withQuery(`${deploymentPath(write)}/scale`, query) };
    case 'template':
      return { ...template(write), path: withQuery(deploymentPath(write), query) };
    case 'evict': {
      const path = `/api/v1${pathOf('namespaces', write.ref.namespace, 'pods', write.pod, 'eviction')}`;
      return { ...evict(write, dryRun), path: withQuery(path, query) };
    }
  }
}
