/** What each verb does to a resource, an object or one of its subresources. */

import type { ApiUser } from './access.ts';
import { readableType } from './discovery.ts';
import { evict } from './eviction.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { Actor, Change } from './object-writes.ts';
import { isFields } from './objects.ts';
import type { Draft, Fields, KubeObject } from './objects.ts';
import { jsonPatch, mergePatch, strategicMergePatch } from './patch.ts';
import type { Target } from './request-path.ts';
import { bodyOf, isDryRun, managerOf, queryOf } from './request.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { apiVersionOf } from './resources.ts';
import { toScale, fromScale } from './scale.ts';
import { applyConfiguration } from './server-side-apply.ts';
import { badRequest, invalid, notFound, StatusError, unknownToSandbox } from './status-error.ts';
import { tableOf, wantsTable } from './table.ts';
import { timestamp } from './time.ts';
import type { Removal } from './write-rules.ts';

/** A request that has passed authentication and authorization. */
export interface Call {
  request: ApiRequest;
  target: Target;
  verb: string;
  user: ApiUser;
}

const SUBRESOURCES_OF_POSTS = new Set(['', 'eviction']);

/** Carries out an authorized request. Throws `StatusError` for a refusal. */
export function answerTarget(api: KubernetesApi, call: Call): ApiResponse {
  const { target, verb } = call;
  if (target.type.plural === 'selfsubjectaccessreviews' && verb === 'create') return reviewAccess(api, call);
  if (!target.type.verbs.includes(verb)) throw unknownToSandbox(`${verb} of ${target.type.plural}`);
  switch (verb) {
    case 'get':
      return read(api, call);
    case 'list':
      return list(api, call);
    case 'create':
      return create(api, call);
    case 'update':
      return replace(api, call);
    case 'patch':
      return patch(api, call);
    case 'delete':
      return remove(api, call);
    case 'deletecollection':
      return removeAll(api, call);
    default:
      throw unknownToSandbox(`the verb ${verb}`);
  }
}

function ok(body: unknown, status = 200): ApiResponse {
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  return { status, headers: { 'content-type': type }, body };
}

function actorOf({ request, target, user }: Call): Actor {
  return {
    user: user.name,
    manager: managerOf(request),
    subresource: target.subresource,
    dryRun: isDryRun(request),
  };
}

function liveObject(api: KubernetesApi, { type, namespace, name }: Target): KubeObject {
  const live = api.store.get(type.storage, namespace, name);
  if (live === undefined) throw notFound(type, name);
  return live;
}

function wire({ type, subresource }: Target, object: KubeObject): KubeObject {
  if (subresource === 'scale') return toScale(object);
  return type.shape?.toWire(object) ?? object;
}

function read(api: KubernetesApi, { request, target }: Call): ApiResponse {
  const live = liveObject(api, target);
  if (target.subresource === 'log') {
    return ok(api.logs.read(live as Parameters<typeof api.logs.read>[0], queryOf(request), api.clock.now()));
  }
  const shown = wire(target, live);
  return ok(
    wantsTable(request) && target.subresource === ''
      ? tableOf(target.type, [live], live.metadata.resourceVersion, api.clock.now())
      : shown,
  );
}

function list(api: KubernetesApi, { request, target }: Call): ApiResponse {
  const found = api.listing.list(target, queryOf(request));
  if (!wantsTable(request)) return ok(found);
  return ok({
    ...tableOf(target.type, found.items, found.metadata.resourceVersion, api.clock.now()),
    metadata: found.metadata,
  });
}

function create(api: KubernetesApi, call: Call): ApiResponse {
  const { request, target } = call;
  if (!SUBRESOURCES_OF_POSTS.has(target.subresource))
    throw unknownToSandbox(`create of ${target.type.plural}/${target.subresource}`);
  if (target.subresource === 'eviction') return evictPod(api, call);
  const sent = objectOf(bodyOf(request), target, target.type.kind);
  const draft = target.type.shape?.fromWire(sent as KubeObject) ?? sent;
  return ok(wire(target, api.writes.create(target.type, draft, actorOf(call))), 201);
}

/** The sent object, checked against the path: kind, version and namespace. */
function objectOf(body: Fields, target: Target, kind: string): Draft {
  const { type, namespace } = target;
  const { apiVersion = apiVersionOf(type), kind: sentKind = kind, metadata } = body;
  if (sentKind !== kind || (kind === type.kind && apiVersion !== apiVersionOf(type))) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${type.kind}): got ${String(apiVersion)}, Kind=${String(sentKind)}, want ${readableType(type)}`,
    );
  }
  if (metadata !== undefined && !isFields(metadata)) throw badRequest('metadata is an object');
  const given = (metadata ?? {}) as Draft['metadata'];
  if (given.namespace !== undefined && given.namespace !== '' && given.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const home = namespace === '' ? {} : { namespace };
  return { ...body, apiVersion: String(apiVersion), kind, metadata: { ...given, ...home } };
}

function evictPod(api: KubernetesApi, call: Call): ApiResponse {
  const { target, request } = call;
  const body = bodyOf(request);
  const metadata = isFields(body['metadata']) ? body['metadata'] : {};
  if (metadata['name'] !== undefined && metadata['name'] !== target.name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const options = isFields(body['deleteOptions']) ? body['deleteOptions'] : {};
  const inOptions = Array.isArray(options['dryRun']) && options['dryRun'].includes('All');
  const actor = actorOf(call);
  evict(api, target.namespace, target.name, removalOf(options, {}), {
    ...actor,
    dryRun: actor.dryRun === true || inOptions,
  });
  return ok({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
}

function replace(api: KubernetesApi, call: Call): ApiResponse {
  const { request, target } = call;
  const { type, namespace, name, subresource } = target;
  if (subresource === 'log' || subresource === 'eviction')
    throw unknownToSandbox(`update of ${type.plural}/${subresource}`);
  const sent = objectOf(bodyOf(request), target, subresource === 'scale' ? 'Scale' : type.kind) as KubeObject;
  const change = (live: KubeObject): Change => changeFrom(target, live, sent);
  return ok(wire(target, api.writes.update(type, namespace, name, change, actorOf(call))));
}

/** What a sent or patched object, in the shape of the request, makes of the live one. */
function changeFrom({ type, subresource }: Target, live: KubeObject, sent: KubeObject): Change {
  if (subresource === 'scale') return fromScale(live, sent);
  if (subresource === 'resize') return resized(live, sent);
  return { object: type.shape?.fromWire(sent) ?? sent };
}

/** A resize changes the resources of containers and nothing else; its quality of service class stays. */
function resized(live: KubeObject, sent: KubeObject): Change {
  const before = live['spec'] as { containers: Fields[] };
  const after =
    isFields(sent['spec']) && Array.isArray(sent['spec']['containers'])
      ? (sent['spec']['containers'] as Fields[])
      : [];
  const containers = before.containers.map((container) => {
    const wanted = after.find((candidate) => candidate['name'] === container['name']);
    return wanted === undefined ? container : { ...container, resources: wanted['resources'] ?? {} };
  });
  return { object: { ...live, metadata: sent.metadata, spec: { ...before, containers } } };
}

const PATCH_TYPES = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';

function patch(api: KubernetesApi, call: Call): ApiResponse {
  const { request, target } = call;
  const { type, namespace, name, subresource } = target;
  if (subresource === 'log' || subresource === 'eviction')
    throw unknownToSandbox(`patch of ${type.plural}/${subresource}`);
  const language = (request.headers?.['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  if (language === 'application/apply-patch+yaml') return apply(api, call);
  const applyPatch = patchLanguage(language, type.custom);
  const change = (live: KubeObject): Change => {
    const shown = wire(target, live);
    const result = applyPatch(shown, request.body);
    if (!isFields(result) || !isFields(result['metadata']))
      throw badRequest('the patched object has no metadata');
    return changeFrom(target, live, result as KubeObject);
  };
  return ok(wire(target, api.writes.update(type, namespace, name, change, actorOf(call))));
}

function patchLanguage(language: string, isCustom: boolean): (target: unknown, patch: unknown) => unknown {
  if (language === 'application/merge-patch+json') return mergePatch;
  if (language === 'application/json-patch+json') return jsonPatch;
  if (language === 'application/strategic-merge-patch+json' && !isCustom) return strategicMergePatch;
  const types = isCustom ? PATCH_TYPES : `${PATCH_TYPES}, application/strategic-merge-patch+json`;
  const text = `the body of the request was in an unknown format - accepted media types include: ${types}`;
  throw new StatusError(415, 'UnsupportedMediaType', text);
}

function apply(api: KubernetesApi, call: Call): ApiResponse {
  const { request, target, user } = call;
  const { type, namespace, name, subresource } = target;
  const manager = queryOf(request)['fieldManager'] ?? '';
  if (manager === '')
    throw new StatusError(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  if (subresource !== '' && subresource !== 'status')
    throw unknownToSandbox(`apply to ${type.plural}/${subresource}`);
  const draft = objectOf(bodyOf(request), target, type.kind);
  if (draft.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  const wanted = { ...draft, metadata: { ...draft.metadata, name } } as KubeObject;
  const writer = { manager, operation: 'Apply' as const, subresource, time: timestamp(api.clock.now()) };
  const actor: Actor = { user: user.name, manager, subresource, dryRun: isDryRun(request) };
  if (api.store.get(type.storage, namespace, name) === undefined) {
    if (wanted.metadata.uid !== undefined)
      throw invalid(type, name, [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.uid',
          message: 'uid mismatch: the provided object specified a uid, and no existing object was found',
        },
      ]);
    const empty = { apiVersion: wanted.apiVersion, kind: wanted.kind, metadata: { name } } as KubeObject;
    const { managedFields } = applyConfiguration(empty, wanted, writer, true);
    return ok(api.writes.create(type, wanted, actor, managedFields), 201);
  }
  const change = (live: KubeObject): Change => {
    const { object, managedFields } = applyConfiguration(
      live,
      wanted,
      writer,
      queryOf(request)['force'] === 'true',
    );
    const { uid, resourceVersion } = { ...live.metadata, ...wanted.metadata };
    return { object: { ...object, metadata: { ...object.metadata, uid, resourceVersion } }, managedFields };
  };
  return ok(api.writes.update(type, namespace, name, change, actor));
}

/** Delete options from a body and the query; the query wins, as in the API server. */
function removalOf(body: Fields, query: Readonly<Record<string, string>>): Removal {
  const asked = isFields(body['preconditions']) ? body['preconditions'] : {};
  const { uid, resourceVersion } = asked;
  const grace = query['gracePeriodSeconds'] ?? body['gracePeriodSeconds'];
  const propagation = query['propagationPolicy'] ?? body['propagationPolicy'];
  return {
    preconditions: {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    },
    ...(grace === undefined || grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(typeof propagation === 'string' ? { propagationPolicy: propagation } : {}),
  };
}

function remove(api: KubernetesApi, call: Call): ApiResponse {
  const { request, target } = call;
  const { type, namespace, name, subresource } = target;
  if (subresource !== '') throw unknownToSandbox(`delete of ${type.plural}/${subresource}`);
  const options = isFields(request.body) ? request.body : {};
  const { object, gone } = api.writes.remove(
    type,
    namespace,
    name,
    removalOf(options, queryOf(request)),
    actorOf(call),
  );
  if (!gone || type.kind === 'Pod') return ok(wire(target, object));
  const details = {
    name,
    ...(type.group === '' ? {} : { group: type.group }),
    kind: type.plural,
    uid: object.metadata.uid,
  };
  return ok({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

function removeAll(api: KubernetesApi, call: Call): ApiResponse {
  const { request, target } = call;
  const found = api.listing.list(target, queryOf(request));
  const options = removalOf(isFields(request.body) ? request.body : {}, queryOf(request));
  for (const { metadata } of found.items) {
    api.writes.remove(target.type, metadata.namespace ?? '', metadata.name, options, actorOf(call));
  }
  return ok(found);
}

function reviewAccess(api: KubernetesApi, { request, user }: Call): ApiResponse {
  const body = bodyOf(request);
  const spec = isFields(body['spec']) ? body['spec'] : {};
  const asked = isFields(spec['resourceAttributes']) ? spec['resourceAttributes'] : undefined;
  if (asked === undefined) throw unknownToSandbox('access reviews of anything but resources');
  const text = (field: string): string => (typeof asked[field] === 'string' ? asked[field] : '');
  const type = { group: text('group'), plural: text('resource') };
  const allowed = api.access.allows(user, {
    verb: text('verb'),
    type,
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  });
  return ok({ ...body, metadata: { creationTimestamp: null }, status: { allowed } }, 201);
}
