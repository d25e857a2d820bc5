import type { JoinedAlert, Labels } from '../domain/alert.ts';
import type { Incident } from '../domain/incident.ts';
import type { Playbook } from '../domain/playbook.ts';
import { isNamespaceName, isObjectName, type TargetRef } from '../domain/target.ts';
import { OpsError } from '../ports/ops-error.ts';
import type { Flow } from './flow.ts';

export type Resolved =
  | { readonly kind: 'target'; readonly ref: TargetRef; readonly through: readonly string[] }
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'cannot-tell'; readonly why: string };

/**
 * A label as the thing itself wore it: where an exporter scraped it, Prometheus moved it to `exported_<name>` and put
 * the exporter's own in its place (facts-k8s 4.0).
 */
function labelOf(labels: Labels, name: string): string | undefined {
  const exported = labels[`exported_${name}`];
  if (exported !== undefined && exported !== '') return exported;
  const own = labels[name];
  return own === undefined || own === '' ? undefined : own;
}

/** kube-state-metrics stamps its own pod on what it tells of others, unless labels are honoured. */
function isExportersOwn(labels: Labels, pod: string): boolean {
  return (
    labels['exported_pod'] === undefined &&
    /kube-state-metrics/.test(labels['job'] ?? '') &&
    pod.includes('kube-state-metrics')
  );
}

async function fromPod(flow: Flow, namespace: string, pod: string, kind: string): Promise<Resolved> {
  const found = await flow.cluster.ownerOf(namespace, pod, flow.signal);
  if (found.kind === 'none') return { kind: 'none', why: found.why };
  if (found.ref.kind !== kind)
    return {
      kind: 'none',
      why: `pod ${pod} belongs to ${found.ref.kind} ${found.ref.name}, the playbook is for a ${kind}`,
    };
  return { kind: 'target', ref: found.ref, through: found.through };
}

async function fromAlert(flow: Flow, alert: JoinedAlert, playbook: Playbook): Promise<Resolved> {
  const namespace = labelOf(alert.labels, 'namespace');
  if (namespace === undefined || !isNamespaceName(namespace))
    return { kind: 'none', why: 'the alert names no valid namespace' };
  let last = `the alert has none of the labels ${playbook.target.from.join(', ')}`;
  for (const label of playbook.target.from) {
    const value = labelOf(alert.labels, label);
    if (
      value === undefined ||
      !isObjectName(value) ||
      (label === 'pod' && isExportersOwn(alert.labels, value))
    )
      continue;
    const { kind } = playbook.target;
    if (label !== 'pod') return { kind: 'target', ref: { kind, namespace, name: value }, through: [] };
    const found = await fromPod(flow, namespace, value, kind);
    if (found.kind === 'target') return found;
    last = found.why;
  }
  return { kind: 'none', why: last };
}

/** Exactly one object, or none: the first alert of the incident that the playbook is for names it. */
export async function resolveTarget(flow: Flow, incident: Incident, playbook: Playbook): Promise<Resolved> {
  if (incident.target !== undefined)
    return { kind: 'target', ref: incident.target, through: incident.targetThrough ?? [] };
  try {
    let last: Resolved = { kind: 'none', why: 'no alert names a target' };
    for (const alert of incident.alerts) {
      last = await fromAlert(flow, alert, playbook);
      if (last.kind === 'target') return last;
    }
    return last;
  } catch (error) {
    if (error instanceof OpsError) return { kind: 'cannot-tell', why: error.message };
    throw error;
  }
}
