import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertmanagerAlerts } from '../../src/connectors/alertmanager/alerts.ts';
import { SystemChance } from '../../src/platform/system-chance.ts';
import { WallClock } from '../../src/platform/wall-clock.ts';
import { startAlertmanager } from '../../src/sandbox/alertmanager/alertmanager.ts';
import { FakeAlerts } from '../fakes/fake-alerts.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { needs } from '../neighbours/needs.ts';
import { available, startRealAlertmanager } from '../neighbours/real-alertmanager.ts';
import { alertsConformance } from './alerts.suite.ts';
import type { AlertsHarness } from './alerts.suite.ts';

const CONFIG = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';

/** The connector on whatever answers at `url`. */
function over(url: string, stop: () => Promise<void>): AlertsHarness {
  const clock = new WallClock();
  return {
    alerts: alertmanagerAlerts({ url, clock, chance: new SystemChance(), version: 'test' }),
    nowMs: () => clock.now(),
    async silence(alertname) {
      const at = clock.now();
      const answer = await fetch(`${url}/api/v2/silences`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          matchers: [{ name: 'alertname', value: alertname, isRegex: false, isEqual: true }],
          startsAt: new Date(at).toISOString(),
          endsAt: new Date(at + 3_600_000).toISOString(),
          createdBy: 'anna',
          comment: 'suite',
        }),
      });
      assert.equal(answer.status, 200, await answer.text());
    },
    [Symbol.asyncDispose]: stop,
  };
}

alertsConformance('in memory', () => {
  const clock = new VirtualClock();
  const alerts = new FakeAlerts(clock);
  const silenced = new Set<string>();
  alerts.silencedBy = (labels) => (silenced.has(labels['alertname'] ?? '') ? ['silence-1'] : []);
  return Promise.resolve({
    alerts,
    nowMs: () => clock.now(),
    silence: (alertname) => Promise.resolve(void silenced.add(alertname)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

alertsConformance('stand-in', async () => {
  const standIn = await startAlertmanager({ config: CONFIG, clock: new WallClock() });
  return over(standIn.url, () => standIn.stop());
});

if (available()) {
  alertsConformance('real Alertmanager', async () => {
    const real = await startRealAlertmanager({ config: CONFIG });
    return over(real.url, () => real.stop());
  });
} else {
  test('alerts conformance: real Alertmanager', (t) => void needs(t, 'prometheus-alertmanager'));
}
