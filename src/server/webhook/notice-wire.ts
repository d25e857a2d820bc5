import { type AlertNotice, type Labels, alertKey } from '../../domain/alert.ts';
import type { BodyRead, BodyRefused } from './read-webhook.ts';

/**
 * A notice as it crosses from the worker: copying between threads would give labels a prototype again, so names
 * and values cross as a flat list (name, value, name, value …).
 */
export interface NoticeWire {
  readonly status: AlertNotice['status'];
  readonly fingerprint: string;
  readonly startsAtMs: number;
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/** Asked of the worker; the answer carries the same id. */
export interface ReadOrder {
  readonly id: number;
  readonly body: Uint8Array;
}

export type ReadNews =
  /** A slice of the notices, so that the main thread is never held up by ten thousand at once. */
  | { readonly id: number; readonly kind: 'some'; readonly notices: readonly NoticeWire[] }
  | { readonly id: number; readonly kind: 'end'; readonly end: BodyRefused | Omit<BodyRead, 'notices'> };

export function toWire(notice: AlertNotice): NoticeWire {
  const { status, alert } = notice;
  return {
    status,
    fingerprint: alert.fingerprint,
    startsAtMs: alert.startsAtMs,
    labels: Object.entries(alert.labels).flat(),
    annotations: Object.entries(alert.annotations).flat(),
  };
}

export function fromWire(wire: NoticeWire): AlertNotice {
  const { status, fingerprint, startsAtMs } = wire;
  return {
    status,
    alert: {
      key: alertKey(fingerprint, startsAtMs),
      fingerprint,
      startsAtMs,
      labels: fromPairs(wire.labels),
      annotations: fromPairs(wire.annotations),
    },
  };
}

function fromPairs(pairs: readonly string[]): Labels {
  const labels = Object.create(null) as Record<string, string>;
  for (let at = 0; at + 1 < pairs.length; at += 2) labels[pairs[at] ?? ''] = pairs[at + 1] ?? '';
  return labels;
}
