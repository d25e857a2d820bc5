import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Labels } from './alert.ts';
import { TARGET_KINDS_OF_ALERTS, type AlertTargetKind } from './catalogue.ts';
import { targetFromLabels } from './target-labels.ts';

/** kube-state-metrics' own labels, as kube-prometheus-stack adds them beside the object's. */
const KSM: Labels = {
  pod: 'monitoring-kube-state-metrics-6c8',
  container: 'kube-state-metrics',
  service: 'monitoring-kube-state-metrics',
  instance: '10.42.0.9:8080',
  endpoint: 'http',
  job: 'kube-state-metrics',
};

interface Case {
  readonly behaviour: string;
  readonly labels: Labels;
  readonly kind: AlertTargetKind;
  readonly metrics?: readonly string[];
  readonly reads: string;
}

const cases: readonly Case[] = [
  {
    behaviour: 'a deployment is named by its own label, not by the pod of kube-state-metrics',
    labels: { ...KSM, namespace: 'shop', deployment: 'checkout' },
    kind: 'Deployment',
    metrics: ['kube_deployment_status_replicas_available'],
    reads: 'named object namespace deployment',
  },
  {
    behaviour:
      'without its own label it is looked up, though kube-state-metrics names a pod, a service and a job',
    labels: { ...KSM, namespace: 'shop' },
    kind: 'Deployment',
    metrics: ['kube_deployment_status_replicas_available'],
    reads: 'look-up namespace',
  },
  {
    behaviour: 'with labels that are not honoured the exported ones name the pod',
    labels: { ...KSM, namespace: 'monitoring', exported_namespace: 'shop', exported_pod: 'checkout-1' },
    kind: 'Pod',
    metrics: ['kube_pod_status_ready'],
    reads: 'named pod exported_namespace exported_pod',
  },
  {
    behaviour: 'with honoured labels the pod of a kube_pod metric is the pod that it tells of',
    labels: { ...KSM, pod: 'checkout-1', namespace: 'shop' },
    kind: 'Pod',
    metrics: ['kube_pod_status_ready'],
    reads: 'named pod namespace pod',
  },
  {
    behaviour: "kube-state-metrics' own pod is never what a kube_pod metric tells of",
    labels: { ...KSM, namespace: 'shop' },
    kind: 'Pod',
    metrics: ['kube_pod_status_ready'],
    reads: 'look-up namespace',
  },
  {
    behaviour: 'a query that is not known is judged by the labels alone',
    labels: { ...KSM, namespace: 'shop' },
    kind: 'Deployment',
    metrics: [],
    reads: 'look-up namespace',
  },
  {
    behaviour: 'an alert about the exporter itself may name the exporter',
    labels: { ...KSM, namespace: 'monitoring' },
    kind: 'Other',
    reads: 'named pod namespace pod',
  },
  {
    behaviour: 'the scrape job is not the Kubernetes Job',
    labels: { ...KSM, namespace: 'shop', job_name: 'nightly-1' },
    kind: 'Job',
    metrics: ['kube_job_failed'],
    reads: 'named object namespace job_name',
  },
  {
    behaviour: 'cert-manager wears its own namespace, the certificate the exported one',
    labels: {
      namespace: 'cert-manager',
      exported_namespace: 'shop',
      name: 'shop-tls',
      pod: 'cert-manager-1',
    },
    kind: 'Certificate',
    metrics: ['certmanager_certificate_expiration_timestamp_seconds'],
    reads: 'named object exported_namespace name',
  },
  {
    behaviour: 'a node goes by its name',
    labels: { ...KSM, node: 'worker-2' },
    kind: 'Node',
    metrics: ['kube_node_status_condition'],
    reads: 'named node node',
  },
  {
    behaviour: 'a node exporter names its node by its address',
    labels: { instance: '10.0.0.2:9100', job: 'node', pod: 'node-exporter-1', namespace: 'monitoring' },
    kind: 'Node',
    metrics: ['node_filesystem_avail_bytes'],
    reads: 'named instance instance',
  },
  {
    behaviour: 'a volume claim is named with its namespace',
    labels: { namespace: 'shop', persistentvolumeclaim: 'data-0', node: 'worker-2', job: 'kubelet' },
    kind: 'PersistentVolumeClaim',
    metrics: ['kubelet_volume_stats_available_bytes'],
    reads: 'named object namespace persistentvolumeclaim',
  },
  {
    behaviour: 'a pod without its namespace may be several',
    labels: { pod: 'checkout-1' },
    kind: 'Pod',
    metrics: [],
    reads: 'look-up pod',
  },
  {
    behaviour: 'a label `app` is nothing that names a workload',
    labels: { namespace: 'shop', app: 'checkout' },
    kind: 'Deployment',
    metrics: ['http_requests_total'],
    reads: 'look-up namespace',
  },
  {
    behaviour: 'an alert without labels names nothing',
    labels: { alertname: 'Absent', severity: 'critical' },
    kind: 'Other',
    metrics: ['up'],
    reads: 'none',
  },
  {
    behaviour: 'an empty label is an absent one',
    labels: { namespace: '', pod: '' },
    kind: 'Pod',
    metrics: [],
    reads: 'none',
  },
];

describe('labels that name a target', () => {
  for (const { behaviour, labels, kind, metrics, reads } of cases)
    test(behaviour, () => {
      const found = targetFromLabels(labels, kind, metrics);
      const named = found.kind === 'named' ? [found.by] : [];
      const names = found.kind === 'none' ? [] : [found.labels.namespace, found.labels.name];
      assert.equal([found.kind, ...named, ...names].filter((one) => one !== undefined).join(' '), reads);
      assert.equal(found.of, kind);
    });

  test('only labels that the alert has are ever named', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.oneof(
            fc.string(),
            fc.constantFrom('namespace', 'pod', 'node', 'deployment', 'exported_pod', 'name'),
          ),
          fc.string({ unit: 'binary' }),
        ),
        fc.constantFrom(...TARGET_KINDS_OF_ALERTS),
        (labels, kind) => {
          const found = targetFromLabels(labels, kind, []);
          if (found.kind === 'none') return;
          for (const label of Object.values(found.labels)) assert.notEqual(labels[label] ?? '', '');
        },
      ),
    );
  });
});
