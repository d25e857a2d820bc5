/** Who owns which field: `metadata.managedFields` after each write. Source: kubernetes.io "Server-Side Apply", Field management. */

import { fromFieldsV1, leavesOf, pathKey, toFieldsV1 } from './field-set.ts';
import type { FieldPath } from './field-set.ts';
import { sameJson } from './json.ts';
import type { KubeObject, ManagedFieldsEntry } from './objects.ts';

export interface Writer {
  manager: string;
  operation: 'Apply' | 'Update';
  subresource: string;
  /** RFC 3339, whole seconds. */
  time: string;
}

/** Managers by update beyond this number are folded into one (fieldmanager/capmanagers.go, DefaultMaxUpdateManagers). */
const MOST_UPDATE_MANAGERS = 10;
const FOLDED_MANAGER = 'ancient-changes';

/**
 * The entries after an update: the writer owns what it added or changed, others lose it; fields that are gone
 * belong to nobody. Entries without fields vanish. An update that changed nothing leaves the entries as they are.
 */
export function afterUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  writer: Writer,
): ManagedFieldsEntry[] {
  const old = before === undefined ? new Map() : leavesOf(before);
  const now = leavesOf(after);
  const changed = [...now].filter(
    ([key, leaf]) => !old.has(key) || !sameJson(old.get(key)?.value, leaf.value),
  );
  const gone = new Set([...old.keys()].filter((key) => !now.has(key)));
  const taken = new Set(changed.map(([key]) => key));
  const lost = new Set([...gone, ...taken]);
  const entries = before?.metadata.managedFields ?? [];
  if (lost.size === 0) return entries;
  const rest = entries.flatMap((entry) => without(entry, lost));
  return folded(
    claimed(
      rest,
      changed.map(([, leaf]) => leaf.path),
      writer,
      after.apiVersion,
    ),
  );
}

function without(entry: ManagedFieldsEntry, lost: ReadonlySet<string>): ManagedFieldsEntry[] {
  const paths = fromFieldsV1(entry.fieldsV1);
  const kept = paths.filter((path) => !lost.has(pathKey(path)));
  if (kept.length === paths.length) return [entry];
  return kept.length === 0 ? [] : [{ ...entry, fieldsV1: toFieldsV1(kept) }];
}

/** True when the entry is this writer's own: manager, operation, subresource and API version tell entries apart. */
export function isEntryOf(entry: ManagedFieldsEntry, writer: Writer, apiVersion: string): boolean {
  const same = entry.manager === writer.manager && entry.operation === writer.operation;
  return same && (entry.subresource ?? '') === writer.subresource && entry.apiVersion === apiVersion;
}

function claimed(
  entries: ManagedFieldsEntry[],
  paths: readonly FieldPath[],
  writer: Writer,
  apiVersion: string,
): ManagedFieldsEntry[] {
  if (paths.length === 0) return entries;
  const own = entries.find((entry) => isEntryOf(entry, writer, apiVersion));
  const all = [...(own === undefined ? [] : fromFieldsV1(own.fieldsV1)), ...paths];
  return [...entries.filter((entry) => entry !== own), newEntry(all, writer, apiVersion)];
}

/** An entry of this writer over these fields. */
export function newEntry(
  paths: readonly FieldPath[],
  writer: Writer,
  apiVersion: string,
): ManagedFieldsEntry {
  return {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion,
    time: writer.time,
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(paths),
    ...(writer.subresource === '' ? {} : { subresource: writer.subresource }),
  };
}

function folded(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updates = entries.filter((entry) => entry.operation === 'Update' && entry.subresource === undefined);
  const [first, second] = updates;
  if (updates.length <= MOST_UPDATE_MANAGERS || first === undefined || second === undefined) return entries;
  const paths = [...fromFieldsV1(first.fieldsV1), ...fromFieldsV1(second.fieldsV1)];
  const writer: Writer = { manager: FOLDED_MANAGER, operation: 'Update', subresource: '', time: second.time };
  const rest = entries.filter((entry) => entry !== first && entry !== second);
  return folded([newEntry(paths, writer, second.apiVersion), ...rest]);
}
