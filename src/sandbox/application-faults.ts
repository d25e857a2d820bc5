/** Faults of one application: load, leaks, crashes, errors, slowness. The target is `namespace/workload`. */

import { weightOf } from './exporter/application.ts';
import type { Application } from './exporter/application.ts';
import type { Fault, FaultOptions, FaultStage } from './faults.ts';
import type { Crash } from './kubernetes/container-behaviour.ts';
import type { Deployment, KubeObject, Pod } from './kubernetes/objects.ts';
import { quantity } from './kubernetes/quantity.ts';
import { timestamp } from './kubernetes/time.ts';

const PIPELINE = { user: 'deploy-pipeline', manager: 'deploy-pipeline' };
const MEBIBYTE = 1024 * 1024;

interface Patient {
  application: Application;
  deployment: Deployment;
}

function patientOf({ api, applications }: FaultStage, target: string): Patient {
  const [namespace = '', name = ''] = target.split('/');
  const application = applications.get(namespace, name);
  const deployment = api.store.get('deployments', namespace, name);
  if (application !== undefined && deployment !== undefined) return { application, deployment };
  const known = api.store.list('deployments').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  throw new Error(`no workload "${target}"; there are: ${known.join(', ')}`);
}

function numberOf(options: FaultOptions, name: string, standard: number): number {
  const value = Number(options[name] ?? standard);
  if (!Number.isFinite(value)) throw new Error(`option ${name} is a number`);
  return value;
}

function memoryLimit({ deployment }: Patient): number {
  return quantity(deployment.spec.template.spec.containers[0]?.resources?.limits?.['memory']);
}

/** The share of the traffic that the fullest pod gets now. */
function fullestShare({ applications }: FaultStage, { application, deployment }: Patient): number {
  const weights = applications.serving(application).map(weightOf);
  if (weights.length === 0) return 1 / Math.max(1, deployment.spec.replicas);
  return Math.max(...weights) / weights.reduce((sum, weight) => sum + weight, 0);
}

/** Growth of traffic with which the fullest of the present pods reaches this share of its memory limit. */
function growthTo(stage: FaultStage, patient: Patient, share: number): number {
  const { profile } = patient.application;
  if (profile.requestsPerSecond === 0 || profile.memoryPerRequestBytes === 0)
    throw new Error('this workload serves no requests');
  const wanted = memoryLimit(patient) * share - profile.baseMemoryBytes;
  return wanted / (profile.memoryPerRequestBytes * profile.requestsPerSecond * fullestShare(stage, patient));
}

/** Rolls out a version, as a deployment pipeline would. */
function rollOut({ api }: FaultStage, { metadata, spec }: Deployment, version: string): string {
  const [container] = spec.template.spec.containers;
  const image = `${container?.image.split(':')[0] ?? metadata.name}:${version}`;
  api.writes.update(
    api.resources.named('deployments'),
    metadata.namespace ?? '',
    metadata.name,
    (live) => {
      const current = (live as Deployment).spec;
      const containers = current.template.spec.containers.map((item, index) =>
        index === 0 ? { ...item, image } : item,
      );
      const template = { ...current.template, spec: { ...current.template.spec, containers } };
      return { object: { ...live, spec: { ...current, template } } };
    },
    PIPELINE,
  );
  return image;
}

/** A version that has not been used here, one after the running one. */
function nextVersion({ clock }: FaultStage, { spec }: Deployment): string {
  const current = spec.template.spec.containers[0]?.image.split(':')[1]?.split('-')[0] ?? '1.0.0';
  const [major = '1', minor = '0', patch = '0'] = current.split('.');
  return `${major}.${minor}.${Number(patch) + 1}-${(clock.now() % 46_656).toString(36)}`;
}

const runs =
  (image: string) =>
  (pod: Pod): boolean =>
    pod.spec.containers[0]?.image === image;

const crashAfter = (lines: readonly string[], afterMs = 400): Crash => ({ afterMs, exitCode: 1, lines });

function crashAfterRollout(stage: FaultStage, patient: Patient): () => void {
  const image = rollOut(stage, patient.deployment, nextVersion(stage, patient.deployment));
  const crash = crashAfter([
    'TypeError: Cannot read properties of undefined (reading "rates")',
    '    at start (/app/main.js:41:17)',
  ]);
  return stage.applications.afflict(patient.application, { crash, concerns: runs(image) });
}

/** The Secret is refreshed with a new credential; processes that hold the old one are refused by what they talk to. */
function crashOnStaleSecret(stage: FaultStage, patient: Patient): () => void {
  const { api, clock, applications } = stage;
  const secretName = patient.deployment.spec.template.spec.volumes?.find(
    (volume) => volume.secret !== undefined,
  )?.secret?.secretName;
  const { namespace = '' } = patient.deployment.metadata;
  if (secretName === undefined) throw new Error('this workload mounts no Secret');
  const actor = { user: 'external-secrets', manager: 'external-secrets' };
  const data = { token: Buffer.from(`rotated ${clock.now()}`).toString('base64') };
  api.writes.update(
    api.resources.named('secrets'),
    namespace,
    secretName,
    (live) => ({ object: { ...live, data } }),
    actor,
  );
  refreshExternalSecret(stage, namespace, secretName);
  const stale = new Set(applications.serving(patient.application).map((pod) => pod.metadata.uid));
  const crash = crashAfter([
    'Error: 535 authentication failed: the credential in /etc/credentials was rotated',
  ]);
  return applications.afflict(patient.application, { crash, concerns: (pod) => stale.has(pod.metadata.uid) });
}

function refreshExternalSecret({ api, clock }: FaultStage, namespace: string, name: string): void {
  const type = api.resources.named('externalsecrets');
  if (api.store.get(type.storage, namespace, name) === undefined) return;
  const change = (live: KubeObject) => ({
    object: { ...live, status: { ...(live['status'] as object), refreshTime: timestamp(clock.now()) } },
  });
  api.writes.update(type, namespace, name, change, {
    user: 'external-secrets',
    manager: 'external-secrets',
    subresource: 'status',
  });
}

/** Pods on one node crash, and the node refuses new ones: anywhere else they would run. */
function crashOnBadNode(stage: FaultStage, patient: Patient, options: FaultOptions): () => void {
  const { api, applications } = stage;
  const [first] = applications.serving(patient.application);
  const name = String(options['node'] ?? first?.spec.nodeName ?? '');
  const node = api.store.get('nodes', '', name);
  if (node === undefined) throw new Error(`no node "${name}"`);
  const key = 'node.kubernetes.io/disk-pressure';
  const actor = { user: 'system:node', manager: 'kubelet' };
  const setTaint = (isTainted: boolean): void => {
    const type = api.resources.named('nodes');
    api.writes.update(
      type,
      '',
      name,
      (live) => {
        const spec = live['spec'] as { taints?: { key: string }[] };
        const others = (spec.taints ?? []).filter((taint) => taint.key !== key);
        const taints = isTainted ? [...others, { key, effect: 'NoSchedule' }] : others;
        return { object: { ...live, spec: { ...spec, taints } } };
      },
      actor,
    );
  };
  setTaint(true);
  const crash = crashAfter(['Error: ENOSPC: no space left on device, write']);
  const heal = applications.afflict(patient.application, {
    crash,
    concerns: (pod) => pod.spec.nodeName === name,
  });
  return () => {
    heal();
    setTaint(false);
  };
}

function crashAlways({ applications }: FaultStage, { application }: Patient): () => void {
  return applications.afflict(application, { crash: crashAfter(['Error: SMTP_PASSWORD is not set']) });
}

function breakIntoCrashLoop(stage: FaultStage, target: string, options: FaultOptions): () => void {
  const patient = patientOf(stage, target);
  const cause = String(options['cause'] ?? 'unfixable');
  switch (cause) {
    case 'after-rollout':
      return crashAfterRollout(stage, patient);
    case 'stale-secret':
      return crashOnStaleSecret(stage, patient);
    case 'bad-node':
      return crashOnBadNode(stage, patient, options);
    case 'unfixable':
      return crashAlways(stage, patient);
    default:
      throw new Error(`no cause "${cause}"; there are: after-rollout, stale-secret, bad-node, unfixable`);
  }
}

/** Every fault of an application. */
export const APPLICATION_FAULTS: readonly Fault[] = [
  {
    name: 'memory-pressure',
    title: 'Traffic grows until memory is short; more pods help',
    target: 'workload',
    options: { share: 'of its limit that the fullest pod reaches, 0 to 1 (0.93)' },
    breaks: (stage, target, options) => {
      const patient = patientOf(stage, target);
      return stage.applications.afflict(patient.application, {
        growth: growthTo(stage, patient, numberOf(options, 'share', 0.93)),
      });
    },
  },
  {
    name: 'memory-leak',
    title: 'Each process loses memory; more pods do not help for long',
    target: 'workload',
    options: { mebibytesPerMinute: 'that each pod leaks (64)' },
    breaks: (stage, target, options) => {
      const leakBytesPerSecond = (numberOf(options, 'mebibytesPerMinute', 64) * MEBIBYTE) / 60;
      return stage.applications.afflict(patientOf(stage, target).application, { leakBytesPerSecond });
    },
  },
  {
    name: 'oom',
    title: 'Each process needs more memory than its limit and is killed',
    target: 'workload',
    options: { share: 'of its limit that each pod needs (1.3)' },
    breaks: (stage, target, options) => {
      const patient = patientOf(stage, target);
      return stage.applications.afflict(patient.application, {
        extraMemoryBytes: memoryLimit(patient) * numberOf(options, 'share', 1.3),
      });
    },
  },
  {
    name: 'crash-loop',
    title: 'Processes end soon after they start',
    target: 'workload',
    options: {
      cause: 'after-rollout, stale-secret, bad-node or unfixable (unfixable)',
      node: 'the bad node (that of the first pod)',
    },
    breaks: breakIntoCrashLoop,
  },
  {
    name: 'error-burst',
    title: 'A rollout brings errors; rolling back ends them',
    target: 'workload',
    options: { ratio: 'of requests that fail on the new version, 0 to 1 (0.12)' },
    breaks: (stage, target, options) => {
      const patient = patientOf(stage, target);
      const image = rollOut(stage, patient.deployment, nextVersion(stage, patient.deployment));
      return stage.applications.afflict(patient.application, {
        errorRatio: numberOf(options, 'ratio', 0.12),
        concerns: runs(image),
      });
    },
  },
  {
    name: 'latency',
    title: 'Pods are saturated and answer late; more pods help',
    target: 'workload',
    options: { fill: 'of its capacity that each pod reaches (0.99)' },
    breaks: (stage, target, options) => {
      const patient = patientOf(stage, target);
      const { profile } = patient.application;
      const fill = (profile.requestsPerSecond * fullestShare(stage, patient)) / profile.capacityPerPod;
      return stage.applications.afflict(patient.application, {
        capacity: fill / numberOf(options, 'fill', 0.99),
      });
    },
  },
  {
    name: 'image-missing',
    title: 'A rollout names an image that the registry does not have',
    target: 'workload',
    options: {},
    breaks: (stage, target) => {
      const patient = patientOf(stage, target);
      const image = rollOut(stage, patient.deployment, nextVersion(stage, patient.deployment));
      const message = `Back-off pulling image "${image}": ErrImagePull: failed to resolve reference "${image}": not found`;
      return stage.applications.afflict(patient.application, {
        blocked: { reason: 'ImagePullBackOff', message },
        concerns: runs(image),
      });
    },
  },
];
