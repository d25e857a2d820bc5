import type { Labels } from '../domain/alert.ts';
import type { AlertsAnswer } from '../domain/source.ts';

export type { AlertsAnswer, ListedAlert } from '../domain/source.ts';

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
