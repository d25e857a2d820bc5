import type { Waiting } from '../container-behaviour.ts';
import type { ObjectStore } from '../object-store.ts';
/** What a container needs from Secrets and ConfigMaps before it can be created. Source: kubernetes pkg/kubelet/kubelet_pods.go. */
import { isFields } from '../objects.ts';
import type { Container, KubeObject, Pod } from '../objects.ts';

/** Why the container's configuration cannot be put together, or undefined. */
export function configObstacle(store: ObjectStore, pod: Pod, container: Container): Waiting | undefined {
  const namespace = pod.metadata.namespace ?? '';
  for (const source of container.envFrom ?? []) {
    const reference = source.secretRef ?? source.configMapRef;
    const kind = source.secretRef === undefined ? 'configmap' : 'secret';
    if (reference === undefined || reference.optional === true) continue;
    if (objectOf(store, kind, namespace, reference.name) === undefined)
      return missing(`${kind} "${reference.name}" not found`);
  }
  for (const { valueFrom } of container.env ?? []) {
    const reference = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef;
    const kind = valueFrom?.secretKeyRef === undefined ? 'configmap' : 'secret';
    if (reference === undefined || reference.optional === true) continue;
    const object = objectOf(store, kind, namespace, reference.name ?? '');
    if (object === undefined) return missing(`${kind} "${reference.name}" not found`);
    if (!hasKey(object, reference.key)) {
      const shown = kind === 'secret' ? 'Secret' : 'ConfigMap';
      return missing(`couldn't find key ${reference.key} in ${shown} ${namespace}/${reference.name}`);
    }
  }
  return undefined;
}

function objectOf(store: ObjectStore, kind: string, namespace: string, name: string): KubeObject | undefined {
  return store.get(kind === 'secret' ? 'secrets' : 'configmaps', namespace, name);
}

function hasKey(object: KubeObject, key: string): boolean {
  return [object['data'], object['stringData'], object['binaryData']].some(
    (data) => isFields(data) && data[key] !== undefined,
  );
}

function missing(message: string): Waiting {
  return { reason: 'CreateContainerConfigError', message };
}
