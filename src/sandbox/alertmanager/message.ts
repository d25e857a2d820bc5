import { isResolved, type Alert, type LabelSet } from './alert.ts';

/** How Go prints the end of what has none. */
const NEVER = '0001-01-01T00:00:00Z';

/** What a message is about. */
export interface MessageContext {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: LabelSet;
  readonly externalUrl: string;
  /** 0 sends all. */
  readonly maxAlerts: number;
  readonly atMs: number;
}

/** The webhook body, version 4, byte for byte as Go encodes it (sorted names, `<>&` escaped, a final newline). */
export function webhookBody(alerts: readonly Alert[], context: MessageContext): string {
  const { maxAlerts, atMs } = context;
  const shown = maxAlerts > 0 ? alerts.slice(0, maxAlerts) : alerts;
  const firing = shown.some((alert) => !isResolved(alert, atMs));
  const body = {
    receiver: context.receiver,
    status: firing ? 'firing' : 'resolved',
    alerts: shown.map((alert) => messageAlert(alert, atMs)),
    groupLabels: Object.fromEntries(context.groupLabels),
    commonLabels: common(shown.map((alert) => alert.labels)),
    commonAnnotations: common(shown.map((alert) => alert.annotations)),
    externalURL: context.externalUrl,
    version: '4',
    groupKey: context.groupKey,
    truncatedAlerts: alerts.length - shown.length,
  };
  return `${goJson(body)}\n`;
}

/** A time as Go prints it: without trailing zeros in the fraction. */
export function goTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.?0*Z$/, 'Z');
}

function messageAlert(alert: Alert, atMs: number): object {
  const resolved = isResolved(alert, atMs);
  return {
    status: resolved ? 'resolved' : 'firing',
    labels: Object.fromEntries(alert.labels),
    annotations: Object.fromEntries(alert.annotations),
    startsAt: goTime(alert.startsAtMs),
    endsAt: resolved ? goTime(alert.endsAtMs) : NEVER,
    generatorURL: alert.generatorURL,
    fingerprint: alert.fingerprint,
  };
}

function common(sets: readonly LabelSet[]): Record<string, string> {
  const [first, ...others] = sets;
  const shared = [...(first ?? [])].filter(([name, value]) => others.every((set) => set.get(name) === value));
  return Object.fromEntries(shared);
}

function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
