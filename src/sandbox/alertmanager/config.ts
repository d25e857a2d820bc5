import { parse, stringify } from 'yaml';
import { parseDuration } from '../prometheus/duration.ts';
import { labelMatcher, parseMatchers, type LabelMatcher } from './label-matcher.ts';

/** A place in the routing tree, with everything inherited filled in. Durations in milliseconds. */
export interface Route {
  readonly receiver: string;
  /** Undefined groups by every label (`...`). */
  readonly groupBy: readonly string[] | undefined;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly matchers: readonly LabelMatcher[];
  readonly continue: boolean;
  readonly parent: Route | undefined;
  readonly routes: readonly Route[];
}

/** One webhook of a receiver. */
export interface WebhookConfig {
  readonly url: string;
  readonly sendResolved: boolean;
  /** 0 sends all. */
  readonly maxAlerts: number;
  readonly http: HttpConfig;
}

/** How a webhook is called. */
export interface HttpConfig {
  readonly authorization?: {
    readonly type: string;
    readonly credentials?: string;
    readonly credentialsFile?: string;
  };
  readonly basicAuth?: {
    readonly username: string;
    readonly password?: string;
    readonly passwordFile?: string;
  };
  readonly followRedirects: boolean;
}

export interface Receiver {
  readonly name: string;
  readonly webhooks: readonly WebhookConfig[];
}

/** Alerts that match `target` are muted while one that matches `source` fires with equal labels. */
export interface InhibitRule {
  readonly source: readonly LabelMatcher[];
  readonly target: readonly LabelMatcher[];
  readonly equal: readonly string[];
}

export interface AlertmanagerConfig {
  readonly original: string;
  readonly resolveTimeoutMs: number;
  readonly route: Route;
  readonly receivers: readonly Receiver[];
  readonly inhibitRules: readonly InhibitRule[];
}

interface RawRoute {
  readonly receiver?: string;
  readonly group_by?: readonly string[];
  readonly group_wait?: string | number;
  readonly group_interval?: string | number;
  readonly repeat_interval?: string | number;
  readonly matchers?: readonly string[];
  readonly match?: Readonly<Record<string, string>>;
  readonly match_re?: Readonly<Record<string, string>>;
  readonly continue?: boolean;
  readonly routes?: readonly RawRoute[];
}

interface RawWebhook {
  readonly url?: string;
  readonly send_resolved?: boolean;
  readonly max_alerts?: number;
  readonly http_config?: RawHttp;
}

interface RawHttp {
  readonly authorization?: {
    readonly type?: string;
    readonly credentials?: string;
    readonly credentials_file?: string;
  };
  readonly basic_auth?: {
    readonly username?: string;
    readonly password?: string;
    readonly password_file?: string;
  };
  readonly follow_redirects?: boolean;
}

interface RawInhibitRule {
  readonly source_matchers?: readonly string[];
  readonly source_match?: Readonly<Record<string, string>>;
  readonly source_match_re?: Readonly<Record<string, string>>;
  readonly target_matchers?: readonly string[];
  readonly target_match?: Readonly<Record<string, string>>;
  readonly target_match_re?: Readonly<Record<string, string>>;
  readonly equal?: readonly string[];
}

/** The configuration as it is written, for callers that build it as an object. */
export interface RawConfig {
  readonly global?: { readonly resolve_timeout?: string | number };
  readonly route?: RawRoute;
  readonly receivers?: readonly { readonly name: string; readonly webhook_configs?: readonly RawWebhook[] }[];
  readonly inhibit_rules?: readonly RawInhibitRule[];
}

/** Alertmanager's defaults (config.DefaultRouteOpts, DefaultGlobalConfig). */
const ROOT_DEFAULTS = { groupWaitMs: 30_000, groupIntervalMs: 300_000, repeatIntervalMs: 4 * 3_600_000 };
const RESOLVE_TIMEOUT = '5m';

/** Reads a configuration, YAML text or its content. Throws an `Error` for what Alertmanager would refuse. */
export function parseConfig(config: string | RawConfig): AlertmanagerConfig {
  const raw = typeof config === 'string' ? (parse(config) as RawConfig | null) : config;
  if (raw?.route?.receiver === undefined) throw new Error('root route must specify a default receiver');
  const receivers = (raw.receivers ?? []).map(({ name, webhook_configs }) => ({
    name,
    webhooks: (webhook_configs ?? []).map((webhook) => webhookOf(webhook, name)),
  }));
  const route = routeOf(raw.route, undefined);
  checkReceivers(route, new Set(receivers.map((receiver) => receiver.name)));
  return {
    original: typeof config === 'string' ? config : stringify(config),
    resolveTimeoutMs: duration(raw.global?.resolve_timeout ?? RESOLVE_TIMEOUT),
    route,
    receivers,
    inhibitRules: (raw.inhibit_rules ?? []).map(inhibitRuleOf),
  };
}

/** The name of a route in group keys: the matchers from the root down. */
export function routeKey(route: Route, format: (matchers: readonly LabelMatcher[]) => string): string {
  const own = format(route.matchers);
  return route.parent === undefined ? own : `${routeKey(route.parent, format)}/${own}`;
}

/** The routes an alert takes: the deepest that match, further siblings only after `continue`. */
export function routesFor(route: Route, matches: (matchers: readonly LabelMatcher[]) => boolean): Route[] {
  if (!matches(route.matchers)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const below = routesFor(child, matches);
    found.push(...below);
    if (below.length > 0 && !child.continue) break;
  }
  return found.length === 0 ? [route] : found;
}

function routeOf(raw: RawRoute, parent: Route | undefined): Route {
  const inherited = parent ?? { ...ROOT_DEFAULTS, receiver: '', groupBy: [] };
  const children: Route[] = [];
  const route: Route = {
    receiver: raw.receiver ?? inherited.receiver,
    // 0.25 takes an empty list for an absent one.
    groupBy: groupByOf(raw.group_by, inherited.groupBy),
    groupWaitMs: raw.group_wait === undefined ? inherited.groupWaitMs : duration(raw.group_wait),
    groupIntervalMs:
      raw.group_interval === undefined ? inherited.groupIntervalMs : duration(raw.group_interval),
    repeatIntervalMs:
      raw.repeat_interval === undefined ? inherited.repeatIntervalMs : duration(raw.repeat_interval),
    matchers: matchersOf(raw.matchers, raw.match, raw.match_re),
    continue: raw.continue ?? false,
    parent,
    routes: children,
  };
  if (route.groupIntervalMs <= 0) throw new Error('group_interval cannot be zero');
  if (route.repeatIntervalMs <= 0) throw new Error('repeat_interval cannot be zero');
  children.push(...(raw.routes ?? []).map((child) => routeOf(child, route)));
  return route;
}

function groupByOf(
  raw: readonly string[] | undefined,
  inherited: readonly string[] | undefined,
): readonly string[] | undefined {
  if (raw === undefined || raw.length === 0) return inherited;
  return raw.includes('...') ? undefined : raw;
}

function matchersOf(
  texts: readonly string[] | undefined,
  equal: Readonly<Record<string, string>> | undefined,
  regex: Readonly<Record<string, string>> | undefined,
): LabelMatcher[] {
  const legacy = (record: Readonly<Record<string, string>> | undefined, isRegex: boolean): LabelMatcher[] =>
    Object.entries(record ?? {}).map(([name, value]) =>
      labelMatcher({ name, value, isRegex, isEqual: true }),
    );
  return [...legacy(equal, false), ...legacy(regex, true), ...(texts ?? []).flatMap(parseMatchers)];
}

function webhookOf(raw: RawWebhook, receiver: string): WebhookConfig {
  if (raw.url === undefined) throw new Error(`missing URL in webhook config of receiver "${receiver}"`);
  return {
    url: raw.url,
    sendResolved: raw.send_resolved ?? true,
    maxAlerts: raw.max_alerts ?? 0,
    http: httpOf(raw.http_config ?? {}),
  };
}

function httpOf(raw: RawHttp): HttpConfig {
  const { authorization, basic_auth: basic } = raw;
  return {
    followRedirects: raw.follow_redirects ?? true,
    ...(authorization !== undefined && {
      authorization: {
        type: authorization.type ?? 'Bearer',
        ...(authorization.credentials !== undefined && { credentials: authorization.credentials }),
        ...(authorization.credentials_file !== undefined && {
          credentialsFile: authorization.credentials_file,
        }),
      },
    }),
    ...(basic !== undefined && {
      basicAuth: {
        username: basic.username ?? '',
        ...(basic.password !== undefined && { password: basic.password }),
        ...(basic.password_file !== undefined && { passwordFile: basic.password_file }),
      },
    }),
  };
}

function inhibitRuleOf(raw: RawInhibitRule): InhibitRule {
  return {
    source: matchersOf(raw.source_matchers, raw.source_match, raw.source_match_re),
    target: matchersOf(raw.target_matchers, raw.target_match, raw.target_match_re),
    equal: raw.equal ?? [],
  };
}

function checkReceivers(route: Route, known: ReadonlySet<string>): void {
  if (!known.has(route.receiver)) throw new Error(`undefined receiver "${route.receiver}" used in route`);
  for (const child of route.routes) checkReceivers(child, known);
}

function duration(text: string | number): number {
  const durationMs = parseDuration(String(text));
  if (durationMs === undefined) throw new Error(`not a valid duration string: "${text}"`);
  return durationMs;
}
