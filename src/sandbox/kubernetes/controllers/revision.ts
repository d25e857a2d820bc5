/** ReplicaSets as revisions of a Deployment: names, annotations and numbers. Source: kubernetes pkg/controller/deployment/util/deployment_util.go. */

import { canonicalJson } from '../json.ts';
import type { Deployment, Draft, PodTemplate, ReplicaSet } from '../objects.ts';
import { countOrShare } from '../quantity.ts';
import { safeHash } from '../random.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
const TEMPLATE_HASH = 'pod-template-hash';

/** Annotations of a Deployment that its ReplicaSets do not inherit. */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);

export function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** The template of a ReplicaSet without the hash label that its Deployment added. */
export function ownTemplate(set: ReplicaSet): PodTemplate {
  const { metadata = {}, spec } = set.spec.template;
  const { [TEMPLATE_HASH]: _hash, ...labels } = metadata.labels ?? {};
  return { metadata: { ...metadata, labels }, spec };
}

/** How many pods a rolling update may have beyond, and be without, the wanted number. */
export function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const rolling = deployment.spec.strategy.rollingUpdate;
  if (rolling === undefined) return { surge: 0, unavailable: 0 };
  const surge = countOrShare(rolling.maxSurge, deployment.spec.replicas, 'up');
  const unavailable = countOrShare(rolling.maxUnavailable, deployment.spec.replicas, 'down');
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const { replicas } = deployment.spec;
  return {
    [DESIRED_REPLICAS]: String(replicas),
    [MAX_REPLICAS]: String(replicas + fenceposts(deployment).surge),
  };
}

/** A ReplicaSet with a new size, and the Deployment's size noted on it. */
export function withSize(deployment: Deployment, set: ReplicaSet, replicas: number): ReplicaSet {
  const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
  return { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
}

function inherited(deployment: Deployment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key)),
  );
}

/** The annotations that the ReplicaSet in use should have: the Deployment's, and its revision, moved up when it returns. */
export function syncedAnnotations(
  deployment: Deployment,
  set: ReplicaSet,
  revision: number,
): Record<string, string> {
  const before = set.metadata.annotations ?? {};
  const copied = { ...before, ...inherited(deployment) };
  const old = revisionOf(set);
  if (old >= revision) return copied;
  const history = before[REVISION_HISTORY];
  const past = [...(history === undefined ? [] : [history]), ...(old === 0 ? [] : [String(old)])].join(',');
  return { ...copied, [REVISION]: String(revision), ...(past === '' ? {} : { [REVISION_HISTORY]: past }) };
}

/** The ReplicaSet for a template that has none yet. */
export function newReplicaSetDraft(deployment: Deployment, replicas: number, revision: number): Draft {
  const { name, namespace, uid } = deployment.metadata;
  const { selector, template, minReadySeconds } = deployment.spec;
  const hash = safeHash(canonicalJson(template)).slice(0, 10);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { ...inherited(deployment), ...sizeAnnotations(deployment), [REVISION]: String(revision) },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { metadata: { ...template.metadata, labels }, spec: template.spec },
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    },
  };
}
