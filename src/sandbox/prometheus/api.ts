import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../loopback-server.ts';
import { METRIC_NAME, labelRecord } from './labels.ts';
import { parseSelector } from './parser.ts';
import { instantQuery, parseTime, rangeQuery, type QueryRunner } from './query-api.ts';
import { QueryError } from './query-error.ts';
import type { RuleEngine } from './rule-engine.ts';
import { alertsAnswer, rulesAnswer } from './rules-api.ts';
import type { ScrapedTarget } from './scraper.ts';

/** What the HTTP API shows. */
export interface ApiSources extends QueryRunner {
  readonly rules: RuleEngine;
  readonly targets: readonly ScrapedTarget[];
  readonly scrapeIntervalMs: number;
}

const STATUS: Readonly<Record<QueryError['kind'], number>> = { bad_data: 400, execution: 422, internal: 500 };

/** Answers one request of the HTTP API v1 (prometheus.io, "HTTP API"). */
export async function answerApi(
  request: IncomingMessage,
  response: ServerResponse,
  sources: ApiSources,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://prometheus');
  if (answerProbe(url.pathname, response)) return;
  const form =
    request.method === 'POST' ? new URLSearchParams(await readBody(request)) : new URLSearchParams();
  const parameters = new URLSearchParams([...form, ...url.searchParams]);
  try {
    const data = answerPath(url.pathname, parameters, sources);
    if (data === undefined) sendText(response, 404, '404 page not found\n');
    else sendJson(response, 200, { status: 'success', data });
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    sendJson(response, STATUS[error.kind], { status: 'error', errorType: error.kind, error: error.message });
  }
}

function answerProbe(path: string, response: ServerResponse): boolean {
  if (path === '/-/ready') sendText(response, 200, 'Prometheus Server is Ready.\n');
  else if (path === '/-/healthy') sendText(response, 200, 'Prometheus Server is Healthy.\n');
  else return false;
  return true;
}

function answerPath(path: string, parameters: URLSearchParams, sources: ApiSources): unknown {
  switch (path) {
    case '/api/v1/query':
      return instantQuery(parameters, sources);
    case '/api/v1/query_range':
      return rangeQuery(parameters, sources);
    case '/api/v1/series':
      return seriesAnswer(parameters, sources).map(labelRecord);
    case '/api/v1/labels':
      return labelNames(parameters, sources);
    case '/api/v1/rules':
      return rulesAnswer(parameters, sources.rules);
    case '/api/v1/alerts':
      return alertsAnswer(sources.rules);
    case '/api/v1/targets':
      return targetsAnswer(sources);
    case '/api/v1/status/buildinfo':
      return {
        version: '2.42.0',
        revision: 'stand-in',
        branch: '',
        buildUser: '',
        buildDate: '',
        goVersion: '',
      };
    default: {
      const label = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1];
      return label === undefined ? undefined : labelValues(decodeURIComponent(label), parameters, sources);
    }
  }
}

function seriesAnswer(
  parameters: URLSearchParams,
  sources: ApiSources,
): ReturnType<ApiSources['store']['select']> {
  const selectors = parameters.getAll('match[]');
  if (selectors.length === 0) throw new QueryError('bad_data', 'no match[] parameter provided');
  return selected(selectors, parameters, sources);
}

function selected(
  selectors: readonly string[],
  parameters: URLSearchParams,
  sources: ApiSources,
): ReturnType<ApiSources['store']['select']> {
  const fromMs = parseTime('start', parameters.get('start')) ?? -Infinity;
  const toMs = parseTime('end', parameters.get('end')) ?? Infinity;
  const matchers = selectors.map((selector) => {
    try {
      return parseSelector(selector);
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      throw new QueryError('bad_data', `invalid parameter "match[]": ${error.message}`);
    }
  });
  const sets = matchers.length === 0 ? [[]] : matchers;
  return [...new Set(sets.flatMap((set) => sources.store.select(set, fromMs, toMs)))];
}

function labelNames(parameters: URLSearchParams, sources: ApiSources): string[] {
  const found = selected(parameters.getAll('match[]'), parameters, sources);
  return [...new Set(found.flatMap((labels) => [...labels.keys()]))].toSorted();
}

function labelValues(label: string, parameters: URLSearchParams, sources: ApiSources): string[] {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label))
    throw new QueryError('bad_data', `invalid label name: "${label}"`);
  const found = selected(parameters.getAll('match[]'), parameters, sources);
  return [...new Set(found.map((labels) => labels.get(label) ?? ''))]
    .filter((value) => value !== '')
    .toSorted();
}

function targetsAnswer({ targets, scrapeIntervalMs }: ApiSources): object {
  const activeTargets = targets.map((scraped) => ({
    discoveredLabels: { ...labelRecord(scraped.labels), [METRIC_NAME]: undefined },
    labels: labelRecord(scraped.labels),
    scrapePool: scraped.target.job,
    scrapeUrl: scraped.target.url ?? '',
    globalUrl: scraped.target.url ?? '',
    lastError: scraped.lastError,
    lastScrape: new Date(scraped.lastScrapeMs ?? 0).toISOString(),
    lastScrapeDuration: scraped.durationSeconds,
    health: scraped.health,
    scrapeInterval: `${scrapeIntervalMs}ms`,
    scrapeTimeout: `${scrapeIntervalMs}ms`,
  }));
  return { activeTargets, droppedTargets: [] };
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
