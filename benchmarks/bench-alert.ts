import { alertKey } from '../src/domain/alert.ts';
import type { AlertNotice } from '../src/domain/alert.ts';
import { BENCH_ALERTS } from './bench-playbook.ts';

/** The alert of one deployment's episode: another number is another fingerprint. */
export function benchAlert(
  deployment: { readonly namespace: string; readonly name: string },
  number: number,
  startsAtMs: number,
): AlertNotice {
  const fingerprint = (0xbe0000000000n + BigInt(number)).toString(16).padStart(16, '0');
  const labels = {
    alertname: BENCH_ALERTS[number % BENCH_ALERTS.length] ?? '',
    namespace: deployment.namespace,
    deployment: deployment.name,
    severity: 'warning',
    cluster: 'hel1-prod',
  };
  const annotations = { summary: `${deployment.name} uses 93 % of its memory limit` };
  return {
    status: 'firing',
    alert: { key: alertKey(fingerprint, startsAtMs), fingerprint, startsAtMs, labels, annotations },
  };
}
