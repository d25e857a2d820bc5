/** Reads a request's path and method: which resource, which object, which verb. */

import type { ResourceType, Resources } from './resources.ts';
import { badRequest, StatusError, unknownToSandbox } from './status-error.ts';

export interface Target {
  type: ResourceType;
  /** '' for all namespaces, and for cluster-scoped resources. */
  namespace: string;
  /** '' for a collection. */
  name: string;
  subresource: string;
}

const CORE = /^\/api\/([^/]+)\/(.+)$/;
const GROUP = /^\/apis\/([^/]+)\/([^/]+)\/(.+)$/;

/** The target of a path, or undefined when the path names no resource. Throws 404 for an unknown group, 501 for an unknown resource. */
export function parseTarget(path: string, resources: Resources): Target | undefined {
  const place = groupOf(path);
  if (place === undefined) return undefined;
  const { group, version } = place;
  if (!resources.serves(group, version)) throw unknownPath();
  const steps = place.rest.split('/').map(decodeStep);
  const [namespace, plural = '', name = '', subresource = '', ...more] = isScoped(group, steps)
    ? steps.slice(1)
    : ['', ...steps];
  const type = resources.find(group, version, plural);
  if (type === undefined) {
    throw unknownToSandbox(`the resource ${plural}${group === '' ? '' : `.${group}`} of version ${version}`);
  }
  const isKnown = subresource === '' || type.subresources.includes(subresource);
  if (!isKnown || more.length > 0) {
    throw unknownToSandbox(`the subresource ${[plural, subresource, ...more].join('/')}`);
  }
  return { type, namespace: namespace ?? '', name, subresource };
}

function groupOf(path: string): { group: string; version: string; rest: string } | undefined {
  const [, coreVersion, coreRest] = CORE.exec(path) ?? [];
  if (coreVersion !== undefined && coreRest !== undefined)
    return { group: '', version: coreVersion, rest: coreRest };
  const [, group, version, rest] = GROUP.exec(path) ?? [];
  if (group === undefined || version === undefined || rest === undefined) return undefined;
  return { group, version, rest };
}

/** Whether the path goes into a namespace, and is not about the namespace itself. */
function isScoped(group: string, steps: readonly string[]): boolean {
  return steps[0] === 'namespaces' && steps.length > 2 && !(group === '' && isNamespaceSubresource(steps));
}

/** The 404 of a path that the API server does not have. */
export function unknownPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

function isNamespaceSubresource(steps: readonly string[]): boolean {
  return steps.length === 3 && (steps[2] === 'status' || steps[2] === 'finalize');
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    throw badRequest('the path is not properly encoded');
  }
}

/** The verb that authorization asks for (kubernetes.io "Authorization overview", Determine the request verb). */
export function verbOf(method: string, target: Target, isWatch: boolean): string {
  const isCollection = target.name === '';
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return isCollection ? 'deletecollection' : 'delete';
    case 'GET':
    case 'HEAD':
      return isWatch ? 'watch' : isCollection ? 'list' : 'get';
    default:
      throw new StatusError(
        405,
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
      );
  }
}
