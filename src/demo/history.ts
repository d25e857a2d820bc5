import type { Prometheus } from '../sandbox/prometheus/prometheus.ts';

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const HOUR_MS = 3_600_000;
const STEP_MS = 500;
/** The past reaches a little further back than an hour, and as far forward as a demo may last. */
const BEFORE_MS = 60_000;
const AFTER_MS = 15 * 60_000;

async function read(prometheus: Prometheus, query: string): Promise<readonly Series[]> {
  const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const body = (await answer.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return body.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/**
 * Gives the platform an hour of past: its traffic of that time is what it is now, so that growth can be told from the
 * usual. Only the counters of requests are continued backwards; nothing that is shown is made up.
 */
export async function writeQuietHour(prometheus: Prometheus, nowMs: number): Promise<void> {
  const rates = await read(prometheus, 'rate(http_requests_total[5s])');
  for (const { labels, value } of rates) {
    const { __name__: _name, ...rest } = labels;
    for (let offsetMs = -BEFORE_MS; offsetMs < AFTER_MS; offsetMs += STEP_MS) {
      prometheus.append(
        { ...rest, instance: 'an hour ago', __name__: 'http_requests_total' },
        nowMs - HOUR_MS + offsetMs,
        (value * (BEFORE_MS + offsetMs)) / 1_000,
      );
    }
  }
}
