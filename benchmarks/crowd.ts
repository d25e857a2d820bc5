import type { AlertNotice } from '../src/domain/alert.ts';
import { alertKey } from '../src/domain/alert.ts';
import type { Store } from '../src/ports/store.ts';
import { quantile } from './load.ts';

export interface CrowdResult {
  readonly openedPerSecond: number;
  readonly claimP99Ms: number;
}

const BATCH = 500;
const CLAIM_ROUNDS = 50;
const CLAIM_AT_ONCE = 64;

/** Opens that many incidents, then measures taking the most urgent ones out of the queue and giving them back. */
export async function crowd(store: Store, incidents: number): Promise<CrowdResult> {
  const startedMs = performance.now();
  for (let made = 0; made < incidents; made += BATCH) {
    await store.receive(
      Array.from({ length: Math.min(BATCH, incidents - made) }, (_, index) => noticeOf(made + index)),
    );
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const claimsMs: number[] = [];
  for (let round = 0; round < CLAIM_ROUNDS; round += 1) {
    const beganMs = performance.now();
    const { nowMs, claimed } = await store.claimDue('plan', CLAIM_AT_ONCE);
    claimsMs.push(performance.now() - beganMs);
    await Promise.all(claimed.map((one) => store.giveUp(one, nowMs)));
  }
  return { openedPerSecond: incidents / seconds, claimP99Ms: quantile(claimsMs, 0.99) };
}

function noticeOf(number: number): AlertNotice {
  const fingerprint = (0xabc000000000n + BigInt(number)).toString(16).padStart(16, '0');
  const startsAtMs = Date.UTC(2026, 10, 3) + number;
  const labels = {
    alertname: 'BenchCrowd',
    namespace: `team-${number % 40}`,
    deployment: `crowd-${number}`,
    severity: number % 10 === 0 ? 'critical' : 'warning',
  };
  const annotations = {
    summary: `crowd-${number} is unwell`,
    runbook_url: 'https://runbooks.example.org/crowd',
  };
  return {
    status: 'firing',
    alert: { key: alertKey(fingerprint, startsAtMs), fingerprint, startsAtMs, labels, annotations },
  };
}
