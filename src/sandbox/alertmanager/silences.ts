import { randomUUID } from 'node:crypto';
import type { LabelSet } from './alert.ts';
import { labelMatcher, matchesAll, type LabelMatcher } from './label-matcher.ts';

/** A silence. Times in milliseconds. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly LabelMatcher[];
  readonly startsAtMs: number;
  endsAtMs: number;
  updatedAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** A silence as a client posts it. */
export interface PostedSilence {
  readonly id: string | undefined;
  readonly matchers: readonly { name: string; value: string; isRegex: boolean; isEqual: boolean }[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** What became of a posted silence: kept under an id, or refused with Alertmanager's words. */
export type SetOutcome =
  | { readonly kind: 'set'; readonly id: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Silences, in memory. */
export class Silences {
  readonly #silences = new Map<string, Silence>();

  /** Adds a silence, or replaces the one it names. */
  set(posted: PostedSilence, nowMs: number): SetOutcome {
    const reason = refusal(posted, nowMs);
    if (reason !== undefined) return { kind: 'invalid', reason };
    const earlier = posted.id === undefined ? undefined : this.#silences.get(posted.id);
    if (posted.id !== undefined && earlier === undefined) return { kind: 'unknown' };
    const matchers = posted.matchers.map(labelMatcher);
    const { createdBy, comment, endsAtMs } = posted;
    const startsAtMs = Math.max(posted.startsAtMs, nowMs);
    if (earlier !== undefined && canUpdate(earlier, posted, nowMs)) {
      this.#silences.set(earlier.id, { ...earlier, createdBy, comment, endsAtMs, updatedAtMs: nowMs });
      return { kind: 'set', id: earlier.id };
    }
    if (earlier !== undefined) expire(earlier, nowMs);
    const id = randomUUID();
    this.#silences.set(id, { id, matchers, startsAtMs, endsAtMs, updatedAtMs: nowMs, createdBy, comment });
    return { kind: 'set', id };
  }

  /** Ends a silence now; false when there is none of that id. */
  expire(id: string, nowMs: number): boolean {
    const silence = this.#silences.get(id);
    if (silence !== undefined) expire(silence, nowMs);
    return silence !== undefined;
  }

  get(id: string): Silence | undefined {
    return this.#silences.get(id);
  }

  all(): Silence[] {
    return [...this.#silences.values()];
  }

  /** Ids of the silences that mute these labels at that moment. */
  muting(labels: LabelSet, atMs: number): string[] {
    const muting = this.all().filter(
      (one) => silenceState(one, atMs) === 'active' && matchesAll(one.matchers, labels),
    );
    return muting.map((silence) => silence.id).toSorted();
  }
}

/** Where a silence stands at that moment. */
export function silenceState(silence: Silence, atMs: number): 'pending' | 'active' | 'expired' {
  if (silence.endsAtMs <= atMs) return 'expired';
  return silence.startsAtMs > atMs ? 'pending' : 'active';
}

function refusal(posted: PostedSilence, nowMs: number): string | undefined {
  if (posted.endsAtMs < posted.startsAtMs)
    return 'Failed to create silence: start time must be before end time';
  if (posted.endsAtMs < nowMs) return "Failed to create silence: end time can't be in the past";
  try {
    if (posted.matchers.map(labelMatcher).every((one) => one.test(''))) {
      return 'invalid silence: at least one matcher must not match the empty string';
    }
  } catch (error) {
    return `invalid silence: ${error instanceof Error ? error.message : String(error)}`;
  }
  return undefined;
}

/** Only end, author and comment of a living silence can change in place; anything else makes a new one. */
function canUpdate(earlier: Silence, posted: PostedSilence, nowMs: number): boolean {
  const same = JSON.stringify(earlier.matchers) === JSON.stringify(posted.matchers);
  return same && silenceState(earlier, nowMs) === 'active' && earlier.startsAtMs === posted.startsAtMs;
}

function expire(silence: Silence, nowMs: number): void {
  if (silenceState(silence, nowMs) === 'expired') return;
  silence.endsAtMs = nowMs;
  silence.updatedAtMs = nowMs;
}
