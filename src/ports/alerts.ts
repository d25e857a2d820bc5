import type { Labels } from '../domain/alert.ts';

export interface ListedAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly startsAtMs: number;
  /** When Alertmanager will forget it unless it is sent again. */
  readonly endsAtMs: number;
  readonly state: 'active' | 'suppressed' | 'unprocessed';
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

export type AlertsAnswer =
  | { readonly kind: 'answered'; readonly alerts: readonly ListedAlert[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** An alert of our own, told through the receivers that people already have. */
export interface OwnAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** Alertmanager. `list` never throws for what the outside does; `post` throws `OpsError` (`alerts/*`). */
export interface Alerts {
  list(signal: AbortSignal): Promise<AlertsAnswer>;
  post(alerts: readonly OwnAlert[], signal: AbortSignal): Promise<void>;
}
