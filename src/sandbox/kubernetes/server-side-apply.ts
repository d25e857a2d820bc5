/** Server-side apply: fields have owners, and taking another's is a conflict. Source: kubernetes.io "Server-Side Apply". */

import { fromFieldsV1, leavesOf, pathKey, readablePath } from './field-set.ts';
import type { FieldPath } from './field-set.ts';
import { mutableCopy, sameJson } from './json.ts';
import { isSetList, mergeKeyOf } from './list-shape.ts';
import { isEntryOf, newEntry } from './managed-fields.ts';
import type { Writer } from './managed-fields.ts';
import { isFields } from './objects.ts';
import type { Fields, KubeObject, ManagedFieldsEntry } from './objects.ts';
import { StatusError } from './status-error.ts';

export interface Applied {
  object: KubeObject;
  managedFields: ManagedFieldsEntry[];
}

/**
 * Merges an applied configuration into the live object. Throws 409 with one cause per field that another manager
 * owns with another value, unless forced; fields that this manager applied before and left out now are removed
 * when nobody else owns them.
 */
export function applyConfiguration(
  live: KubeObject,
  wanted: KubeObject,
  writer: Writer,
  force: boolean,
): Applied {
  const entries = live.metadata.managedFields ?? [];
  const own = entries.find((entry) => isEntryOf(entry, writer, wanted.apiVersion));
  const others = entries.filter((entry) => entry !== own);
  const leaves = leavesOf(wanted);
  const liveLeaves = leavesOf(live);
  const contested = new Set(
    [...leaves].flatMap(([key, leaf]) => (sameJson(liveLeaves.get(key)?.value, leaf.value) ? [] : [key])),
  );
  const conflicts = others.flatMap((entry) => conflictsWith(entry, contested));
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const remaining = others.flatMap((entry) => entryWithout(entry, contested));
  const shared = new Set(remaining.flatMap((entry) => fromFieldsV1(entry.fieldsV1).map(pathKey)));
  const merged = mergeApplied(live, wanted);
  for (const path of own === undefined ? [] : fromFieldsV1(own.fieldsV1)) {
    if (!leaves.has(pathKey(path)) && !shared.has(pathKey(path))) removeAt(merged, path);
  }
  const paths = [...leaves.values()].map((leaf) => leaf.path);
  return { object: merged, managedFields: [...remaining, newEntry(paths, writer, wanted.apiVersion)] };
}

interface Conflict {
  entry: ManagedFieldsEntry;
  path: FieldPath;
}

function conflictsWith(entry: ManagedFieldsEntry, contested: ReadonlySet<string>): Conflict[] {
  return fromFieldsV1(entry.fieldsV1)
    .filter((path) => contested.has(pathKey(path)))
    .map((path) => ({ entry, path }));
}

function entryWithout(entry: ManagedFieldsEntry, lost: ReadonlySet<string>): ManagedFieldsEntry[] {
  const paths = fromFieldsV1(entry.fieldsV1);
  const kept = paths.filter((path) => !lost.has(pathKey(path)));
  if (kept.length === 0) return [];
  const { manager, operation, subresource = '', time } = entry;
  return [newEntry(kept, { manager, operation, subresource, time }, entry.apiVersion)];
}

function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.map(({ entry, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${entry.manager}" using ${entry.apiVersion}`,
    field: readablePath(path),
  }));
  const lines = causes.map((cause) => `${cause.message}: ${cause.field}`);
  const text =
    lines.length === 1 ? `1 conflict: ${lines[0]}` : `${lines.length} conflicts: ${lines.join(', ')}`;
  return new StatusError(409, 'Conflict', `Apply failed with ${text}`, { causes });
}

function mergeApplied(live: KubeObject, wanted: KubeObject): KubeObject {
  const { metadata, ...rest } = wanted;
  const merged = mergeFields('', mutableCopy(live), rest) as KubeObject;
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  const given = Object.entries({ labels, annotations, finalizers, ownerReferences });
  const own = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  return {
    ...merged,
    metadata: mergeFields('metadata', { ...merged.metadata }, own) as KubeObject['metadata'],
  };
}

function mergeFields(field: string, live: unknown, wanted: unknown): unknown {
  if (Array.isArray(wanted)) return mergeList(field, Array.isArray(live) ? live : [], wanted);
  if (!isFields(wanted)) return wanted;
  const result: Fields = isFields(live) ? { ...live } : {};
  for (const [key, value] of Object.entries(wanted)) {
    if (value !== undefined) result[key] = mergeFields(key, result[key], value);
  }
  return result;
}

function mergeList(field: string, live: readonly unknown[], wanted: readonly unknown[]): unknown[] {
  if (isSetList(field)) return [...new Set([...live, ...wanted])];
  const key = mergeKeyOf(field, [...live, ...wanted]);
  if (key === undefined) return mutableCopy([...wanted]);
  const result = [...live];
  for (const item of wanted) {
    const index = result.findIndex(
      (candidate) => isFields(candidate) && isFields(item) && candidate[key] === item[key],
    );
    if (index === -1) result.push(mutableCopy(item));
    else result[index] = mergeFields('', result[index], item);
  }
  return result;
}

function removeAt(object: unknown, path: FieldPath): void {
  const [step, ...below] = path;
  if (step === undefined || step === '.') return;
  if (isFields(object)) {
    const field = step.slice(2);
    const next = object[field];
    if (below.length === 0) delete object[field];
    else if (Array.isArray(next)) removeItem(next, below);
    else removeAt(next, below);
  }
}

function removeItem(list: unknown[], path: FieldPath): void {
  const [step = '', ...below] = path;
  const index = list.findIndex((item) => isItem(item, step));
  if (index === -1) return;
  if (below.length === 0 || below[0] === '.') list.splice(index, 1);
  else removeAt(list[index], below);
}

function isItem(item: unknown, step: string): boolean {
  if (step.startsWith('v:')) return JSON.stringify(item) === step.slice(2);
  const key = JSON.parse(step.slice(2)) as Fields;
  const names = Object.entries(key).filter(([name]) => name !== 'protocol');
  return isFields(item) && names.every(([name, value]) => item[name] === value);
}
