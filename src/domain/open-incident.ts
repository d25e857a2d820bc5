import type { Alert } from './alert.ts';
import { severityOf } from './alert.ts';
import type { Incident } from './incident.ts';

/**
 * The incident that a new episode of an alert begins: no target yet, nothing tried, due at once.
 *
 * @param id the number that the store gave it
 * @param nowMs the store's clock, when the alert was received
 */
export function openIncident(alert: Alert, id: number, nowMs: number): Incident {
  return {
    id,
    state: 'open',
    openedAtMs: nowMs,
    severity: severityOf(alert.labels),
    alerts: [{ ...alert, status: 'firing', receivedAtMs: nowMs }],
    rung: 0,
    attempts: [],
    operationsReserved: 0,
    asked: 0,
    recurrences: [],
  };
}
