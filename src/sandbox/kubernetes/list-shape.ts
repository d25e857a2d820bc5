/**
 * How the lists of built-in objects merge. Source: the `patchMergeKey` and `listMapKey` markers in
 * kubernetes staging/src/k8s.io/api/{core,apps}/v1/types.go. A list that is not named here is replaced whole.
 */

import { isFields } from './objects.ts';
import type { Fields } from './objects.ts';

const KEYED: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  conditions: 'type',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  ownerReferences: 'uid',
  topologySpreadConstraints: 'topologyKey',
  resourceClaims: 'name',
  addresses: 'type',
  containerStatuses: 'name',
  podIPs: 'ip',
};

/** The field that tells the items of this list apart, or undefined for a list without one. */
export function mergeKeyOf(field: string, items: readonly unknown[]): string | undefined {
  if (field === 'secrets' && items.every((item) => isFields(item) && item['name'] !== undefined))
    return 'name';
  if (field !== 'ports') return KEYED[field];
  return items.some((item) => isFields(item) && 'containerPort' in item) ? 'containerPort' : 'port';
}

/** True for a list of plain values that is a set (`finalizers`). */
export function isSetList(field: string): boolean {
  return field === 'finalizers';
}

/** The fields that name an item in `managedFields`; a port is named by its protocol too. */
export function ownershipKey(field: string, items: readonly unknown[], item: Fields): Fields | undefined {
  const key = mergeKeyOf(field, items);
  if (key === undefined || item[key] === undefined) return undefined;
  if (field === 'ports') return { [key]: item[key], protocol: item['protocol'] ?? 'TCP' };
  if (field === 'topologySpreadConstraints')
    return { [key]: item[key], whenUnsatisfiable: item['whenUnsatisfiable'] };
  return { [key]: item[key] };
}
