import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../loopback-server.ts';
import { anchoredRegex } from '../prometheus/regex.ts';
import { isResolved, type Alert } from './alert.ts';
import type { AlertmanagerConfig } from './config.ts';
import type { Dispatcher } from './dispatcher.ts';
import { matchesAll, parseMatcher, type LabelMatcher } from './label-matcher.ts';
import type { MuteState } from './mute.ts';
import { parseJson, readAlerts, readSilence, Refusal } from './posted.ts';
import { silenceState, type Silence, type Silences } from './silences.ts';

/** What the HTTP API shows and changes. */
export interface ApiSources {
  readonly config: AlertmanagerConfig;
  readonly dispatcher: Dispatcher;
  readonly silences: Silences;
  readonly startedAtMs: number;
  readonly nowMs: () => number;
  /** Every alert that is kept, ended ones included. */
  readonly alerts: () => readonly Alert[];
  readonly muteState: (alert: Alert) => MuteState;
  readonly accept: (alerts: readonly Alert[]) => void;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Answers one request of the API v2 (alertmanager, api/v2/openapi.yaml). */
export async function answerApi(
  request: IncomingMessage,
  response: ServerResponse,
  sources: ApiSources,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://alertmanager');
  if (url.pathname === '/-/ready' || url.pathname === '/-/healthy')
    return void response.writeHead(200).end('OK');
  try {
    const answer = await answerPath(request, url, sources);
    if (answer === undefined) response.writeHead(200).end();
    else sendJson(response, 200, answer);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    sendJson(response, error.status, error.body);
  }
}

async function answerPath(request: IncomingMessage, url: URL, sources: ApiSources): Promise<unknown> {
  const call = `${request.method ?? 'GET'} ${url.pathname}`;
  switch (call) {
    case 'GET /api/v2/alerts':
      return getAlerts(url.searchParams, sources);
    case 'POST /api/v2/alerts':
      return postAlerts(await jsonBody(request), sources);
    case 'GET /api/v2/alerts/groups':
      return getGroups(url.searchParams, sources);
    case 'GET /api/v2/silences':
      return getSilences(url.searchParams, sources);
    case 'POST /api/v2/silences':
      return postSilence(await jsonBody(request), sources);
    case 'GET /api/v2/status':
      return getStatus(sources);
    case 'GET /api/v2/receivers':
      return sources.config.receivers.map(({ name }) => ({ name }));
    default:
      return answerSilence(request.method ?? 'GET', url.pathname, sources);
  }
}

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  const body = await readBody(request);
  if (!type.startsWith('application/json')) {
    const message = `unsupported media type ${JSON.stringify(type)}, only [application/json] are allowed`;
    throw new Refusal(415, { code: 415, message });
  }
  return parseJson(body);
}

function getAlerts(parameters: URLSearchParams, sources: ApiSources): object[] {
  const wanted = alertFilter(parameters, sources);
  const found = sources.alerts().filter((alert) => !isResolved(alert, sources.nowMs()) && wanted(alert));
  return found
    .toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
    .map((alert) => shownAlert(alert, sources));
}

function getGroups(parameters: URLSearchParams, sources: ApiSources): object[] {
  const wanted = alertFilter(parameters, sources);
  const nowMs = sources.nowMs();
  const groups = sources.dispatcher.groups().map((group) => ({
    alerts: group
      .alerts()
      .filter((alert) => !isResolved(alert, nowMs) && wanted(alert))
      .map((alert) => shownAlert(alert, sources)),
    labels: Object.fromEntries(group.labels),
    receiver: { name: group.route.receiver },
  }));
  return groups.filter((group) => group.alerts.length > 0);
}

/** The filter that the parameters of a listing ask for. Throws a `Refusal`. */
function alertFilter(parameters: URLSearchParams, sources: ApiSources): (alert: Alert) => boolean {
  const matchers = filterMatchers(parameters);
  const receiver = receiverPattern(parameters.get('receiver'));
  const shows = (name: string): boolean => booleanOf(parameters, name);
  const [active, silenced, inhibited] = [shows('active'), shows('silenced'), shows('inhibited')];
  return (alert) => {
    const { silencedBy, inhibitedBy } = sources.muteState(alert);
    if (silencedBy.length > 0 && !silenced) return false;
    if (inhibitedBy.length > 0 && !inhibited) return false;
    if (silencedBy.length === 0 && inhibitedBy.length === 0 && !active) return false;
    const routes = sources.dispatcher.routesOf(alert);
    return routes.some((route) => receiver.test(route.receiver)) && matchesAll(matchers, alert.labels);
  };
}

function filterMatchers(parameters: URLSearchParams): LabelMatcher[] {
  try {
    return parameters.getAll('filter').map(parseMatcher);
  } catch (error) {
    throw new Refusal(400, error instanceof Error ? error.message : String(error));
  }
}

function receiverPattern(text: string | null): RegExp {
  try {
    return anchoredRegex(text ?? '.*');
  } catch {
    throw new Refusal(400, `failed to parse receiver param: ${text ?? ''}`);
  }
}

function booleanOf(parameters: URLSearchParams, name: string): boolean {
  const text = parameters.get(name);
  if (text === null || text === '') return true;
  if (/^(?:true|1|yes|ok|y|on|selected|checked|t|enabled)$/i.test(text)) return true;
  return false;
}

function shownAlert(alert: Alert, sources: ApiSources): object {
  const { silencedBy, inhibitedBy } = sources.muteState(alert);
  const state = silencedBy.length > 0 || inhibitedBy.length > 0 ? 'suppressed' : 'active';
  return {
    annotations: Object.fromEntries(alert.annotations),
    endsAt: new Date(alert.endsAtMs).toISOString(),
    fingerprint: alert.fingerprint,
    receivers: sources.dispatcher.routesOf(alert).map((route) => ({ name: route.receiver })),
    startsAt: new Date(alert.startsAtMs).toISOString(),
    status: { inhibitedBy, silencedBy, state },
    updatedAt: new Date(alert.updatedAtMs).toISOString(),
    ...(alert.generatorURL !== '' && { generatorURL: alert.generatorURL }),
    labels: Object.fromEntries(alert.labels),
  };
}

function postAlerts(body: unknown, sources: ApiSources): undefined {
  const { alerts, complaints } = readAlerts(body, {
    nowMs: sources.nowMs(),
    resolveTimeoutMs: sources.config.resolveTimeoutMs,
  });
  sources.accept(alerts);
  if (complaints.length > 0) throw new Refusal(400, complaints.join('; '));
}

function getSilences(parameters: URLSearchParams, sources: ApiSources): object[] {
  const wanted = filterMatchers(parameters);
  const all = sources.silences
    .all()
    .filter((silence) => wanted.every((matcher) => concerns(silence, matcher)));
  const order = { active: 0, pending: 1, expired: 2 };
  const nowMs = sources.nowMs();
  const rank = (silence: Silence): number => order[silenceState(silence, nowMs)];
  return all
    .toSorted((a, b) => rank(a) - rank(b) || a.endsAtMs - b.endsAtMs)
    .map((silence) => shownSilence(silence, nowMs));
}

/** A silence is listed for a filter when one of its own plain matchers satisfies it. */
function concerns(silence: Silence, filter: LabelMatcher): boolean {
  return silence.matchers.some((one) => one.name === filter.name && filter.test(one.value));
}

function postSilence(body: unknown, sources: ApiSources): object {
  const outcome = sources.silences.set(readSilence(body), sources.nowMs());
  switch (outcome.kind) {
    case 'set':
      return { silenceID: outcome.id };
    case 'unknown':
      throw new Refusal(404, 'silence not found');
    case 'invalid':
      throw new Refusal(400, outcome.reason);
  }
}

function answerSilence(method: string, path: string, sources: ApiSources): unknown {
  const id = /^\/api\/v2\/silence\/([^/]+)$/.exec(path)?.[1];
  if (id === undefined) throw new Refusal(404, { code: 404, message: `path ${path} was not found` });
  if (!UUID.test(id))
    throw new Refusal(422, { code: 601, message: `silenceID in path must be of type uuid: "${id}"` });
  if (method === 'DELETE') {
    // 0.25 takes an unknown id for a failure of its own; later versions say 404.
    if (!sources.silences.expire(id, sources.nowMs())) throw new Refusal(500, 'silence not found');
    return undefined;
  }
  if (method !== 'GET') throw new Refusal(405, { code: 405, message: `method ${method} is not allowed` });
  const silence = sources.silences.get(id);
  if (silence === undefined) throw new Refusal(404, 'silence not found');
  return shownSilence(silence, sources.nowMs());
}

function shownSilence(silence: Silence, nowMs: number): object {
  return {
    id: silence.id,
    status: { state: silenceState(silence, nowMs) },
    updatedAt: new Date(silence.updatedAtMs).toISOString(),
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: new Date(silence.endsAtMs).toISOString(),
    matchers: silence.matchers.map(({ name, value, isRegex, isEqual }) => ({
      isEqual,
      isRegex,
      name,
      value,
    })),
    startsAt: new Date(silence.startsAtMs).toISOString(),
  };
}

function getStatus({ config, startedAtMs }: ApiSources): object {
  const versionInfo = {
    branch: '',
    buildDate: '',
    buildUser: '',
    goVersion: '',
    revision: 'stand-in',
    version: '0.25.0',
  };
  return {
    cluster: { peers: [], status: 'disabled' },
    config: { original: config.original },
    uptime: new Date(startedAtMs).toISOString(),
    versionInfo,
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
