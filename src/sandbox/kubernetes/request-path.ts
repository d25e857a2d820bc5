import type { ResourceType, Resources } from './resources.ts';
/** Reads a request's path and method: which resource, which object, which verb. */
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
  const core = CORE.exec(path);
  const grouped = core === null ? GROUP.exec(path) : null;
  if (core === null && grouped === null) return undefined;
  const [group, version, rest] =
    core === null
      ? [grouped?.[1] ?? '', grouped?.[2] ?? '', grouped?.[3] ?? '']
      : ['', core[1] ?? '', core[2] ?? ''];
  if (!resources.serves(group, version)) throw unknownPath();
  const steps = rest.split('/').map(decodeStep);
  const scoped =
    steps[0] === 'namespaces' && steps.length > 2 && !(group === '' && isNamespaceSubresource(steps));
  const [namespace, plural = '', name = '', subresource = '', ...more] = scoped
    ? steps.slice(1)
    : ['', ...steps];
  const type = resources.find(group, version, plural);
  if (type === undefined)
    throw unknownToSandbox(`the resource ${plural}${group === '' ? '' : `.${group}`} of version ${version}`);
  if (more.length > 0 || (subresource !== '' && !type.subresources.includes(subresource))) {
    throw unknownToSandbox(`the subresource ${[plural, subresource, ...more].join('/')}`);
  }
  return { type, namespace: namespace ?? '', name, subresource };
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
