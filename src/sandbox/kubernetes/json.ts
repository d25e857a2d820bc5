/** Plain JSON values: copied, frozen and compared. Stored objects are frozen, so that nobody changes them by accident. */

import { isFields } from './objects.ts';
import type { Fields } from './objects.ts';

/** A deeply frozen copy without `undefined` fields. Parts that are frozen already are shared, not copied. */
export function frozenCopy<T>(value: T): T {
  return freeze(value) as T;
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(freeze));
  const copy: Fields = {};
  for (const [key, field] of Object.entries(value)) if (field !== undefined) copy[key] = freeze(field);
  return Object.freeze(copy);
}

/** A deep copy that may be changed, also of a frozen value. */
export function mutableCopy<T>(value: T): T {
  return thaw(value) as T;
}

function thaw(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(thaw);
  const copy: Fields = {};
  for (const [key, field] of Object.entries(value)) if (field !== undefined) copy[key] = thaw(field);
  return copy;
}

/** True when two JSON values are equal, whatever the order of their fields; a missing field equals an undefined one. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => sameJson(item, right[index]));
  }
  if (!isFields(left) || !isFields(right)) return false;
  for (const key of Object.keys(left)) if (!sameJson(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** JSON text with sorted fields: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isFields(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${fields.join(',')}}`;
}

/** The value without fields that are null: a typed API server forgets them when it decodes. Shares what has none. */
export function withoutNulls<T>(value: T): T {
  return dropNulls(value) as T;
}

function dropNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map(dropNulls);
  const kept: Fields = {};
  for (const [key, field] of Object.entries(value)) if (field !== null) kept[key] = dropNulls(field);
  return kept;
}
