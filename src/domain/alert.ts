/** Label or annotation names to values. Hostile text: shown and compared, never interpreted. */
export type Labels = Readonly<Record<string, string>>;

/**
 * One episode of one alert: the same fingerprint firing since the same moment. Its `key` is the unit of
 * everything that follows: repeats, group joins, retries and high-availability copies all carry the same one.
 */
export interface Alert {
  /** `<fingerprint>@<startsAtMs>` */
  readonly key: string;
  /** Alertmanager's 16 hexadecimal digits. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch, from the alert: data, never compared with our clock. */
  readonly startsAtMs: number;
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** What one webhook says about one alert. `resolved` is a hint to look, nothing more. */
export interface AlertNotice {
  readonly status: 'firing' | 'resolved';
  readonly alert: Alert;
}

/** An alert as the incident carries it: with what was last said about it. */
export interface JoinedAlert extends Alert {
  readonly status: 'firing' | 'resolved';
  readonly receivedAtMs: number;
}

/** The longest alert name that is shown or stored as a name; longer ones are cut. */
const NAME_LENGTH_MAX = 200;

export function alertKey(fingerprint: string, startsAtMs: number): string {
  return `${fingerprint}@${startsAtMs}`;
}

export function alertName(alert: { readonly labels: Labels }): string {
  return (alert.labels['alertname'] ?? '(no alertname)').slice(0, NAME_LENGTH_MAX);
}

/** As long as a sentence that people read; what an alert says beyond it is left out. */
const SUMMARY_LENGTH_MAX = 200;

/** What the alert says of itself, made safe to show on one line: no control characters, bounded. */
export function alertSummary(alert: { readonly annotations: Labels }): string | undefined {
  const text = alert.annotations['summary'] ?? alert.annotations['description'];
  if (text === undefined) return undefined;
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return line.length > SUMMARY_LENGTH_MAX ? `${line.slice(0, SUMMARY_LENGTH_MAX)}…` : line;
}

export type Severity = 'critical' | 'warning' | 'info' | 'none';

/** Reads the severity label, common spellings included; a missing or strange one counts as `warning`. */
export function severityOf(labels: Labels): Severity {
  switch ((labels['severity'] ?? '').toLowerCase()) {
    case 'critical':
    case 'page':
    case 'error':
    case 'emergency':
      return 'critical';
    case 'info':
    case 'informational':
    case 'notice':
      return 'info';
    case 'none':
      return 'none';
    default:
      return 'warning';
  }
}
