/** What the applications export about their requests. */

import type { ExporterParts } from './exporter.ts';
import type { MetricText } from './metric-text.ts';
import { BUCKETS } from './request-counters.ts';

/** Requests by status, and their latency as a histogram, for every process that answers a scrape. */
export function applicationMetrics(text: MetricText, { store, applications, isAlive }: ExporterParts): void {
  for (const pod of store.list('pods')) {
    const counters = applications.counters.read(pod);
    const isScraped =
      pod.status.containerStatuses?.[0]?.state.running !== undefined && isAlive(pod.spec.nodeName ?? '');
    if (counters === undefined || !isScraped) continue;
    const { namespace, service } = counters;
    const labels = { namespace, service, deployment: service, pod: pod.metadata.name };
    for (const [status, count] of counters.byStatus)
      text.counter('http_requests_total', { ...labels, status }, Math.round(count));
    for (const bound of BUCKETS) {
      const count = Math.round(counters.buckets.get(bound) ?? 0);
      text.histogram('http_request_duration_seconds', '_bucket', { ...labels, le: String(bound) }, count);
    }
    const whole = Math.round(counters.count);
    text.histogram('http_request_duration_seconds', '_bucket', { ...labels, le: '+Inf' }, whole);
    text.histogram('http_request_duration_seconds', '_sum', labels, Number(counters.sumSeconds.toFixed(3)));
    text.histogram('http_request_duration_seconds', '_count', labels, whole);
  }
}
