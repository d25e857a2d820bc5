import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualClock } from '../../../tests/fakes/virtual-clock.ts';
import { listenOnLoopback, readBody } from '../loopback-server.ts';
import { ActiveAlerts } from './active-alerts.ts';
import { AlertSender } from './alert-sender.ts';
import { labelsOf } from './labels.ts';
import { parseRules, type AlertRule } from './rule-file.ts';
import type { Sample } from './value.ts';

const MINUTE = 60_000;
const HOT: readonly Sample[] = [{ labels: labelsOf([['room', 'kitchen']]), value: 41 }];

function ruleOf(text: string): AlertRule {
  const [group] = parseRules({
    groups: [{ name: 'g', rules: [{ alert: 'Hot', expr: 't > 30', ...JSON.parse(text) }] }],
  });
  const rule = group?.rules[0];
  assert.ok(rule?.kind === 'alert');
  return rule;
}

describe('an alerting rule', () => {
  test('is pending until its `for` has passed, then fires from that evaluation on', () => {
    const alerts = new ActiveAlerts(ruleOf('{"for":"2m"}'), {});
    alerts.update(HOT, 0);
    alerts.update(HOT, MINUTE);
    assert.equal(alerts.state(), 'pending');
    alerts.update(HOT, 2 * MINUTE);
    const [alert] = alerts.active();
    assert.deepEqual([alert?.state, alert?.activeAtMs, alert?.firedAtMs], ['firing', 0, 2 * MINUTE]);
  });

  test('forgets a pending alert whose series is gone, and waits anew when it comes back', () => {
    const alerts = new ActiveAlerts(ruleOf('{"for":"2m"}'), {});
    alerts.update(HOT, 0);
    alerts.update([], MINUTE);
    assert.deepEqual(alerts.all(), []);
    alerts.update(HOT, 2 * MINUTE);
    assert.equal(alerts.state(), 'pending');
  });

  test('keeps firing for `keep_firing_for` after its condition ended', () => {
    const alerts = new ActiveAlerts(ruleOf('{"keep_firing_for":"5m"}'), {});
    alerts.update(HOT, 0);
    alerts.update([], MINUTE);
    alerts.update([], 5 * MINUTE);
    assert.equal(alerts.state(), 'firing');
    alerts.update([], 6 * MINUTE);
    assert.equal(alerts.state(), 'inactive');
  });

  test('remembers a resolved alert for 15 minutes', () => {
    const alerts = new ActiveAlerts(ruleOf('{}'), {});
    alerts.update(HOT, 0);
    alerts.update([], MINUTE);
    alerts.update([], 16 * MINUTE);
    assert.equal(alerts.all()[0]?.resolvedAtMs, MINUTE);
    alerts.update([], 16 * MINUTE + 1);
    assert.deepEqual(alerts.all(), []);
  });

  test('refuses two elements that become one alert', () => {
    const alerts = new ActiveAlerts(ruleOf('{"labels":{"room":"any"}}'), {});
    const twice = [...HOT, { labels: labelsOf([['room', 'attic']]), value: 1 }];
    assert.throws(() => alerts.update(twice, 0), /same labelset after applying alert labels/);
  });
});

describe('the sender of alerts', () => {
  test('sends at once, again after the resend delay, and the end at once, with an expiry of four periods', async () => {
    const posted: { endsAt: string; startsAt: string; labels: object }[] = [];
    const server = await listenOnLoopback(async (request, response) => {
      posted.push(...(JSON.parse(await readBody(request)) as typeof posted));
      response.writeHead(200).end();
    });
    const sender = new AlertSender({
      alertmanagers: [server.url],
      resendDelayMs: MINUTE,
      externalLabels: { cluster: 'c1', room: 'an own label wins' },
      clock: new VirtualClock(),
      externalUrl: () => 'http://prometheus:9090',
    });
    const rule = ruleOf('{}');
    const alerts = new ActiveAlerts(rule, {});
    for (const [atMs, samples] of [
      [0, HOT],
      [30_000, HOT],
      [60_000, HOT],
      [60_001, HOT],
      [90_000, []],
    ] as const) {
      alerts.update(samples, atMs);
      await sender.send(rule, alerts.all(), { nowMs: atMs, intervalMs: 30_000 });
    }
    await server.close();
    const times = posted.map(({ startsAt, endsAt }) => [Date.parse(startsAt), Date.parse(endsAt)]);
    assert.deepEqual(times, [
      [0, 240_000],
      [0, 60_001 + 240_000],
      [0, 90_000],
    ]);
    assert.deepEqual(posted[0]?.labels, { alertname: 'Hot', cluster: 'c1', room: 'kitchen' });
  });
});
