import type { Labels } from './alert.ts';
import type { AlertTargetKind } from './catalogue.ts';

/** Names of labels, never their values: who acts reads and validates those. */
export type LabelTarget =
  /** These labels name exactly one thing. `of` is what `name` names: a pod still leads to its owner. */
  | {
      readonly kind: 'named';
      readonly of: AlertTargetKind;
      readonly by: NamingKind;
      readonly labels: { readonly namespace?: string; readonly name: string };
    }
  /** Something is known (a namespace, a pod's name), and the rest has to be asked of the API. */
  | {
      readonly kind: 'look-up';
      readonly of: AlertTargetKind;
      readonly labels: { readonly namespace?: string; readonly name?: string };
      readonly why: string;
    }
  | { readonly kind: 'none'; readonly of: AlertTargetKind; readonly why: string };

/** What the naming label itself names. */
export type NamingKind = 'object' | 'pod' | 'node' | 'service' | 'instance' | 'namespace';

/** Prometheus keeps an object's own label under this prefix where the scraped exporter has one of the same name. */
const EXPORTED = 'exported_';

/** The labels that name an object of each kind, the surest first. */
const OBJECT_LABELS: Readonly<Partial<Record<AlertTargetKind, readonly string[]>>> = {
  Deployment: ['deployment'],
  StatefulSet: ['statefulset'],
  DaemonSet: ['daemonset'],
  // `job` is the scrape job, never the Kubernetes Job.
  Job: ['job_name', 'cronjob'],
  HorizontalPodAutoscaler: ['horizontalpodautoscaler', 'hpa', 'scaledObject', 'scaledobject'],
  PersistentVolumeClaim: ['persistentvolumeclaim'],
  Certificate: ['certificate', 'name', 'secret_name'],
  Secret: ['name', 'secret'],
  Flux: ['name'],
  Backup: ['schedule', 'backup'],
  Postgres: ['cnpg_cluster', 'cnpg_io_cluster', 'cluster_name'],
  Redis: ['dragonfly_cluster', 'redis_cluster'],
  Kafka: ['kafka_cluster', 'strimzi_io_cluster', 'consumergroup', 'name'],
  Etcd: [],
};

/** A kind that stands for a workload of its own: one of these may name it. */
const WORKLOADS = ['deployment', 'statefulset', 'daemonset'] as const;

const NODE_LABELS = ['node', 'kubernetes_node', 'nodename', 'node_name'] as const;

/**
 * Which labels name what an alert is about. Pure; values are looked at only to know whose they are.
 *
 * @param metrics names of metrics in the rule's query, none where it is not known, and left out where the alert is
 * about the exporter itself: those of kube-state-metrics carry its own `pod`,
 * `instance`, `job`, `service` and `container` beside the object's (facts-k8s 4.0)
 */
export function targetFromLabels(
  labels: Labels,
  kind: AlertTargetKind,
  metrics?: readonly string[],
): LabelTarget {
  const seen = new Seen(labels, metrics !== undefined && isAboutOthers(labels, metrics));
  if (kind === 'Node') return nodeTarget(seen);
  return (
    objectTarget(seen, kind) ??
    workloadTarget(seen, kind) ??
    podTarget(seen, kind) ??
    serviceTarget(seen, kind) ??
    clusterTarget(seen, kind) ??
    remainder(seen, kind)
  );
}

/** An alert's labels, without those that an exporter wears itself. */
class Seen {
  readonly labels: Labels;
  readonly #exporter: boolean;

  constructor(labels: Labels, exporter: boolean) {
    this.labels = labels;
    this.#exporter = exporter;
  }

  /** The label that holds it: the exported one first; undefined when it is absent or the exporter's own. */
  of(name: string): string | undefined {
    if (this.#has(`${EXPORTED}${name}`)) return `${EXPORTED}${name}`;
    if (!this.#has(name) || (this.#exporter && EXPORTERS_OWN.has(name))) return undefined;
    return name;
  }

  first(names: readonly string[]): string | undefined {
    return names.map((name) => this.of(name)).find((name) => name !== undefined);
  }

  get namespace(): string | undefined {
    return this.first(['namespace', 'kubernetes_namespace', 'k8s_ns_name', 'resource_namespace']);
  }

  #has(name: string): boolean {
    return (this.labels[name] ?? '') !== '';
  }
}

/** `namespace` is the object's own in kube-state-metrics with honoured labels; the exported one wins before. */
const EXPORTERS_OWN: ReadonlySet<string> = new Set([
  'pod',
  'container',
  'instance',
  'service',
  'endpoint',
  'job',
]);

/** Metrics of kube-state-metrics whose `pod` is the pod that they tell of. */
const OF_PODS = ['kube_pod_'];

function isAboutOthers(labels: Labels, metrics: readonly string[]): boolean {
  const own = [labels['job'], labels['pod'], labels['service'], labels['container']];
  const scraped = own.some((value) => value?.includes('kube-state-metrics') === true);
  if (metrics.length === 0) return scraped && (labels['pod'] ?? '').includes('kube-state-metrics');
  const told = metrics.filter((metric) => metric.startsWith('kube_'));
  if (told.length === 0 || told.some((metric) => OF_PODS.some((prefix) => metric.startsWith(prefix))))
    return (labels['pod'] ?? '').includes('kube-state-metrics');
  return scraped || told.length === metrics.length;
}

function nodeTarget(seen: Seen): LabelTarget {
  const node = seen.first(NODE_LABELS);
  if (node !== undefined) return { kind: 'named', of: 'Node', by: 'node', labels: { name: node } };
  const instance = seen.of('instance');
  if (instance !== undefined)
    return { kind: 'named', of: 'Node', by: 'instance', labels: { name: instance } };
  const pod = seen.of('pod');
  return pod === undefined
    ? { kind: 'none', of: 'Node', why: 'no label names a node' }
    : lookUp(seen, 'Node', pod, 'the node is the one that the pod runs on');
}

function objectTarget(seen: Seen, kind: AlertTargetKind): LabelTarget | undefined {
  const name = seen.first(OBJECT_LABELS[kind] ?? []);
  if (name === undefined) return undefined;
  const { namespace } = seen;
  if (namespace === undefined) return undefined;
  return { kind: 'named', of: kind, by: 'object', labels: { namespace, name } };
}

/** Names that need no namespace: objects of the whole cluster, and the node that a pod of a DaemonSet runs on. */
function clusterTarget(seen: Seen, kind: AlertTargetKind): LabelTarget | undefined {
  const object = kind === 'ApiServer' ? seen.first(['name', 'webhook']) : undefined;
  if (object !== undefined) return { kind: 'named', of: kind, by: 'object', labels: { name: object } };
  const node = seen.first(NODE_LABELS);
  return node === undefined ? undefined : { kind: 'named', of: kind, by: 'node', labels: { name: node } };
}

function workloadTarget(seen: Seen, kind: AlertTargetKind): LabelTarget | undefined {
  const name = seen.first(WORKLOADS);
  const { namespace } = seen;
  if (name === undefined || namespace === undefined || kind === 'Pod') return undefined;
  return { kind: 'named', of: kind, by: 'object', labels: { namespace, name } };
}

const PODS = ['pod', 'kubernetes_pod_name', 'k8s_pod_name', 'pod_name'];

function podTarget(seen: Seen, kind: AlertTargetKind): LabelTarget | undefined {
  const name = seen.first(PODS);
  if (name === undefined) return undefined;
  const { namespace } = seen;
  if (namespace === undefined) return undefined;
  return { kind: 'named', of: kind, by: 'pod', labels: { namespace, name } };
}

function serviceTarget(seen: Seen, kind: AlertTargetKind): LabelTarget | undefined {
  const { namespace } = seen;
  const service = seen.first(['service', 'destination_canonical_service', 'job']);
  if (service !== undefined && namespace !== undefined)
    return { kind: 'named', of: kind, by: 'service', labels: { namespace, name: service } };
  const instance = seen.first(['instance', 'target', 'hostname', 'host']);
  return instance === undefined
    ? undefined
    : { kind: 'named', of: kind, by: 'instance', labels: { name: instance } };
}

function remainder(seen: Seen, kind: AlertTargetKind): LabelTarget {
  const { namespace } = seen;
  if (namespace !== undefined) return lookUp(seen, kind, undefined, 'only its namespace is known');
  const name = seen.first([
    ...PODS,
    ...(OBJECT_LABELS[kind] ?? []),
    'name',
    'service',
    'app',
    'cluster',
    'job',
  ]);
  return name === undefined
    ? { kind: 'none', of: kind, why: 'no label names what it is about' }
    : lookUp(seen, kind, name, 'it has a name and no namespace: it may be several');
}

function lookUp(seen: Seen, of: AlertTargetKind, name: string | undefined, why: string): LabelTarget {
  const { namespace } = seen;
  return {
    kind: 'look-up',
    of,
    labels: { ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) },
    why,
  };
}
