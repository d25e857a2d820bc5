/**
 * Sets of fields, as `managedFields` writes them (`f:spec`, `k:{"name":"app"}`, `v:"x"`).
 * Source: sigs.k8s.io/structured-merge-diff fieldpath/serialize.go.
 */

import { canonicalJson } from './json.ts';
import { isSetList, mergeKeyOf, ownershipKey } from './list-shape.ts';
import { isFields } from './objects.ts';
import type { Fields, KubeObject } from './objects.ts';

/** The steps to a field. */
export type FieldPath = readonly string[];

/** Fields by their path as text, with the value that each holds. */
export type Leaves = Map<string, { path: FieldPath; value: unknown }>;

/** Metadata that belongs to the server and is owned by nobody. */
const SERVER_METADATA = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'generateName',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
]);

const known = new WeakMap<KubeObject, Leaves>();

/** Every field that a manager can own in this object. Remembered for stored (frozen) objects. */
export function leavesOf(object: KubeObject): Leaves {
  const remembered = known.get(object);
  if (remembered !== undefined) return remembered;
  const leaves: Leaves = new Map();
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  const owned = Object.entries(metadata).filter(([key]) => !SERVER_METADATA.has(key));
  collect(Object.fromEntries(owned), ['f:metadata'], leaves);
  collect(rest, [], leaves);
  if (Object.isFrozen(object)) known.set(object, leaves);
  return leaves;
}

export function pathKey(path: FieldPath): string {
  return path.join('\n');
}

function add(leaves: Leaves, path: FieldPath, value: unknown): void {
  leaves.set(pathKey(path), { path, value });
}

function collect(fields: Fields, at: FieldPath, leaves: Leaves): void {
  for (const [key, value] of Object.entries(fields)) {
    const path = [...at, `f:${key}`];
    if (isFields(value) && Object.keys(value).length > 0) collect(value, path, leaves);
    else if (Array.isArray(value) && value.length > 0) collectList(key, value, path, leaves);
    else if (value !== undefined) add(leaves, path, value);
  }
}

function collectList(field: string, list: readonly unknown[], path: FieldPath, leaves: Leaves): void {
  if (isSetList(field)) {
    for (const item of list) add(leaves, [...path, `v:${JSON.stringify(item)}`], item);
    return;
  }
  if (mergeKeyOf(field, list) === undefined) {
    add(leaves, path, list);
    return;
  }
  for (const item of list) {
    const key = isFields(item) ? ownershipKey(field, list, item) : undefined;
    if (key === undefined || !isFields(item)) return add(leaves, path, list);
    const itemPath = [...path, `k:${canonicalJson(key)}`];
    add(leaves, [...itemPath, '.'], 'item');
    collect(item, itemPath, leaves);
  }
}

/** The nested object that `managedFields` carries. */
export function toFieldsV1(paths: Iterable<FieldPath>): Fields {
  const root: Fields = {};
  for (const path of paths) {
    let at = root;
    for (const step of path) {
      const next = at[step];
      const child: Fields = isFields(next) ? next : {};
      at[step] = child;
      at = child;
    }
  }
  return root;
}

/** The paths of a nested `fieldsV1` object: those of its leaves. */
export function fromFieldsV1(fields: Fields, at: FieldPath = []): FieldPath[] {
  return Object.entries(fields).flatMap(([step, below]) => {
    const path = [...at, step];
    return isFields(below) && Object.keys(below).length > 0 ? fromFieldsV1(below, path) : [path];
  });
}

/** A path as messages show it: `.spec.template.spec.containers[name="app"].image`. */
export function readablePath(path: FieldPath): string {
  return path
    .map((step) => {
      if (step.startsWith('f:')) return `.${step.slice(2)}`;
      if (!step.startsWith('k:')) return step.startsWith('v:') ? `[=${step.slice(2)}]` : '';
      const key = Object.entries(JSON.parse(step.slice(2)) as Fields);
      return `[${key.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}
