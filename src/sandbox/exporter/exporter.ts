/** Metrics that follow from the platform's state, under the names and labels of the exporters that a platform runs. */

import type { ObjectStore } from '../kubernetes/object-store.ts';
import { applicationMetrics } from './application-metrics.ts';
import type { Applications } from './applications.ts';
import { cadvisorMetrics } from './cadvisor-metrics.ts';
import { deploymentMetrics, nodeMetrics, podMetrics } from './kube-state-metrics.ts';
import { MetricText } from './metric-text.ts';

export interface ExporterParts {
  store: ObjectStore;
  applications: Applications;
  isAlive: (node: string) => boolean;
}

/** The jobs whose metrics there are; each can be scraped by itself, so that a scrape configuration can set its labels. */
export type ExporterJob = 'kube-state-metrics' | 'cadvisor' | 'applications';

/** The present metrics of one job, or of all, in the Prometheus text format. */
export function exportMetrics(parts: ExporterParts, job?: ExporterJob): string {
  const text = new MetricText();
  parts.applications.advance();
  if (job === undefined || job === 'kube-state-metrics') {
    deploymentMetrics(text, parts.store);
    podMetrics(text, parts.store);
    nodeMetrics(text, parts.store);
  }
  if (job === undefined || job === 'cadvisor') cadvisorMetrics(text, parts);
  if (job === undefined || job === 'applications') applicationMetrics(text, parts);
  return text.text();
}
