import type { Alerts, AlertsAnswer, ListedAlert, OwnAlert } from '../../ports/alerts.ts';
import type { Chance } from '../../ports/chance.ts';
import type { Clock } from '../../ports/clock.ts';
import { OpsError } from '../../ports/ops-error.ts';
import { bearer } from '../bearer.ts';
import type { BearerOptions } from '../bearer.ts';
import { answerFailure, statusFailure } from '../http-failure.ts';
import { HttpClient } from '../http.ts';
import type { HttpRequest } from '../http.ts';
import { alertsSchema } from './schema.ts';
import type { AlertObject } from './schema.ts';

export interface AlertmanagerOptions extends BearerOptions {
  /** With prefix, if any: Mimir's is `…/alertmanager`. */
  readonly url: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly version: string;
  readonly timeoutMs?: number;
}

const PATH = '/api/v2/alerts';
/** Before 0.27 only these names are accepted, and one bad name makes the answer 400. */
const CLASSIC_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const BUDGET = { perSecond: 20, burst: 50 };

function timeMs(text: string): number {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

function listedFrom({ fingerprint, labels, startsAt, endsAt, status }: AlertObject): ListedAlert {
  return {
    fingerprint,
    labels,
    startsAtMs: timeMs(startsAt),
    endsAtMs: timeMs(endsAt),
    state: status.state,
    silencedBy: status.silencedBy ?? [],
    inhibitedBy: status.inhibitedBy ?? [],
  };
}

function postable({ labels, annotations, startsAtMs, endsAtMs }: OwnAlert): unknown {
  const bad = Object.keys(labels).find((name) => !CLASSIC_NAME.test(name));
  if (bad !== undefined) throw new TypeError(`"${bad}" is not a classic label name`);
  return {
    labels,
    annotations,
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
  };
}

/** The `Alerts` port over Alertmanager's API v2. */
export class AlertmanagerAlerts implements Alerts {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  async list(signal: AbortSignal): Promise<AlertsAnswer> {
    const request: HttpRequest = { method: 'GET', path: PATH, signal };
    try {
      const answer = await this.#http.read(request);
      if (answer.status !== 200) throw statusFailure(this.#http.call(request, false), answer);
      return { kind: 'answered', alerts: this.#parsed(request, answer.body) };
    } catch (error) {
      if (error instanceof OpsError) return { kind: 'unknown', why: error.message };
      throw error;
    }
  }

  async post(alerts: readonly OwnAlert[], signal: AbortSignal): Promise<void> {
    if (alerts.length === 0) return;
    const request: HttpRequest = {
      method: 'POST',
      path: PATH,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map(postable)),
      signal,
    };
    const answer = await this.#http.write(request);
    if (answer.status !== 200) throw statusFailure(this.#http.call(request, true), answer);
  }

  #parsed(request: HttpRequest, body: string): readonly ListedAlert[] {
    const call = this.#http.call(request, false);
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch (error) {
      const what = body.trimStart().startsWith('<') ? 'it is an HTML page' : 'it is not JSON, or cut off';
      throw answerFailure(call, what, error);
    }
    const result = alertsSchema.safeParse(value);
    if (result.success) return result.data.map(listedFrom);
    const issue = result.error.issues[0];
    throw answerFailure(call, `${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'unreadable'}`);
  }
}

/** The `Alerts` port on an Alertmanager. */
export function alertmanagerAlerts(options: AlertmanagerOptions): AlertmanagerAlerts {
  const { url, clock, chance, version, timeoutMs } = options;
  const http = new HttpClient({
    area: 'alerts',
    baseUrl: url,
    clock,
    chance,
    version,
    credentials: bearer(options, clock),
    budget: BUDGET,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  return new AlertmanagerAlerts(http);
}
