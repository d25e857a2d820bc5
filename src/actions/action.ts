import type * as z from 'zod';
import type { Change, Operation } from '../domain/operation.ts';
import type { Mark } from '../domain/step/operation.ts';
import type { TargetRef } from '../domain/target.ts';
import type { TargetView } from '../domain/workload.ts';
import type { ClusterWrite } from '../ports/cluster.ts';

/** What a plan is made of; digest and preconditions are added by the planner. */
export interface Draft {
  readonly change: Change;
  /** `replicas 3 → 4` */
  readonly summary: string;
  /** How many ready replicas it takes away at once, at most. */
  readonly takesAway: number;
  readonly startsPods: boolean;
}

export type Planned =
  | { readonly kind: 'planned'; readonly draft: Draft }
  /** It cannot help here: a sentence, shown where the rung is skipped. */
  | { readonly kind: 'does-not-apply'; readonly why: string };

/**
 * One kind of bounded, absolute change. Everything here is pure: the flow does the reading and the writing.
 * How each is marked, adopted and stopped as a straggler: engine 4.
 */
export interface Action<Parameters = Readonly<Record<string, number | string>>> {
  readonly name: string;
  readonly title: string;
  /** Kinds of target that it works on. */
  readonly kinds: readonly string[];
  /** Strict schema of a rung's `with`; documents itself. */
  readonly parameters: z.ZodType<Parameters>;
  plan(view: TargetView, parameters: Parameters): Planned;
  /** The one request. `view` supplies the preconditions of the moment; marks carry the operation's id. */
  write(change: Change, operation: Pick<Operation, 'id'>, view: TargetView): ClusterWrite;
  /** What the target says about an operation without a report. */
  mark(operation: Operation, view: TargetView): Mark;
  /** Is the object still as planned, so that the same write may be sent again? */
  unchanged(operation: Operation, view: TargetView): boolean;
  /**
   * Is our change what is on the object now? A mark stays behind when somebody changes more; then the object is theirs,
   * and neither an undo nor a give back may touch it.
   */
  stands(operation: Operation, view: TargetView): boolean;
  /** The change back, from what the plan recorded; absent when it cannot be undone. */
  undo(change: Change, ref: TargetRef): Draft | undefined;
}
