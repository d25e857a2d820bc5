import { alertKey, alertName, severityOf, type AlertNotice } from '../domain/alert.ts';
import type { Received, Store } from '../ports/store.ts';

/** Alerts that Runova itself posts to tell people something: never incidents of ours. */
export const OWN_ALERTS: ReadonlySet<string> = new Set(['RunovaHandover', 'RunovaAsks', 'RunovaTrouble']);
/** Signs of life and alerts that only inhibit others (DESIGN 5): never incidents. */
const NEVER: ReadonlySet<string> = new Set(['Watchdog', 'InfoInhibitor', 'DeadMansSwitch']);

function isForUs({ alert }: AlertNotice): boolean {
  const name = alertName(alert);
  return !OWN_ALERTS.has(name) && !NEVER.has(name) && severityOf(alert.labels) !== 'none';
}

/** One webhook: on disk when the promise fulfils. Everything else happens later, from the store. */
export function receive(store: Store, notices: readonly AlertNotice[]): Promise<Received> {
  return store.receive(notices.filter(isForUs));
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * A webhook that could not be taken would be repeated for ever with nobody knowing: it becomes an incident of our own,
 * one a kind and day, which no playbook is for and a person therefore gets.
 */
export async function receiveRefusal(store: Store, kind: string, detail: string): Promise<void> {
  const startsAtMs = Math.floor((await store.now()) / DAY_MS) * DAY_MS;
  const fingerprint = `runova-webhook-${kind}`;
  const labels = { alertname: 'RunovaWebhookRefused', kind, severity: 'warning' };
  const annotations = { summary: `A webhook was refused (${kind}): ${detail}` };
  await store.receive([
    {
      status: 'firing',
      alert: { key: alertKey(fingerprint, startsAtMs), fingerprint, startsAtMs, labels, annotations },
    },
  ]);
}
