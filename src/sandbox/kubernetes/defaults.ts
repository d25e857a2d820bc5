/** The defaults that the API server writes into objects. Source: kubernetes defaults.go of core/v1, apps/v1 and autoscaling/v2. */

import { withoutNulls } from './json.ts';
import { isFields, textOf } from './objects.ts';
import type { Fields, KubeObject } from './objects.ts';

/** The object with the defaults of its kind filled in and without nulls; what is given stays. */
export function withDefaults(given: KubeObject): KubeObject {
  const object = withoutNulls(given);
  const rule = RULES[object.kind];
  return rule === undefined ? object : rule(object);
}

const RULES: Record<string, (object: KubeObject) => KubeObject> = {
  Deployment: (object) => withSpec(object, deploymentSpec),
  ReplicaSet: (object) => withSpec(object, (spec) => templated({ replicas: 1, ...spec })),
  StatefulSet: (object) => withSpec(object, statefulSetSpec),
  Pod: (object) => withSpec(object, (spec) => requestsFromLimits(podSpec(spec))),
  HorizontalPodAutoscaler: (object) => withSpec(object, (spec) => ({ minReplicas: 1, ...spec })),
  Namespace: (object) => withSpec(object, (spec) => ({ finalizers: ['kubernetes'], ...spec })),
  Service: (object) => withSpec(object, serviceSpec),
  Secret: (object) => ({ ...object, type: object['type'] ?? 'Opaque' }),
};

function withSpec(object: KubeObject, fill: (spec: Fields) => Fields): KubeObject {
  const spec = object['spec'];
  return { ...object, spec: fill(isFields(spec) ? spec : {}) };
}

function deploymentSpec(spec: Fields): Fields {
  const { strategy, ...rest } = spec;
  return templated({
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...rest,
    strategy: deploymentStrategy(isFields(strategy) ? strategy : {}),
  });
}

function deploymentStrategy(strategy: Fields): Fields {
  const { type = 'RollingUpdate', rollingUpdate } = strategy;
  if (type !== 'RollingUpdate') return { ...strategy, type };
  return {
    type,
    rollingUpdate: {
      maxSurge: '25%',
      maxUnavailable: '25%',
      ...(isFields(rollingUpdate) ? rollingUpdate : {}),
    },
  };
}

function statefulSetSpec(spec: Fields): Fields {
  return templated({
    replicas: 1,
    podManagementPolicy: 'OrderedReady',
    revisionHistoryLimit: 10,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    ...spec,
  });
}

function serviceSpec(spec: Fields): Fields {
  const ports = Array.isArray(spec['ports'])
    ? spec['ports'].map((port) => (isFields(port) ? servicePort(port) : port))
    : [];
  return { type: 'ClusterIP', sessionAffinity: 'None', ...spec, ports };
}

function servicePort(port: Fields): Fields {
  return { protocol: 'TCP', targetPort: port['port'], ...port };
}

function templated(spec: Fields): Fields {
  const template = spec['template'];
  if (!isFields(template)) return spec;
  const inner = template['spec'];
  return { ...spec, template: { ...template, spec: podSpec(isFields(inner) ? inner : {}) } };
}

function podSpec(spec: Fields): Fields {
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    ...spec,
    ...containersOf(spec, 'containers'),
    ...containersOf(spec, 'initContainers'),
  };
}

function containersOf(spec: Fields, field: string): Fields {
  const list = spec[field];
  return Array.isArray(list)
    ? { [field]: list.map((item) => (isFields(item) ? container(item) : item)) }
    : {};
}

function container(given: Fields): Fields {
  const image = textOf(given['image']);
  const moving = image.endsWith(':latest') || !/[:@][^/]+$/.test(image);
  const ports = given['ports'];
  return {
    resources: {},
    imagePullPolicy: moving ? 'Always' : 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...given,
    ...(Array.isArray(ports)
      ? { ports: ports.map((port) => (isFields(port) ? { protocol: 'TCP', ...port } : port)) }
      : {}),
  };
}

/** A pod (not a template) that only limits a resource also requests that much (core/v1 SetDefaults_Pod). */
function requestsFromLimits(spec: Fields): Fields {
  const containers = spec['containers'];
  if (!Array.isArray(containers)) return spec;
  const filled = containers.map((item: unknown) => {
    const resources = isFields(item) ? item['resources'] : undefined;
    if (!isFields(item) || !isFields(resources) || !isFields(resources['limits'])) return item;
    const requests = isFields(resources['requests']) ? resources['requests'] : {};
    return { ...item, resources: { ...resources, requests: { ...resources['limits'], ...requests } } };
  });
  return { ...spec, containers: filled };
}
