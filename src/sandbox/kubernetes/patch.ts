/** The patch languages of the API: JSON merge patch (RFC 7386), JSON patch (RFC 6902), strategic merge patch. */

import { mutableCopy, sameJson } from './json.ts';
import { isSetList, mergeKeyOf } from './list-shape.ts';
import { isFields } from './objects.ts';
import type { Fields } from './objects.ts';
import { badRequest, StatusError } from './status-error.ts';

/** RFC 7386: objects merge, null removes, everything else (lists too) replaces. Returns a new value. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return mutableCopy(patch);
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

interface JsonPatchStep {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** RFC 6902. A failed `test` or a missing path refuses the whole patch with 422. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  let document: unknown = mutableCopy(target);
  for (const step of patch.map(asStep)) document = applyStep(document, step);
  return document;
}

function asStep(value: unknown): JsonPatchStep {
  if (!isFields(value) || typeof value['op'] !== 'string' || typeof value['path'] !== 'string') {
    throw badRequest('each operation of a JSON patch needs "op" and "path"');
  }
  const { op, path, from } = value;
  return { op, path, value: value['value'], ...(typeof from === 'string' ? { from } : {}) };
}

function applyStep(document: unknown, step: JsonPatchStep): unknown {
  switch (step.op) {
    case 'test':
      if (sameJson(read(document, step.path), step.value)) return document;
      throw unprocessable(`testing path ${step.path} failed`);
    case 'add':
      return write(document, step.path, mutableCopy(step.value), 'add');
    case 'replace':
      read(document, step.path);
      return write(document, step.path, mutableCopy(step.value), 'replace');
    case 'remove':
      return write(document, step.path, undefined, 'remove');
    case 'copy':
      return write(document, step.path, mutableCopy(read(document, step.from ?? '')), 'add');
    case 'move': {
      const moved = read(document, step.from ?? '');
      return write(write(document, step.from ?? '', undefined, 'remove'), step.path, moved, 'add');
    }
    default:
      throw badRequest(`unexpected kind of JSON patch operation: ${step.op}`);
  }
}

function unprocessable(detail: string): StatusError {
  const text = 'the server rejected our request due to an error in our request';
  return new StatusError(422, 'Invalid', text, {
    causes: [{ reason: 'UnexpectedServerResponse', message: detail }],
  });
}

function pointer(path: string): string[] {
  if (path === '') return [];
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: unknown, path: string): unknown {
  let value: unknown = document;
  for (const step of pointer(path)) {
    const next: unknown = Array.isArray(value)
      ? value[Number(step)]
      : isFields(value)
        ? value[step]
        : undefined;
    if (next === undefined) throw unprocessable(`missing path ${path}`);
    value = next;
  }
  return value;
}

function write(document: unknown, path: string, value: unknown, mode: 'add' | 'replace' | 'remove'): unknown {
  const steps = pointer(path);
  const last = steps.pop();
  if (last === undefined) return value;
  const parent = read(document, steps.length === 0 ? '' : path.slice(0, path.lastIndexOf('/')));
  if (Array.isArray(parent)) writeItem(parent, last, value, mode);
  else if (!isFields(parent)) throw unprocessable(`missing path ${path}`);
  else if (mode === 'remove') {
    if (!(last in parent)) throw unprocessable(`Unable to remove nonexistent key: ${last}`);
    delete parent[last];
  } else parent[last] = value;
  return document;
}

function writeItem(list: unknown[], step: string, value: unknown, mode: 'add' | 'replace' | 'remove'): void {
  const index = step === '-' ? list.length : Number(step);
  const furthest = mode === 'add' ? list.length : list.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > furthest) throw unprocessable(`invalid index ${step}`);
  if (mode === 'remove') list.splice(index, 1);
  else list.splice(index, mode === 'add' ? 0 : 1, value);
}

/**
 * Strategic merge patch: as a merge patch, but lists with a merge key merge item by item. Directives: `$patch`
 * (delete, replace), `$deleteFromPrimitiveList`, `$retainKeys`; `$setElementOrder` is accepted and orders nothing.
 * Source: kubernetes contributors guide, strategic-merge-patch.md.
 */
export function strategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return mutableCopy(patch);
  const { $patch: directive, ...rest } = patch;
  if (directive === 'replace') return mutableCopy(rest);
  const result: Fields = isFields(target) ? retained({ ...target }, rest['$retainKeys']) : {};
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith('$')) applyDirective(result, key, value);
    else if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = mergeList(key, result[key], value);
    else result[key] = strategicMergePatch(result[key], value);
  }
  return result;
}

function retained(target: Fields, keys: unknown): Fields {
  if (!Array.isArray(keys)) return target;
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function applyDirective(result: Fields, key: string, value: unknown): void {
  const field = /^\$deleteFromPrimitiveList\/(.+)$/.exec(key)?.[1];
  const list = field === undefined ? undefined : result[field];
  if (field === undefined || !Array.isArray(list) || !Array.isArray(value)) return;
  result[field] = list.filter((item) => !value.includes(item));
}

function mergeList(field: string, before: unknown, patch: readonly unknown[]): unknown {
  const current = Array.isArray(before) ? before : [];
  if (isSetList(field)) return [...new Set([...current, ...patch])];
  const key = mergeKeyOf(field, [...current, ...patch]);
  if (key === undefined) return mutableCopy(patch);
  if (patch.some((item) => isFields(item) && item['$patch'] === 'replace')) {
    return mutableCopy(patch.filter((item) => !isFields(item) || item['$patch'] === undefined));
  }
  let result: unknown[] = [...current];
  for (const item of patch) result = mergeItem(result, key, item);
  return result;
}

function mergeItem(list: unknown[], key: string, item: unknown): unknown[] {
  if (!isFields(item) || item[key] === undefined) {
    throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  }
  const index = list.findIndex((candidate) => isFields(candidate) && candidate[key] === item[key]);
  if (item['$patch'] === 'delete') return list.filter((_, position) => position !== index);
  if (index === -1) return [...list, mutableCopy(item)];
  return list.with(index, strategicMergePatch(list[index], item));
}
