import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../ports/clock.ts';
import { listenOnLoopback, readBody, type LoopbackServer } from './loopback-server.ts';

/** What the proxy does to every request from now on. */
export type Fault =
  /** Nothing: requests and answers pass unchanged. */
  | { readonly kind: 'pass' }
  /** Connections are refused: nobody listens. */
  | { readonly kind: 'down' }
  /** The answer comes, `delayMs` late. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** 200 and success, and nothing in it. */
  | { readonly kind: 'empty' }
  /** 200 with a page of HTML, as a login portal or a wrong address answers. */
  | { readonly kind: 'html' }
  /** 503 with a plain text, as a gateway answers. */
  | { readonly kind: 'error503' }
  /** The request is taken and never answered. */
  | { readonly kind: 'hang' }
  /** The true answer's headers and half of its body, then the connection is cut. */
  | { readonly kind: 'truncated' };

/** A running proxy. */
export interface FaultProxy {
  /** The address that clients use in place of the target's; stays the same for the proxy's life. */
  readonly url: string;
  /** Switches the fault; resolves when it is in force. Requests that hang are cut; others end as they began. */
  set(fault: Fault): Promise<void>;
  /** Requests that arrived, whatever became of them, as `GET /path`. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

const PASS: Fault = { kind: 'pass' };
const EMPTY_ANSWERS: readonly (readonly [RegExp, unknown])[] = [
  [/\/api\/v1\/query$/, { status: 'success', data: { resultType: 'vector', result: [] } }],
  [/\/api\/v1\/query_range$/, { status: 'success', data: { resultType: 'matrix', result: [] } }],
  [/\/api\/v1\/rules$/, { status: 'success', data: { groups: [] } }],
  [/\/api\/v1\/alerts$/, { status: 'success', data: { alerts: [] } }],
  [/\/api\/v1\/targets$/, { status: 'success', data: { activeTargets: [], droppedTargets: [] } }],
  [/\/api\/v1\//, { status: 'success', data: [] }],
  [/\/api\/v2\/(?:alerts|alerts\/groups|silences|receivers)$/, []],
];

/** Starts a proxy for plain HTTP on the loopback, in front of `target` (a base URL), with no fault. */
export async function startFaultProxy(options: { target: string; clock: Clock }): Promise<FaultProxy> {
  let fault = PASS;
  const requests: string[] = [];
  const hanging = new Set<ServerResponse>();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(`${request.method ?? 'GET'} ${request.url ?? '/'}`);
    // One connection per request: a pooled one would meet the next fault in the middle of the last.
    response.setHeader('connection', 'close');
    if (fault.kind === 'hang') hanging.add(response);
    await answerWith(fault, { request, response, ...options });
  };
  let server: LoopbackServer | undefined = await listenOnLoopback(handle);
  const { url, port } = server;
  const close = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  return {
    url,
    requests,
    set: async (next) => {
      fault = next;
      for (const response of hanging) response.destroy();
      hanging.clear();
      if (next.kind === 'down') await close();
      else server ??= await listenOnLoopback(handle, { port });
    },
    stop: close,
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: string;
  readonly clock: Clock;
}

async function answerWith(fault: Fault, exchange: Exchange): Promise<void> {
  const { response } = exchange;
  switch (fault.kind) {
    case 'pass':
      return send(response, await answerOfTarget(exchange));
    case 'slow': {
      const answer = await answerOfTarget(exchange);
      exchange.clock.after(fault.delayMs, () => send(response, answer));
      return;
    }
    case 'empty':
      return sendEmpty(exchange);
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end('<!doctype html><title>Sign in</title><form method="post"></form>\n');
      return;
    case 'error503':
      response.writeHead(503, { 'content-type': 'text/plain' }).end('upstream connect error\n');
      return;
    case 'hang':
    case 'down': // only what was under way when the server closed
      return;
    case 'truncated':
      return truncate(response, await answerOfTarget(exchange));
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function answerOfTarget({ request, target }: Exchange): Promise<Answer> {
  const body = await readBody(request);
  const url = new URL(request.url ?? '/', target);
  // Without accept-encoding the answer is plain, so that half of it is half of a text.
  const { 'accept-encoding': _encoding, connection: _connection, host: _host, ...headers } = request.headers;
  return new Promise((resolve, reject) => {
    const outgoing = forward(url, { method: request.method ?? 'GET', headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 502,
          headers: incoming.headers,
          body: Buffer.concat(chunks),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, ownHeaders(answer)).end(answer.body);
}

function truncate(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...ownHeaders(answer), 'content-length': answer.body.length });
  response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => response.destroy());
}

function sendEmpty({ request, response }: Exchange): void {
  const path = new URL(request.url ?? '/', 'http://proxy').pathname;
  const empty = EMPTY_ANSWERS.find(([pattern]) => pattern.test(path));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(empty === undefined ? '' : JSON.stringify(empty[1]));
}

/** The answer's headers without those that belong to its own connection. */
function ownHeaders(answer: Answer): IncomingMessage['headers'] {
  const {
    connection: _connection,
    'transfer-encoding': _encoding,
    'keep-alive': _alive,
    ...headers
  } = answer.headers;
  return headers;
}
