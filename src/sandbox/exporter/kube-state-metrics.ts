/** What kube-state-metrics exports. Source: kube-state-metrics docs/metrics. */

import type { ObjectStore } from '../kubernetes/object-store.ts';
import { controllerOf, textOf } from '../kubernetes/objects.ts';
import type { Container, ContainerStatus, Pod } from '../kubernetes/objects.ts';
import { quantity } from '../kubernetes/quantity.ts';
import type { MetricText } from './metric-text.ts';

/** Workloads: Deployments, ReplicaSets, StatefulSets, disruption budgets, autoscalers, quotas. */
export function deploymentMetrics(text: MetricText, store: ObjectStore): void {
  for (const { metadata, spec, status } of store.list('deployments')) {
    const labels = { namespace: metadata.namespace ?? '', deployment: metadata.name };
    text.gauge('kube_deployment_created', labels, Date.parse(metadata.creationTimestamp) / 1000);
    text.gauge('kube_deployment_spec_replicas', labels, spec.replicas);
    text.gauge('kube_deployment_status_replicas', labels, status.replicas ?? 0);
    text.gauge('kube_deployment_status_replicas_ready', labels, status.readyReplicas ?? 0);
    text.gauge('kube_deployment_status_replicas_available', labels, status.availableReplicas ?? 0);
    text.gauge('kube_deployment_status_replicas_unavailable', labels, status.unavailableReplicas ?? 0);
    text.gauge('kube_deployment_status_replicas_updated', labels, status.updatedReplicas ?? 0);
    text.gauge('kube_deployment_metadata_generation', labels, metadata.generation ?? 0);
    text.gauge('kube_deployment_status_observed_generation', labels, status.observedGeneration ?? 0);
    text.gauge('kube_deployment_spec_paused', labels, spec.paused === true ? 1 : 0);
    for (const condition of status.conditions ?? []) {
      for (const value of ['true', 'false', 'unknown']) {
        const isIt = condition.status.toLowerCase() === value;
        text.gauge(
          'kube_deployment_status_condition',
          { ...labels, condition: condition.type, status: value },
          isIt ? 1 : 0,
        );
      }
    }
  }
  replicaSetMetrics(text, store);
  statefulSetMetrics(text, store);
  policyMetrics(text, store);
}

function replicaSetMetrics(text: MetricText, store: ObjectStore): void {
  for (const set of store.list('replicasets')) {
    const labels = { namespace: set.metadata.namespace ?? '', replicaset: set.metadata.name };
    const owner = controllerOf(set);
    text.gauge(
      'kube_replicaset_owner',
      {
        ...labels,
        owner_kind: owner?.kind ?? '',
        owner_name: owner?.name ?? '',
        owner_is_controller: owner === undefined ? '' : 'true',
      },
      1,
    );
    text.gauge('kube_replicaset_spec_replicas', labels, set.spec.replicas);
    text.gauge('kube_replicaset_status_ready_replicas', labels, set.status.readyReplicas ?? 0);
    text.gauge('kube_replicaset_created', labels, Date.parse(set.metadata.creationTimestamp) / 1000);
  }
}

function statefulSetMetrics(text: MetricText, store: ObjectStore): void {
  for (const set of store.list('statefulsets')) {
    const labels = { namespace: set.metadata.namespace ?? '', statefulset: set.metadata.name };
    text.gauge('kube_statefulset_replicas', labels, set.spec.replicas);
    text.gauge('kube_statefulset_status_replicas', labels, Number(set.status['replicas'] ?? 0));
    text.gauge('kube_statefulset_status_replicas_ready', labels, Number(set.status['readyReplicas'] ?? 0));
  }
}

function policyMetrics(text: MetricText, store: ObjectStore): void {
  for (const { metadata, status } of store.list('poddisruptionbudgets')) {
    const labels = { namespace: metadata.namespace ?? '', poddisruptionbudget: metadata.name };
    text.gauge('kube_poddisruptionbudget_status_pod_disruptions_allowed', labels, status.disruptionsAllowed);
    text.gauge('kube_poddisruptionbudget_status_current_healthy', labels, status.currentHealthy);
    text.gauge('kube_poddisruptionbudget_status_desired_healthy', labels, status.desiredHealthy);
  }
  for (const { metadata, spec, status } of store.list('horizontalpodautoscalers')) {
    const labels = { namespace: metadata.namespace ?? '', horizontalpodautoscaler: metadata.name };
    text.gauge('kube_horizontalpodautoscaler_spec_max_replicas', labels, spec.maxReplicas);
    text.gauge('kube_horizontalpodautoscaler_spec_min_replicas', labels, spec.minReplicas);
    text.gauge(
      'kube_horizontalpodautoscaler_status_current_replicas',
      labels,
      Number(status['currentReplicas'] ?? 0),
    );
    text.gauge(
      'kube_horizontalpodautoscaler_status_desired_replicas',
      labels,
      Number(status['desiredReplicas'] ?? 0),
    );
  }
  for (const { metadata, status } of store.list('resourcequotas')) {
    for (const [type, amounts] of [
      ['hard', status.hard],
      ['used', status.used],
    ] as const) {
      for (const [resource, amount] of Object.entries(amounts ?? {})) {
        text.gauge(
          'kube_resourcequota',
          { namespace: metadata.namespace ?? '', resourcequota: metadata.name, resource, type },
          quantity(amount),
        );
      }
    }
  }
}

/** Pods and their containers. */
export function podMetrics(text: MetricText, store: ObjectStore): void {
  for (const pod of store.list('pods')) {
    const labels = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, uid: pod.metadata.uid };
    const owner = controllerOf(pod);
    text.gauge(
      'kube_pod_info',
      {
        ...labels,
        host_ip: pod.status.hostIP ?? '',
        pod_ip: pod.status.podIP ?? '',
        node: pod.spec.nodeName ?? '',
        created_by_kind: owner?.kind ?? '',
        created_by_name: owner?.name ?? '',
        priority_class: '',
        host_network: String(pod.spec.hostNetwork === true),
      },
      1,
    );
    text.gauge(
      'kube_pod_owner',
      {
        ...labels,
        owner_kind: owner?.kind ?? '',
        owner_name: owner?.name ?? '',
        owner_is_controller: owner === undefined ? '' : 'true',
      },
      1,
    );
    text.gauge('kube_pod_created', labels, Date.parse(pod.metadata.creationTimestamp) / 1000);
    for (const phase of ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']) {
      text.gauge('kube_pod_status_phase', { ...labels, phase }, pod.status.phase === phase ? 1 : 0);
    }
    readiness(text, pod, labels);
    for (const container of pod.spec.containers) containerMetrics(text, pod, container, labels);
  }
}

type PodLabels = { namespace: string; pod: string; uid: string };

function readiness(text: MetricText, pod: Pod, labels: PodLabels): void {
  for (const [type, name] of [
    ['Ready', 'kube_pod_status_ready'],
    ['PodScheduled', 'kube_pod_status_scheduled'],
  ] as const) {
    const status = pod.status.conditions?.find((condition) => condition.type === type)?.status.toLowerCase();
    if (status === undefined) continue;
    for (const condition of ['true', 'false', 'unknown'])
      text.gauge(name, { ...labels, condition }, status === condition ? 1 : 0);
  }
}

function containerMetrics(text: MetricText, pod: Pod, container: Container, pods: PodLabels): void {
  const labels = { ...pods, container: container.name };
  const { limits = {}, requests = {} } = container.resources ?? {};
  const node = pod.spec.nodeName ?? '';
  for (const [name, amounts] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [resource, amount] of Object.entries(amounts)) {
      const unit = resource === 'cpu' ? 'core' : 'byte';
      text.gauge(
        `kube_pod_container_resource_${name}`,
        { ...labels, node, resource, unit },
        quantity(amount),
      );
    }
  }
  const status = pod.status.containerStatuses?.find((candidate) => candidate.name === container.name);
  if (status !== undefined) statusMetrics(text, status, labels);
}

function statusMetrics(
  text: MetricText,
  status: ContainerStatus,
  labels: PodLabels & { container: string },
): void {
  text.gauge(
    'kube_pod_container_info',
    { ...labels, image: status.image, image_id: status.imageID, container_id: status.containerID ?? '' },
    1,
  );
  text.gauge('kube_pod_container_status_ready', labels, status.ready ? 1 : 0);
  text.gauge('kube_pod_container_status_running', labels, status.state.running === undefined ? 0 : 1);
  text.gauge('kube_pod_container_status_waiting', labels, status.state.waiting === undefined ? 0 : 1);
  text.gauge('kube_pod_container_status_terminated', labels, status.state.terminated === undefined ? 0 : 1);
  text.counter('kube_pod_container_status_restarts_total', labels, status.restartCount);
  if (status.state.waiting !== undefined) {
    text.gauge(
      'kube_pod_container_status_waiting_reason',
      { ...labels, reason: status.state.waiting.reason },
      1,
    );
  }
  const last = status.lastState.terminated;
  if (last === undefined) return;
  // This gauge stays at 1 for as long as the pod lives: an OOM of last week looks like one of now.
  text.gauge('kube_pod_container_status_last_terminated_reason', { ...labels, reason: last.reason }, 1);
  text.gauge('kube_pod_container_status_last_terminated_exitcode', labels, last.exitCode);
  text.gauge(
    'kube_pod_container_status_last_terminated_timestamp',
    labels,
    Date.parse(last.finishedAt) / 1000,
  );
}

/** Nodes and namespaces. */
export function nodeMetrics(text: MetricText, store: ObjectStore): void {
  for (const { metadata, spec, status } of store.list('nodes')) {
    const node = metadata.name;
    text.gauge('kube_node_info', { node, kubelet_version: textOf(status.nodeInfo?.['kubeletVersion']) }, 1);
    text.gauge('kube_node_spec_unschedulable', { node }, spec.unschedulable === true ? 1 : 0);
    for (const { key, value = '', effect } of spec.taints ?? [])
      text.gauge('kube_node_spec_taint', { node, key, value, effect }, 1);
    for (const condition of status.conditions) {
      for (const value of ['true', 'false', 'unknown']) {
        text.gauge(
          'kube_node_status_condition',
          { node, condition: condition.type, status: value },
          condition.status.toLowerCase() === value ? 1 : 0,
        );
      }
    }
    for (const [resource, amount] of Object.entries(status.allocatable)) {
      const unit = resource === 'cpu' ? 'core' : resource === 'pods' ? 'integer' : 'byte';
      text.gauge('kube_node_status_allocatable', { node, resource, unit }, quantity(amount));
    }
  }
  for (const namespace of store.list('namespaces')) {
    const labels = { namespace: namespace.metadata.name };
    const isGoing = namespace.metadata.deletionTimestamp !== undefined;
    text.gauge('kube_namespace_created', labels, Date.parse(namespace.metadata.creationTimestamp) / 1000);
    text.gauge('kube_namespace_status_phase', { ...labels, phase: 'Active' }, isGoing ? 0 : 1);
    text.gauge('kube_namespace_status_phase', { ...labels, phase: 'Terminating' }, isGoing ? 1 : 0);
  }
}
