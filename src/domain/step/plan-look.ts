import type { Classified } from '../classify.ts';
import type { ReserveCheck } from '../limits.ts';
import type { Operation, Plan } from '../operation.ts';
import type { ProofLook } from '../proof.ts';
import type { Trace } from '../verdict.ts';

/** What one look of the planner found, before the heart decides what it means. */
export type PlanLook =
  /** Something could not be asked: never a reason to act. */
  | { readonly kind: 'cannot-tell'; readonly guard: string; readonly why: string }
  /** Proved not firing at the source; watched until that has held. */
  | { readonly kind: 'quiet'; readonly look: ProofLook }
  /** What the catalogue says of the alert decides who gets it, and with which advice. */
  | { readonly kind: 'no-playbook'; readonly classified: Classified }
  | { readonly kind: 'no-target'; readonly why: string }
  | { readonly kind: 'no-rung'; readonly skipped: readonly string[] }
  /** Another incident has the hold on the target (or just ended on it): the alerts are its. */
  | { readonly kind: 'belongs'; readonly to: number; readonly why: string }
  | {
      readonly kind: 'judged';
      readonly trace: Trace;
      readonly plan: Plan;
      readonly skipped: readonly string[];
      readonly check: ReserveCheck;
      /** What is reserved if every guard allows. */
      readonly operation: Operation;
      /** A temporary change is given back this long after its incident ended. */
      readonly giveBackMs: number | undefined;
      /** A storm that these facts begin or feed. */
      readonly storm: { readonly scope: string; readonly calmAtMs: number } | undefined;
    };

export type JudgedLook = Extract<PlanLook, { readonly kind: 'judged' }>;
