/** A request to the API server and its answer, without HTTP. */

import { isFields } from './objects.ts';
import type { Fields } from './objects.ts';
import { badRequest } from './status-error.ts';

export interface ApiRequest {
  method: string;
  /** Without the query. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** Lower-case names. */
  headers?: Readonly<Record<string, string>>;
  /** Parsed JSON (or YAML, for apply). */
  body?: unknown;
}

export interface ApiResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** A JSON value, or text for logs. */
  body: unknown;
}

/** The query of a request; empty when it has none. */
export function queryOf(request: ApiRequest): Readonly<Record<string, string>> {
  return request.query ?? {};
}

/** True when the request asks for a watch. */
export function isWatch(request: ApiRequest): boolean {
  const { watch } = queryOf(request);
  return watch !== undefined && watch !== 'false' && watch !== '0';
}

/** The body as an object. Throws 400 otherwise. */
export function bodyOf(request: ApiRequest): Fields {
  if (!isFields(request.body))
    throw badRequest('the object provided is unrecognized: a JSON object is expected');
  return request.body;
}

const MOST_MANAGER_CHARACTERS = 128;

/**
 * The field manager: the query parameter, else the part of the User-Agent before the first slash
 * (apiserver pkg/endpoints/handlers/create.go, managerOrUserAgent).
 */
export function managerOf(request: ApiRequest): string {
  const named = queryOf(request)['fieldManager'];
  if (named !== undefined && named.length > MOST_MANAGER_CHARACTERS) {
    throw badRequest(`fieldManager: Invalid value: may not be more than ${MOST_MANAGER_CHARACTERS} bytes`);
  }
  if (named !== undefined && named !== '') return named;
  const agent = request.headers?.['user-agent'] ?? 'unknown';
  return (agent.split('/')[0] ?? agent).slice(0, MOST_MANAGER_CHARACTERS);
}

/** Whether the request is a dry run: `dryRun=All` in the query or in the options of its body. */
export function isDryRun(request: ApiRequest): boolean {
  const inBody =
    isFields(request.body) && request.body['kind'] === 'DeleteOptions' ? request.body['dryRun'] : undefined;
  const asked = queryOf(request)['dryRun'] ?? (Array.isArray(inBody) ? String(inBody[0] ?? '') : '');
  if (asked !== '' && asked !== 'All')
    throw badRequest(`dryRun: Unsupported value: "${asked}": supported values: "All"`);
  return asked === 'All';
}
