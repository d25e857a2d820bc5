import { labelKey, type Labels } from './labels.ts';
import { QueryError } from './query-error.ts';
import type { Point } from './series-store.ts';

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One element of a range vector, and the bounds that were asked for (extrapolation needs them). */
export interface Range {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/** The ranges of a range vector with the window that they lie in, both ends included. */
export interface Matrix {
  readonly type: 'matrix';
  readonly ranges: readonly Range[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** The value of an expression at one moment. */
export type Value =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly samples: readonly Sample[] }
  | Matrix;

/** A vector value; throws an execution `QueryError` when two elements have the same labels. */
export function vectorOf(samples: readonly Sample[]): Value {
  const seen = new Set(samples.map((sample) => labelKey(sample.labels)));
  if (seen.size < samples.length) {
    throw new QueryError('execution', 'vector cannot contain metrics with the same labelset');
  }
  return { type: 'vector', samples };
}

/** The number of a value that the type check has made a scalar. */
export function scalarOf(value: Value): number {
  if (value.type === 'scalar') return value.value;
  throw mistyped(value, 'scalar');
}

/** The text of a value that the type check has made a string. */
export function textOf(value: Value): string {
  if (value.type === 'string') return value.value;
  throw mistyped(value, 'string');
}

/** The elements of a value that the type check has made an instant vector. */
export function samplesOf(value: Value): readonly Sample[] {
  if (value.type === 'vector') return value.samples;
  throw mistyped(value, 'vector');
}

/** The value as the range vector that the type check has made it. */
export function matrixOf(value: Value): Matrix {
  if (value.type === 'matrix') return value;
  throw mistyped(value, 'matrix');
}

function mistyped(value: Value, wanted: string): Error {
  return new Error(`a ${value.type} passed the type check as a ${wanted}`);
}
