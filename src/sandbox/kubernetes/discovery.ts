/** What the server says about itself: groups, versions, resources, health. */

import type { Fields } from './objects.ts';
import { unknownPath } from './request-path.ts';
import { apiVersionOf } from './resources.ts';
import type { ResourceType, Resources } from './resources.ts';
import { unknownToSandbox } from './status-error.ts';

/** The version that the sandbox reports. */
export const KUBERNETES_VERSION = { major: '1', minor: '32', gitVersion: 'v1.32.4' };

/** Answers a path that names no resource. Throws 404 for an unknown group, 501 for what the sandbox does not serve. */
export function discover(path: string, resources: Resources): unknown {
  if (path === '/version') return { ...KUBERNETES_VERSION, platform: 'linux/amd64', gitTreeState: 'clean' };
  if (/^\/(healthz|livez|readyz)$/.test(path)) return 'ok';
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(resources) };
  if (path === '/api/v1') return resourceList('', 'v1', resources);
  if (path.startsWith('/openapi/v3')) return openApi(path, resources);
  const [, group = '', version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (group === '') throw path.startsWith('/openapi') ? unknownToSandbox(path) : unknownPath();
  const found = groups(resources).find((candidate) => candidate['name'] === group);
  if (found === undefined || (version !== undefined && !resources.serves(group, version)))
    throw unknownPath();
  return version === undefined
    ? { kind: 'APIGroup', apiVersion: 'v1', ...found }
    : resourceList(group, version, resources);
}

function groups(resources: Resources): Fields[] {
  const names = new Set(
    resources
      .all()
      .map((type) => type.group)
      .filter((group) => group !== ''),
  );
  return [...names].map((name) => {
    const versions = [
      ...new Set(
        resources
          .all()
          .filter((type) => type.group === name)
          .map((type) => type.version),
      ),
    ];
    const served = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions: served, preferredVersion: served[0] };
  });
}

function resourceList(group: string, version: string, resources: Resources): Fields {
  const types = resources.all().filter((type) => type.group === group && type.version === version);
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: types.flatMap(entriesOf) };
}

/** What `kubectl get all` shows. */
const EVERYDAY = new Set([
  'pods',
  'services',
  'deployments',
  'replicasets',
  'statefulsets',
  'horizontalpodautoscalers',
]);

function entriesOf(type: ResourceType): Fields[] {
  const { plural, singular, kind, namespaced, verbs, shortNames } = type;
  const short = shortNames.length === 0 ? {} : { shortNames };
  const categories = EVERYDAY.has(plural) ? { categories: ['all'] } : {};
  const main = { name: plural, singularName: singular, namespaced, kind, verbs, ...short, ...categories };
  return [main, ...type.subresources.map((name) => subresourceEntry(type, name))];
}

const SUBRESOURCE_KINDS: Record<string, Fields> = {
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
  binding: { kind: 'Binding', verbs: ['create'] },
  log: { verbs: ['get'] },
  resize: { verbs: ['get', 'patch', 'update'] },
};

function subresourceEntry(type: ResourceType, subresource: string): Fields {
  const shared = {
    name: `${type.plural}/${subresource}`,
    singularName: '',
    namespaced: type.namespaced,
    kind: type.kind,
  };
  return { ...shared, verbs: ['get', 'patch', 'update'], ...SUBRESOURCE_KINDS[subresource] };
}

/**
 * As much of OpenAPI as kubectl asks for before it applies: which kinds can be patched, and that `fieldValidation` is a
 * parameter. There are no schemas; field validation is accepted and validates nothing.
 */
function openApi(path: string, resources: Resources): Fields {
  const versions = new Set(resources.all().map((type) => groupVersionPath(type)));
  const asked = path.replace(/^\/openapi\/v3\/?/, '');
  if (asked === '')
    return {
      paths: Object.fromEntries(
        [...versions].map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}` }]),
      ),
    };
  if (!versions.has(asked)) throw unknownPath();
  const types = resources.all().filter((type) => groupVersionPath(type) === asked);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: KUBERNETES_VERSION.gitVersion },
    paths: Object.fromEntries(types.map(patchPath)),
  };
}

function groupVersionPath(type: ResourceType): string {
  return `${type.group === '' ? 'api' : 'apis'}/${apiVersionOf(type)}`;
}

function patchPath(type: ResourceType): [string, Fields] {
  const { group, version, kind, namespaced, plural } = type;
  const patch = {
    parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
    responses: {},
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
  return [
    `/${groupVersionPath(type)}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}/{name}`,
    { patch },
  ];
}

/** `apps/v1, Kind=Deployment`, as messages name a type. */
export function readableType(type: ResourceType): string {
  return `${apiVersionOf(type)}, Kind=${type.kind}`;
}
