import { formatSample } from '../../src/sandbox/prometheus/number-format.ts';

/** One sample of the past. */
export interface HistorySample {
  readonly labels: Readonly<Record<string, string>>;
  readonly timeMs: number;
  readonly value: number;
}

/** Seconds between two samples of a series. */
const STEP_SECONDS = 15;
/** Samples per series: half an hour. */
const SAMPLES = 121;

type Shape = (index: number) => number | undefined;

/**
 * Half an hour of made-up series with the traps that queries fall into: counters that reset, series that end or
 * miss samples, NaN and infinities, histograms with and without traffic, object metrics with foreign labels.
 */
export function syntheticHistory(startMs: number): HistorySample[] {
  return series().flatMap(([labels, shape]) =>
    Array.from({ length: SAMPLES }, (_, index) => ({ index, value: shape(index) })).flatMap(
      ({ index, value }) =>
        value === undefined ? [] : [{ labels, timeMs: startMs + index * STEP_SECONDS * 1000, value }],
    ),
  );
}

/** The samples as OpenMetrics text, for `promtool tsdb create-blocks-from`. */
export function openMetrics(samples: readonly HistorySample[]): string {
  const lines = samples.map(({ labels, timeMs, value }) => {
    const { __name__: name = '', ...others } = labels;
    // OpenMetrics takes no space between labels.
    const pairs = Object.entries(others).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    return `${name}{${pairs.join(',')}} ${formatSample(value)} ${timeMs / 1000}`;
  });
  return `${lines.join('\n')}\n# EOF\n`;
}

function series(): (readonly [Readonly<Record<string, string>>, Shape])[] {
  return [...requests(), ...buckets(), ...objects(), ...oddities()];
}

function requests(): (readonly [Readonly<Record<string, string>>, Shape])[] {
  const pods = ['checkout-1', 'checkout-2', 'cart-1'];
  return pods.flatMap((pod, podIndex) =>
    ['200', '404', '500'].map((code, codeIndex) => {
      const labels = { __name__: 'http_requests_total', job: 'api', namespace: 'shop', pod, code };
      // The second pod restarts after 13 minutes: its counters begin again.
      const grown: Shape = (index) =>
        (podIndex === 1 && index > 52 ? index - 52 : index) * (7 * podIndex + 3 - codeIndex);
      return [labels, grown] as const;
    }),
  );
}

function buckets(): (readonly [Readonly<Record<string, string>>, Shape])[] {
  const bounds = ['0.05', '0.1', '0.25', '0.5', '1', '+Inf'];
  return ['checkout', 'cart', 'idle'].flatMap((service, serviceIndex) =>
    bounds.map((le, bound) => {
      const labels = { __name__: 'http_request_duration_seconds_bucket', job: 'api', service, le };
      const shape: Shape = (index) =>
        service === 'idle' ? 0 : index * (bound + 1) * (bound + 1 + serviceIndex);
      return [labels, shape] as const;
    }),
  );
}

function objects(): (readonly [Readonly<Record<string, string>>, Shape])[] {
  const object = (
    name: string,
    labels: Record<string, string>,
    shape: Shape,
  ): readonly [Record<string, string>, Shape] => [
    { __name__: name, job: 'kube-state-metrics', instance: '10.0.0.9:8080', ...labels },
    shape,
  ];
  const checkout = { namespace: 'shop', deployment: 'checkout' };
  const pods = ['checkout-1', 'checkout-2', 'cart-1'];
  return [
    object('kube_deployment_spec_replicas', checkout, () => 3),
    object('kube_deployment_status_replicas_available', checkout, (index) =>
      index > 40 && index < 90 ? 2 : 3,
    ),
    object('kube_deployment_spec_replicas', { namespace: 'shop', deployment: 'cart' }, () => 1),
    object('kube_deployment_status_replicas_available', { namespace: 'shop', deployment: 'cart' }, () => 1),
    ...pods.flatMap((pod, index) => [
      object(
        'kube_pod_container_resource_limits',
        { namespace: 'shop', pod, container: 'app', resource: 'memory' },
        () => 256 * 2 ** 20,
      ),
      object(
        'kube_pod_owner',
        { namespace: 'shop', pod, owner_kind: 'ReplicaSet', owner_name: pod.replace(/-\d$/, '-7d4b9') },
        () => 1,
      ),
      object('kube_pod_container_status_restarts_total', { namespace: 'shop', pod, container: 'app' }, (at) =>
        Math.floor((at * index) / 20),
      ),
      [
        {
          __name__: 'container_memory_working_set_bytes',
          job: 'cadvisor',
          namespace: 'shop',
          pod,
          container: 'app',
        },
        (at: number) => (100 + 40 * index + Math.sin(at / 9) * 20) * 2 ** 20,
      ] as const,
    ]),
    object('kube_node_status_condition', { node: 'n1', condition: 'Ready', status: 'true' }, () => 1),
    object('kube_node_status_condition', { node: 'n2', condition: 'Ready', status: 'true' }, (index) =>
      index < 60 ? 1 : 0,
    ),
  ];
}

function oddities(): (readonly [Readonly<Record<string, string>>, Shape])[] {
  return [
    [{ __name__: 'ends_early', job: 'x' }, (index) => (index < 50 ? index : undefined)],
    [{ __name__: 'ended_long_ago', job: 'x' }, (index) => (index < 8 ? index : undefined)],
    [{ __name__: 'has_gaps_total', job: 'x' }, (index) => (index % 4 === 0 ? index * 2 : undefined)],
    [{ __name__: 'seldom_total', job: 'x' }, (index) => (index % 20 === 0 ? index : undefined)],
    [{ __name__: 'odd', kind: 'nan' }, () => Number.NaN],
    [{ __name__: 'odd', kind: 'plus' }, () => Infinity],
    [{ __name__: 'odd', kind: 'minus' }, () => -Infinity],
    [{ __name__: 'odd', kind: 'tiny' }, () => 1.5e-9],
    [{ __name__: 'odd', kind: 'huge' }, () => 3e21],
    [{ __name__: 'odd', kind: 'zero' }, () => 0],
    [{ __name__: 'odd', kind: 'Ünïcode "quoted" \\ back' }, () => -2.5],
    [{ __name__: 'disk_free_bytes', device: 'a' }, (index) => 1e9 - index * 4e6 + (index % 3) * 1000],
    [{ __name__: 'disk_free_bytes', device: 'b' }, () => 5e9],
    [{ __name__: 'not_after_seconds', name: 'tls' }, () => 1_900_000_000],
  ];
}
