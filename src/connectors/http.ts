import * as http from 'node:http';
import * as https from 'node:https';
import type { Chance } from '../ports/chance.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import { OpsError } from '../ports/ops-error.ts';
import { Cut, transportFailure } from './http-failure.ts';
import type { Area, Call } from './http-failure.ts';
import { RequestBudget } from './request-budget.ts';
import type { BudgetSize } from './request-budget.ts';
import { retryAfterMs } from './retry-after.ts';
import { SendLimit } from './send-limit.ts';

/** What a request shows about us, asked for anew before each one (tokens and certificates rotate). */
export interface Shown {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: Readonly<
    Pick<https.RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>
  >;
}

export interface Credentials {
  /** Throws `OpsError` when a file or plugin that holds them cannot be read. */
  current(signal: AbortSignal): Promise<Shown>;
  /** The server did not accept them: read them anew next time. */
  forget(): void;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  /** Below the base URL: begins with `/`, every part encoded, query included. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
  /** Of a write: it is given up, without effect, unless it begins to be sent so soon after the call. */
  readonly sendWithinMs?: number;
  readonly signal: AbortSignal;
}

/** One way of a request to the server and back. */
interface Sending {
  readonly request: HttpRequest;
  readonly call: Call;
  readonly shown: Shown;
  readonly timeoutMs: number;
  readonly limit: SendLimit | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly retryAfterMs?: number;
}

export interface HttpOptions {
  readonly area: Area;
  /** With its path prefix, if any; userinfo and query in it are ignored. */
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Shown as `runova/<version>`. */
  readonly version: string;
  readonly credentials?: Credentials;
  /** Default 10 s: from the call to the last byte of the answer. */
  readonly timeoutMs?: number;
  /** Default 32 MiB. */
  readonly answerBytesMax?: number;
  /** Default 50 per second, 100 at once. */
  readonly budget?: BudgetSize;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 32 * 1_024 * 1_024;
const BUDGET: BudgetSize = { perSecond: 50, burst: 100 };
/** A read is sent this often at most. */
const TRIES_MAX = 3;
const BACKOFF_MS = 200;
/** Longer waits that a server asks for are the caller's to plan, not ours to sit out. */
const PATIENCE_MS = 5_000;
/** Free connections are closed before common proxies (60 s) do it under us. */
const IDLE_MS = 30_000;
const SOCKETS_MAX = 32;

const NOBODY: Credentials = { current: () => Promise.resolve({ headers: {} }), forget: () => undefined };

/** Statuses after which the same read may well succeed a moment later. */
function isPassing(status: number): boolean {
  return status === 429 || status === 500 || status === 502 || status === 503 || status === 504;
}

/** The one way out over HTTP: bounded in time, size and number, never redirected, and honest about effects. */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #base: URL;
  readonly #prefix: string;
  readonly #credentials: Credentials;
  readonly #budget: RequestBudget;
  readonly #reads: http.Agent;
  readonly #writes: http.Agent;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#base = new URL(options.baseUrl);
    this.#prefix = this.#base.pathname.replace(/\/+$/, '');
    this.#credentials = options.credentials ?? NOBODY;
    this.#budget = new RequestBudget(options.budget ?? BUDGET, options.clock);
    const Agent = this.#base.protocol === 'https:' ? https.Agent : http.Agent;
    this.#reads = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, timeout: IDLE_MS });
    // A kept connection that the server closes just now would leave a write's effect unknown: each has its own.
    this.#writes = new Agent({ keepAlive: false });
  }

  /** The request as sentences name it: without userinfo and query. */
  call(request: Pick<HttpRequest, 'method' | 'path'>, write: boolean): Call {
    const path = request.path.split('?', 1)[0] ?? '';
    const line = `${request.method} ${this.#base.protocol}//${this.#base.host}${this.#prefix}${path}`;
    return { area: this.#options.area, line, write };
  }

  /**
   * Sends a request that changes nothing, at most three times. Waits for the budget.
   * @returns the last answer, whatever its status.
   * @throws OpsError `<area>/unreachable` without an answer, `<area>/invalid-answer` for a redirect or a huge one.
   */
  async read(request: HttpRequest): Promise<HttpAnswer> {
    const call = this.call(request, false);
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === TRIES_MAX;
      const waitMs = BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + this.#options.chance.random());
      try {
        await this.#budget.take(request.signal);
        const answer = await this.#authorised(request, call);
        const askedMs = answer.retryAfterMs ?? 0;
        if (last || !isPassing(answer.status) || askedMs > PATIENCE_MS) return answer;
        await this.#pause(Math.max(waitMs, askedMs), request.signal);
      } catch (error) {
        if (request.signal.aborted) throw transportFailure(call, new Cut('aborted'), false);
        if (last || !isConnectionTrouble(error)) throw error;
        await this.#pause(waitMs, request.signal).catch(() => {
          throw transportFailure(call, new Cut('aborted'), false);
        });
      }
    }
  }

  /**
   * Sends a request that changes something, exactly once (once more only after 401, which is answered before
   * anything happens). With `sendWithinMs`, each of both begins within that time or not at all.
   * @throws OpsError as `read`; its `effect` is `unknown` unless the request certainly never left.
   */
  async write(request: HttpRequest): Promise<HttpAnswer> {
    const call = this.call(request, true);
    if (request.signal.aborted) throw transportFailure(call, new Cut('aborted'), false);
    this.#budget.borrow();
    const { sendWithinMs } = request;
    const limit = sendWithinMs === undefined ? undefined : new SendLimit(this.#options.clock, sendWithinMs);
    return this.#authorised(request, call, limit).finally(() => limit?.end());
  }

  close(): void {
    this.#reads.destroy();
    this.#writes.destroy();
  }

  async #authorised(request: HttpRequest, call: Call, limit?: SendLimit): Promise<HttpAnswer> {
    const answer = await this.#send(request, call, limit);
    if (answer.status !== 401 || this.#options.credentials === undefined) return answer;
    this.#credentials.forget();
    return this.#send(request, call, limit);
  }

  async #send(request: HttpRequest, call: Call, limit: SendLimit | undefined): Promise<HttpAnswer> {
    const { clock } = this.#options;
    const startedMs = clock.monotonic();
    const shown = await this.#shown(request, call, limit);
    const timeoutMs =
      (request.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS) - (clock.monotonic() - startedMs);
    if (request.signal.aborted) throw transportFailure(call, new Cut('aborted'), false);
    if (timeoutMs <= 0) throw transportFailure(call, new Cut('timeout'), false);
    const answer = await this.#exchange({ request, call, shown, timeoutMs, limit });
    if (answer.status >= 300 && answer.status < 400) {
      throw new OpsError({
        code: `${call.area}/invalid-answer`,
        retry: 'never',
        message: `A redirect was answered to ${call.line}; redirects are not followed`,
        hint: 'Configure the address that finally answers, with its path prefix.',
        // A redirecting server has not carried the request out, but nothing obliges it to say so.
        effect: call.write ? 'unknown' : 'none',
      });
    }
    return answer;
  }

  async #shown(request: HttpRequest, call: Call, limit: SendLimit | undefined): Promise<Shown> {
    const current = this.#credentials.current(request.signal);
    if (limit === undefined) return current;
    return limit.within(current).catch((error: unknown) => {
      throw error instanceof Cut ? transportFailure(call, error, false) : error;
    });
  }

  #exchange(sending: Sending): Promise<HttpAnswer> {
    const { request, call, shown, limit } = sending;
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const secure = this.#base.protocol === 'https:';
    const outgoing = (secure ? https : http).request({
      ...shown.tls,
      protocol: this.#base.protocol,
      hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
      port: this.#base.port,
      path: this.#prefix + request.path,
      method: request.method,
      agent: call.write ? this.#writes : this.#reads,
      headers: this.#headers(request, shown),
    });
    let sent = false;
    // Nothing is handed to a connection before it stands: what waits in it would leave whenever it comes about.
    const begin = (): void => {
      if (limit?.isPassed === true) {
        outgoing.destroy(new Cut('late'));
        return;
      }
      sent = true;
      outgoing.end(request.body);
    };
    limit?.onPassed(() => {
      if (!sent) outgoing.destroy(new Cut('late'));
    });
    outgoing.on('socket', (socket) => {
      // A connection that is used again connects no more: a listener for that would stay on it for ever.
      if (!socket.connecting) begin();
      else socket.once(secure ? 'secureConnect' : 'connect', begin);
    });
    const settle = this.#limits(outgoing, sending);
    const fail = (error: unknown): void => {
      settle();
      reject(transportFailure(call, error, sent));
    };
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      this.#collect(outgoing, incoming).then((answer) => {
        settle();
        resolve(answer);
      }, fail);
    });
    return promise;
  }

  #headers(request: HttpRequest, shown: Shown): Record<string, string> {
    return {
      accept: 'application/json',
      'user-agent': `runova/${this.#options.version}`,
      ...(request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
      ...shown.headers,
      ...request.headers,
    };
  }

  /** Ends the call when its time is up or nobody wants it any more. @returns takes both limits away again. */
  #limits(outgoing: http.ClientRequest, sending: Sending): () => void {
    const { signal } = sending.request;
    const cancel: Cancel = this.#options.clock.after(sending.timeoutMs, () => {
      outgoing.destroy(new Cut('timeout'));
    });
    const onAbort = (): void => {
      outgoing.destroy(new Cut('aborted'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return () => {
      cancel();
      signal.removeEventListener('abort', onAbort);
    };
  }

  #collect(outgoing: http.ClientRequest, incoming: http.IncomingMessage): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const bytesMax = this.#options.answerBytesMax ?? ANSWER_BYTES_MAX;
    const pieces: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= bytesMax) {
        pieces.push(piece);
        return;
      }
      const cut = new Cut('too-large');
      reject(cut);
      outgoing.destroy(cut);
    });
    incoming.on('error', reject);
    incoming.on('end', () => {
      const askedMs = retryAfterMs(incoming.headers['retry-after'], this.#options.clock.now());
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: Buffer.concat(pieces).toString('utf8'),
        ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }),
      });
    });
    return promise;
  }

  #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = this.#options.clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
    return promise;
  }
}

/** Worth another try at once: the connection failed or broke. What took too long would only take longer. */
function isConnectionTrouble(error: unknown): boolean {
  return error instanceof OpsError && error.code.endsWith('/unreachable') && !(error.cause instanceof Cut);
}
