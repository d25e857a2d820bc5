import type { Comparison } from './playbook.ts';
import type { TargetRef } from './target.ts';

/** The exact change as data: absolute values, never increments. Each kind has one file in `actions/`. */
export type Change =
  | { readonly kind: 'scale'; readonly from: number; readonly to: number }
  | { readonly kind: 'rollout-restart' }
  | { readonly kind: 'restart-pod'; readonly pod: string; readonly podUid: string }
  | {
      readonly kind: 'roll-back';
      readonly fromRevision: number;
      readonly toRevision: number;
      /** The older pod template, whole. */
      readonly template: Readonly<Record<string, unknown>>;
      /** What the template was before, whole: the undo. */
      readonly previous: Readonly<Record<string, unknown>>;
    };

/**
 * The exact change, from the live object. An approval is for its digest, so everything that a person would
 * judge by stands in it, and nothing that changes by itself (no times, no resourceVersion).
 */
export interface Plan {
  readonly action: string;
  readonly target: TargetRef;
  readonly uid: string;
  readonly change: Change;
  /** `replicas 3 → 4` */
  readonly summary: string;
  readonly digest: string;
  /** Preconditions of the write: the object as planned. */
  readonly resourceVersion: string;
  readonly generation: number;
  /** How many ready replicas the change takes away at once, at most; for the blast radius guard. */
  readonly takesAway: number;
  /** It starts new pods, so their admission is asked first. */
  readonly startsPods: boolean;
}

export type Purpose = 'fix' | 'undo' | 'give-back';

/**
 * One reserved attempt to carry out one plan.
 *
 *     reserved ──► claimed ──► done       the executor reported, or we found our mark (`adopted`)
 *        │            ├──────► not-done   certainly no effect
 *        │            └──────► unknown    neither our mark nor the unchanged object
 *        └──► closed                      certainly never executed: nobody claimed it in time
 *
 * Each arrow is one UPDATE on the state: time permits it, the UPDATE decides.
 */
export type OperationState = 'reserved' | 'claimed' | 'done' | 'not-done' | 'unknown' | 'closed';

export interface Operation {
  /** UUIDv7; part of every mark. */
  readonly id: string;
  /** As people see it: `41.1`. */
  readonly number: string;
  readonly incident: number;
  readonly purpose: Purpose;
  /** Index into the playbook's ladder. */
  readonly rung: number;
  readonly playbook: string;
  readonly alertname: string;
  readonly plan: Plan;
  /** The digest that a person approved, where one did: another plan is never claimed. */
  readonly approvedDigest?: string;
  /** Values just before the write, for conditions that compare with `before`. */
  readonly before: Readonly<Record<string, number>>;
  readonly executor: string;
  readonly state: OperationState;
  readonly reservedAtMs: number;
  readonly claimByMs: number;
  readonly claimedAtMs?: number;
  readonly actByMs?: number;
  readonly nonce?: string;
  readonly endedAtMs?: number;
  /** How the end is known, in words. */
  readonly how?: string;
  readonly adopted?: boolean;
  /** How the proof ended: only a positive `not-fixed` counts for breaker, streak and demotion. */
  readonly verdict?: 'fixed' | 'not-fixed' | 'cannot-tell' | 'harm';
}

/** Due by itself, also after its incident ended: give a temporary change back. */
export interface Owed {
  readonly id: number;
  readonly incident: number;
  readonly causedBy: string;
  readonly target: TargetRef;
  readonly playbook: string;
  readonly purpose: 'give-back';
  readonly change: Change;
  readonly dueAtMs: number;
  /** Counted from the end of the incident. */
  readonly giveBackMs: number;
  /** The operation that pays it, once reserved. */
  readonly operation?: Operation;
  /** Waiting reasons of the last look, for `status`. */
  readonly note?: string;
}

/** Prefix of the field manager that is the mark of a scale (engine 4). */
export const MANAGER_PREFIX = 'runova-';
/** The template annotation that is the mark of restarts and roll backs. */
export const OPERATION_ANNOTATION = 'runova.dev/operation';
/** `observe`, `ask` or `off` on an object or its namespace: set by a person. */
export const MODE_ANNOTATION = 'runova.dev/mode';

export function fieldManager(operationId: string): string {
  return `${MANAGER_PREFIX}${operationId}`;
}

export function compare(op: Comparison, left: number, right: number): boolean {
  switch (op) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '=':
      return left === right;
    case '!=':
      return left !== right;
  }
}
