import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Alerts, ListedAlert } from '../../src/ports/alerts.ts';

/** An Alertmanager without alerts at the beginning. */
export interface AlertsHarness extends AsyncDisposable {
  readonly alerts: Alerts;
  nowMs(): number;
  /** A person silences every alert of this name. */
  silence(alertname: string): Promise<void>;
}

const { signal } = new AbortController();
const HOUR_MS = 3_600_000;

/** What the flow relies on, for every implementation of the `Alerts` port. */
export function alertsConformance(name: string, open: () => Promise<AlertsHarness>): void {
  describe(`alerts conformance: ${name}`, () => {
    let at: AlertsHarness;
    before(async () => {
      at = await open();
    });
    after(() => at[Symbol.asyncDispose]());

    const post = (alertname: string, endsInMs: number, labels: Record<string, string> = {}) => {
      const nowMs = Math.floor(at.nowMs() / 1_000) * 1_000;
      const alert = {
        labels: { alertname, ...labels },
        annotations: { summary: 'ä' },
        startsAtMs: nowMs - 60_000,
        endsAtMs: nowMs + endsInMs,
      };
      return at.alerts.post([alert], signal).then(() => alert);
    };
    const listed = async (alertname: string): Promise<readonly ListedAlert[]> => {
      const answer = await at.alerts.list(signal);
      assert.ok(answer.kind === 'answered');
      return answer.alerts.filter(({ labels }) => labels['alertname'] === alertname);
    };

    test('what is posted is listed, with its fingerprint, its labels and its times', async () => {
      const posted = await post('RunovaHandover', HOUR_MS, { incident: '41' });
      const [alert, ...more] = await listed('RunovaHandover');
      assert.deepEqual(more, []);
      assert.match(alert?.fingerprint ?? '', /^[0-9a-f]{16}$/);
      assert.deepEqual(alert?.labels, posted.labels);
      assert.equal(alert?.startsAtMs, posted.startsAtMs);
      assert.equal(alert?.endsAtMs, posted.endsAtMs);
      assert.deepEqual(alert?.silencedBy, []);
    });

    test('the fingerprint follows from the labels as Alertmanager computes it', async () => {
      await post('RunovaTrouble', HOUR_MS, { severity: 'warning' });
      const [alert] = await listed('RunovaTrouble');
      assert.equal(alert?.fingerprint, '8ea0a8a95d7d3e69');
    });

    test('posting the same labels again is the same alert, lasting longer', async () => {
      await post('RunovaAsks', HOUR_MS);
      const again = await post('RunovaAsks', 2 * HOUR_MS);
      const found = await listed('RunovaAsks');
      assert.equal(found.length, 1);
      assert.equal(found[0]?.endsAtMs, again.endsAtMs);
    });

    test('an alert that is posted with an end in the past is over', async () => {
      await post('RunovaOver', HOUR_MS);
      await post('RunovaOver', -5_000);
      assert.deepEqual(await listed('RunovaOver'), []);
    });

    test('a silenced alert is listed as suppressed, with the silence', async () => {
      await post('RunovaSilenced', HOUR_MS);
      await at.silence('RunovaSilenced');
      const [alert] = await listed('RunovaSilenced');
      assert.equal(alert?.state, 'suppressed');
      assert.equal(alert?.silencedBy.length, 1);
    });

    test('nothing to post is nothing to do', async () => {
      await at.alerts.post([], signal);
    });
  });
}
