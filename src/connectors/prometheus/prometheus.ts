import type { Chance } from '../../ports/chance.ts';
import type { Clock } from '../../ports/clock.ts';
import { bearer } from '../bearer.ts';
import type { BearerOptions } from '../bearer.ts';
import { HttpClient } from '../http.ts';
import { PrometheusMetrics } from './metrics.ts';

export interface PrometheusOptions extends BearerOptions {
  /** With prefix: `http://mimir-gateway.monitoring/prometheus`. Mimir's bare `/api/v1/…` is another API. */
  readonly url: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly version: string;
  readonly timeoutMs?: number;
}

/** Metrics are asked in few, large questions; more than this a second would be a mistake of ours. */
const BUDGET = { perSecond: 20, burst: 100 };
const ANSWER_BYTES_MAX = 16 * 1_024 * 1_024;

/** The `Metrics` port on a Prometheus or Mimir. */
export function prometheusMetrics(options: PrometheusOptions): PrometheusMetrics {
  const { url, clock, chance, version, timeoutMs } = options;
  const http = new HttpClient({
    area: 'metrics',
    baseUrl: url,
    clock,
    chance,
    version,
    credentials: bearer(options, clock),
    budget: BUDGET,
    answerBytesMax: ANSWER_BYTES_MAX,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  return new PrometheusMetrics(http, clock);
}
