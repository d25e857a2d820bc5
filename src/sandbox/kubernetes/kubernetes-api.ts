/** The Kubernetes API as a synchronous state machine: a request in, an answer out. HTTP is a thin layer around it. */

import type { Clock } from '../../ports/clock.ts';
import { Access } from './access.ts';
import type { ApiUser } from './access.ts';
import { Admission } from './admission.ts';
import { ContainerLogs } from './container-logs.ts';
import { discover } from './discovery.ts';
import { Ledger } from './ledger.ts';
import { Listing } from './listing.ts';
import { ObjectStore } from './object-store.ts';
import { ObjectWrites } from './object-writes.ts';
import { isFields, textOf } from './objects.ts';
import { Random } from './random.ts';
import { parseTarget, verbOf } from './request-path.ts';
import type { Target } from './request-path.ts';
import { answerTarget } from './request-verbs.ts';
import { isDryRun, isWatch, managerOf, queryOf } from './request.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { Resources } from './resources.ts';
import { StatusError } from './status-error.ts';
import { startWatch } from './watching.ts';
import type { Watch, WatchSink } from './watching.ts';

export interface KubernetesOptions {
  clock: Clock;
  users: readonly ApiUser[];
  /** Makes names and uids; the same seed makes the same ones. */
  seed?: number;
  /** Changes that watches may look back. */
  historyLength?: number;
}

export type WatchStart = { started: true; watch: Watch } | { started: false; response: ApiResponse };

const JSON_HEADERS = { 'content-type': 'application/json' };

/** The API server. All of its parts may be read by the sandbox; clients use `handle` and `watch`. */
export class KubernetesApi {
  readonly clock: Clock;
  readonly random: Random;
  readonly resources = new Resources();
  readonly store: ObjectStore;
  readonly admission: Admission;
  readonly writes: ObjectWrites;
  readonly listing: Listing;
  readonly access: Access;
  readonly logs = new ContainerLogs();
  readonly ledger = new Ledger();
  /** While true, open watches deliver nothing. */
  silentWatches = false;

  constructor({ clock, users, seed = 1, historyLength }: KubernetesOptions) {
    this.clock = clock;
    this.random = new Random(seed);
    this.store = new ObjectStore(historyLength);
    this.admission = new Admission(this.store);
    this.writes = new ObjectWrites({
      store: this.store,
      clock,
      random: this.random,
      admission: this.admission,
    });
    this.listing = new Listing(this.store);
    this.access = new Access(users);
  }

  /** Answers any request but a watch. Never throws for what a client sent. */
  handle(request: ApiRequest): ApiResponse {
    const isWrite = !['GET', 'HEAD'].includes(request.method);
    return isWrite ? this.#recorded(request) : this.#answer(request);
  }

  /** Starts a watch, or answers why not. Events come synchronously with the changes that cause them. */
  watch(request: ApiRequest, sink: WatchSink): WatchStart {
    try {
      const user = this.access.authenticate(request.headers?.['authorization']);
      const target = parseTarget(request.path, this.resources);
      if (target === undefined) return { started: false, response: this.#answer(request) };
      this.access.authorize(user, { ...target, verb: 'watch' }, target.type);
      const parts = { store: this.store, clock: this.clock, isSilent: () => this.silentWatches };
      return { started: true, watch: startWatch(parts, target, queryOf(request), sink) };
    } catch (error) {
      return { started: false, response: refusal(error) };
    }
  }

  #answer(request: ApiRequest): ApiResponse {
    try {
      const user = this.access.authenticate(request.headers?.['authorization']);
      const target = parseTarget(request.path, this.resources);
      if (target === undefined) return discovered(discover(request.path, this.resources));
      const verb = verbOf(request.method, target, isWatch(request));
      this.access.authorize(user, { ...target, verb }, target.type);
      return answerTarget(this, { request, target, verb, user });
    } catch (error) {
      return refusal(error);
    }
  }

  #recorded(request: ApiRequest): ApiResponse {
    const target = quietly(() => parseTarget(request.path, this.resources));
    const before = this.#versionOf(target);
    const atMs = this.clock.now();
    const response = this.#answer(request);
    const body = isFields(response.body) ? response.body : {};
    const created = isFields(body['metadata']) ? textOf(body['metadata']['name']) : '';
    const named = target?.name === '' ? { ...target, name: created } : target;
    this.ledger.record({
      ...this.#askedBy(request),
      atMs,
      verb: target === undefined ? request.method.toLowerCase() : verbOf(request.method, target, false),
      resource: target?.type.plural ?? '',
      subresource: target?.subresource ?? '',
      namespace: target?.namespace ?? '',
      name: named?.name ?? '',
      status: response.status,
      before,
      after: this.#versionOf(named),
      message: response.status < 300 ? '' : textOf(body['message']),
    });
    return response;
  }

  /** The part of a ledger entry that the request alone says. */
  #askedBy(request: ApiRequest) {
    return {
      user: quietly(() => this.access.authenticate(request.headers?.['authorization']).name) ?? '',
      method: request.method,
      path: request.path,
      fieldManager: quietly(() => managerOf(request)) ?? '',
      dryRun: quietly(() => isDryRun(request)) ?? false,
      body: request.body,
    };
  }

  #versionOf(target: Target | undefined): string {
    if (target === undefined || target.name === '') return '';
    return this.store.get(target.type.storage, target.namespace, target.name)?.metadata.resourceVersion ?? '';
  }
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function discovered(body: unknown): ApiResponse {
  return {
    status: 200,
    headers: typeof body === 'string' ? { 'content-type': 'text/plain' } : JSON_HEADERS,
    body,
  };
}

function refusal(error: unknown): ApiResponse {
  if (!(error instanceof StatusError)) throw error;
  const retryAfter = error.details?.retryAfterSeconds;
  const headers =
    retryAfter === undefined ? JSON_HEADERS : { ...JSON_HEADERS, 'retry-after': String(retryAfter) };
  return { status: error.code, headers, body: error.body() };
}
