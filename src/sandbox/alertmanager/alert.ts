/** Labels or annotations, sorted by name. */
export type LabelSet = ReadonlyMap<string, string>;

/** An alert as Alertmanager keeps it. Times in milliseconds; `endsAtMs` of a firing alert is its expiry. */
export interface Alert {
  readonly fingerprint: string;
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly updatedAtMs: number;
  /** Whether the end is only the resolve timeout, because the sender gave none. */
  readonly timeout: boolean;
  readonly generatorURL: string;
}

/** A label set of a record, sorted. */
export function labelSet(record: Readonly<Record<string, string>>): LabelSet {
  return new Map(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether the alert has ended at that moment. */
export function isResolved(alert: Alert, atMs: number): boolean {
  return alert.endsAtMs <= atMs;
}

/**
 * What is kept when an alert arrives again (types.Alert.Merge): the earliest start; the later end, unless the
 * newer one has ended or the older end was only a timeout. Without an overlap the newer alert stands alone.
 */
export function merged(older: Alert, newer: Alert): Alert {
  const endsInside = newer.endsAtMs > older.startsAtMs && newer.endsAtMs < older.endsAtMs;
  const startsInside = newer.startsAtMs > older.startsAtMs && newer.startsAtMs < older.endsAtMs;
  if (!endsInside && !startsInside) return newer;
  const olderEndWins = isResolved(newer, newer.updatedAtMs)
    ? isResolved(older, newer.updatedAtMs) && older.endsAtMs > newer.endsAtMs
    : older.endsAtMs > newer.endsAtMs && !older.timeout;
  return {
    ...newer,
    startsAtMs: Math.min(older.startsAtMs, newer.startsAtMs),
    endsAtMs: olderEndWins ? older.endsAtMs : newer.endsAtMs,
  };
}

/** The order of alerts in a message: by job, by instance, then by all labels (types.AlertSlice). */
export function compareAlerts(a: Alert, b: Alert): number {
  for (const name of ['job', 'instance']) {
    const left = a.labels.get(name);
    const right = b.labels.get(name);
    if (left === right) continue;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return left < right ? -1 : 1;
  }
  return compareLabels(a.labels, b.labels);
}

function compareLabels(a: LabelSet, b: LabelSet): number {
  if (a.size !== b.size) return a.size - b.size;
  for (const name of [...new Set([...a.keys(), ...b.keys()])].toSorted()) {
    const left = a.get(name);
    const right = b.get(name);
    if (left === right) continue;
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    return left < right ? -1 : 1;
  }
  return 0;
}
