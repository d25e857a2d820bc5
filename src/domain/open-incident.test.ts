import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openIncident } from './open-incident.ts';

test('an incident opens with its alert, the severity of its labels and nothing tried', () => {
  const alert = {
    key: 'f@1',
    fingerprint: 'f',
    startsAtMs: 1,
    labels: { alertname: 'A', severity: 'page' },
    annotations: {},
  };
  assert.deepEqual(openIncident(alert, 41, 1_000), {
    id: 41,
    state: 'open',
    openedAtMs: 1_000,
    severity: 'critical',
    alerts: [{ ...alert, status: 'firing', receivedAtMs: 1_000 }],
    rung: 0,
    attempts: [],
    operationsReserved: 0,
    asked: 0,
    recurrences: [],
  });
});
