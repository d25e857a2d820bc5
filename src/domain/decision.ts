import type { Incident, TimelineEntry } from './incident.ts';
import type { ReserveCheck } from './limits.ts';
import type { Operation, Owed } from './operation.ts';
import type { Playbook } from './playbook.ts';

/** What one transition writes besides the incident itself. All of it, or nothing. */
export type StoreChange =
  | { readonly kind: 'timeline'; readonly entry: TimelineEntry }
  /** Take the hold on a target (or on `alert/<fingerprint>`). Refused when another incident has it. */
  | { readonly kind: 'hold'; readonly key: string }
  | { readonly kind: 'release' }
  /** Give all alerts of this incident to another (it is nudged), this one closes as joined. */
  | { readonly kind: 'hand-alerts'; readonly to: number }
  /** Insert the operation, after checking every limit again inside the transaction. */
  | { readonly kind: 'reserve'; readonly operation: Operation; readonly check: ReserveCheck }
  /** One UPDATE on state and version; refused as `lost` when the operation is not in `from` any more. */
  | {
      readonly kind: 'end-operation';
      readonly id: string;
      readonly from: 'reserved' | 'claimed';
      readonly to: 'closed' | 'done' | 'not-done' | 'unknown';
      readonly how: string;
      readonly adopted?: boolean;
    }
  | {
      readonly kind: 'verdict';
      readonly operation: string;
      readonly verdict: NonNullable<Operation['verdict']>;
    }
  | { readonly kind: 'owe'; readonly owed: Omit<Owed, 'id'> }
  | { readonly kind: 'playbook'; readonly playbook: Playbook }
  /** A storm began or was fed: it lasts at least until `calmAtMs`. */
  | { readonly kind: 'storm'; readonly scope: string; readonly calmAtMs: number }
  /** A person holds the target from now on; or no longer. */
  | { readonly kind: 'take'; readonly take: Omit<Take, 'atMs'> }
  | { readonly kind: 'untake'; readonly target: string }
  /** Something a person is to be told; sent from the store until it was taken. */
  | { readonly kind: 'tell'; readonly notice: NoticeDraft };

export interface Take {
  /** `targetKey` */
  readonly target: string;
  readonly by: string;
  readonly because: string;
  readonly atMs: number;
  readonly untilMs?: number;
}

export interface NoticeDraft {
  readonly kind: 'handover' | 'asks' | 'trouble' | 'over';
  readonly incident: number;
  readonly title: string;
  readonly text: string;
  readonly severity: string;
}

export interface Decision {
  readonly next: Incident;
  readonly changes: readonly StoreChange[];
  /** When it is to be looked at again, on the store's clock; undefined: only when something happens. */
  readonly dueAtMs: number | undefined;
}

/** What a person's command does to an incident; a pure function run inside the transaction. */
export type CommandDecision =
  | { readonly kind: 'accepted'; readonly decision: Decision }
  | { readonly kind: 'refused'; readonly why: string };
