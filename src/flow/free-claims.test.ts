import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SILENT } from '../../tests/fakes/silent-log.ts';
import { VirtualClock } from '../../tests/fakes/virtual-clock.ts';
import { openSqliteStore } from '../stores/sqlite/open-sqlite-store.ts';
import { freeClaims } from './free-claims.ts';

describe('a claim whose answer was lost', () => {
  test('is freed at once, without a restart, and what is really in hand is left alone', async () => {
    const clock = new VirtualClock();
    const store = openSqliteStore({ path: ':memory:', clock, log: SILENT });
    for (const fingerprint of ['0000000000000001', '0000000000000002']) {
      const alert = {
        key: `${fingerprint}@1`,
        fingerprint,
        startsAtMs: 1,
        labels: { alertname: 'A' },
        annotations: {},
      };
      await store.receive([{ status: 'firing', alert }]);
    }
    const { claimed } = await store.claimDue('plan', 10);
    assert.equal(claimed.length, 2);
    assert.deepEqual((await store.claimDue('plan', 10)).claimed, []);

    const mine = claimed[0]?.incident.id ?? 0;
    await freeClaims({ store }, 'plan', new Set([mine]));
    const again = await store.claimDue('plan', 10);
    assert.deepEqual(
      again.claimed.map(({ incident }) => incident.id),
      claimed.map(({ incident }) => incident.id).filter((id) => id !== mine),
    );
    await store.close();
  });
});
