/** What a container needs from Secrets and ConfigMaps before it can be created. Source: kubernetes pkg/kubelet/kubelet_pods.go. */

import type { Waiting } from '../container-behaviour.ts';
import type { ObjectStore } from '../object-store.ts';
import { isFields } from '../objects.ts';
import type { Container, KubeObject, Pod } from '../objects.ts';

type ConfigKind = 'secret' | 'configmap';

/** What a container asks for: a whole object, or one key of it. */
interface Need {
  kind: ConfigKind;
  name: string;
  key?: string;
}

/** Why the container's configuration cannot be put together, or undefined. */
export function configObstacle(store: ObjectStore, pod: Pod, container: Container): Waiting | undefined {
  const namespace = pod.metadata.namespace ?? '';
  for (const need of needsOf(container)) {
    const why = obstacle(store, namespace, need);
    if (why !== undefined) return { reason: 'CreateContainerConfigError', message: why };
  }
  return undefined;
}

function needsOf({ env = [], envFrom = [] }: Container): Need[] {
  const whole = envFrom.flatMap(({ secretRef, configMapRef }) => [
    ...needOf('secret', secretRef),
    ...needOf('configmap', configMapRef),
  ]);
  const keys = env.flatMap(({ valueFrom }) => [
    ...needOf('secret', valueFrom?.secretKeyRef),
    ...needOf('configmap', valueFrom?.configMapKeyRef),
  ]);
  return [...whole, ...keys];
}

function needOf(
  kind: ConfigKind,
  reference: { name?: string; key?: string; optional?: boolean } | undefined,
): Need[] {
  if (reference === undefined || reference.optional === true) return [];
  const { name = '', key } = reference;
  return [{ kind, name, ...(key === undefined ? {} : { key }) }];
}

function obstacle(store: ObjectStore, namespace: string, { kind, name, key }: Need): string | undefined {
  const object = objectOf(store, kind, namespace, name);
  if (object === undefined) return `${kind} "${name}" not found`;
  if (key === undefined || hasKey(object, key)) return undefined;
  return `couldn't find key ${key} in ${kind === 'secret' ? 'Secret' : 'ConfigMap'} ${namespace}/${name}`;
}

function objectOf(
  store: ObjectStore,
  kind: ConfigKind,
  namespace: string,
  name: string,
): KubeObject | undefined {
  return store.get(kind === 'secret' ? 'secrets' : 'configmaps', namespace, name);
}

function hasKey(object: KubeObject, key: string): boolean {
  return [object['data'], object['stringData'], object['binaryData']].some(
    (data) => isFields(data) && data[key] !== undefined,
  );
}
