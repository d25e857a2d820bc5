/** What the kubelets' cAdvisor exports: per container, and per pod under an empty container name. */

import type { Container, Pod } from '../kubernetes/objects.ts';
import { quantity } from '../kubernetes/quantity.ts';
import type { ExporterParts } from './exporter.ts';
import type { MetricText } from './metric-text.ts';

/** The pause container's working set, in bytes. */
const PAUSE_BYTES = 712_704;

/**
 * Every pod appears three times: its containers, its pause container as `POD`, and the cgroup of the whole pod with
 * an empty container name. A sum over all of them counts memory twice.
 */
export function cadvisorMetrics(text: MetricText, parts: ExporterParts): void {
  for (const pod of parts.store.list('pods')) {
    const node = pod.spec.nodeName ?? '';
    if (!parts.isAlive(node)) continue;
    const running = pod.spec.containers.filter((container) => isRunning(pod, container));
    if (running.length === 0) continue;
    const { uid, name, namespace = '' } = pod.metadata;
    const id = `/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice`;
    let whole = PAUSE_BYTES;
    for (const container of running) whole += containerMetrics(text, parts, pod, container);
    const pause = {
      container: 'POD',
      id: `${id}/pause`,
      image: 'registry.k8s.io/pause:3.10',
      name: 'pause',
      namespace,
      node,
      pod: name,
    };
    text.gauge('container_memory_working_set_bytes', pause, PAUSE_BYTES);
    const aggregate = { container: '', id, image: '', name: '', namespace, node, pod: name };
    text.gauge('container_memory_working_set_bytes', aggregate, whole);
    text.counter(
      'container_cpu_usage_seconds_total',
      { ...aggregate, cpu: 'total' },
      parts.applications.cpuSeconds(pod),
    );
  }
}

function isRunning(pod: Pod, container: Container): boolean {
  return (
    pod.status.containerStatuses?.find((status) => status.name === container.name)?.state.running !==
    undefined
  );
}

function containerMetrics(
  text: MetricText,
  { applications }: ExporterParts,
  pod: Pod,
  container: Container,
): number {
  const status = pod.status.containerStatuses?.find((candidate) => candidate.name === container.name);
  const { uid, name, namespace = '' } = pod.metadata;
  const process = status?.containerID?.replace('containerd://', '') ?? '';
  const labels = {
    container: container.name,
    id: `/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/cri-${process}.scope`,
    image: container.image,
    name: process,
    namespace,
    node: pod.spec.nodeName ?? '',
    pod: name,
  };
  const bytes = applications.memoryBytes(pod, container);
  text.gauge('container_memory_working_set_bytes', labels, bytes);
  text.gauge('container_memory_usage_bytes', labels, Math.round(bytes * 1.15));
  text.gauge('container_memory_rss', labels, Math.round(bytes * 0.9));
  text.gauge('container_spec_memory_limit_bytes', labels, quantity(container.resources?.limits?.['memory']));
  const isMain = pod.spec.containers[0]?.name === container.name;
  text.counter(
    'container_cpu_usage_seconds_total',
    { ...labels, cpu: 'total' },
    isMain ? applications.cpuSeconds(pod) : 0,
  );
  const oomKills = status?.lastState.terminated?.reason === 'OOMKilled' ? 1 : 0;
  text.counter('container_oom_events_total', labels, oomKills);
  return bytes;
}
