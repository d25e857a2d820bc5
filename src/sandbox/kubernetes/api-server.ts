/** HTTP around the API: bodies in, answers and watch streams out, and the faults of the wire. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parse as parseYaml } from 'yaml';
import { listenOnLoopback } from '../loopback-server.ts';
import type { ListenOptions, LoopbackServer } from '../loopback-server.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { readProtobufReview } from './protobuf-review.ts';
import { isWatch } from './request.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import type { ServerCertificate } from './self-signed-certificate.ts';
import { badRequest, StatusError } from './status-error.ts';
import type { WireFault, WireFaults } from './wire-faults.ts';

/** Largest body that the API server reads (apiserver DefaultMaxRequestBodyBytes). */
const MOST_BODY_BYTES = 3 * 1024 * 1024;
const DEFAULT_DELAY_MS = 5000;

export interface ApiServerOptions extends ListenOptions {
  /** Serves HTTPS with this certificate; plain HTTP without it. */
  certificate?: ServerCertificate;
}

/** Serves the API on the loopback. */
export async function startApiServer(
  api: KubernetesApi,
  wire: WireFaults,
  options: ApiServerOptions = {},
): Promise<LoopbackServer> {
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> =>
    serve(api, wire, incoming, outgoing);
  if (options.certificate === undefined) return listenOnLoopback(handle, options);
  return listenWithTls(handle, options.certificate, options.port ?? 0);
}

async function listenWithTls(
  handle: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
  certificate: ServerCertificate,
  wanted: number,
): Promise<LoopbackServer> {
  const server = createServer({ ...certificate }, (incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) =>
      outgoing.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { url: `https://127.0.0.1:${port}`, port, close };
}

async function serve(
  api: KubernetesApi,
  wire: WireFaults,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming);
  if (request instanceof StatusError) return send(outgoing, errorResponse(request));
  const fault = wire.meet(request);
  if (fault?.kind === 'slow') await delay(api, fault);
  if (fault?.kind === 'unavailable') {
    return send(
      outgoing,
      errorResponse(
        new StatusError(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'),
      ),
    );
  }
  if (fault?.kind === 'too-many-requests') return send(outgoing, tooMany(fault));
  if (outgoing.destroyed) return;
  if (isWatch(request) && request.method === 'GET') return streamWatch(api, request, outgoing);
  const response = api.handle(request);
  if (fault?.kind === 'slow-answer') await delay(api, fault);
  if (fault?.kind === 'response-lost') outgoing.destroy();
  else send(outgoing, response);
}

function delay(api: KubernetesApi, fault: WireFault): Promise<void> {
  return new Promise((resolve) => void api.clock.after(fault.delayMs ?? DEFAULT_DELAY_MS, resolve));
}

async function readRequest(incoming: IncomingMessage): Promise<ApiRequest | StatusError> {
  const url = new URL(incoming.url ?? '/', 'http://sandbox');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  const query = Object.fromEntries(url.searchParams);
  const method = incoming.method ?? 'GET';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES)
      return new StatusError(413, 'RequestEntityTooLarge', `limit is ${MOST_BODY_BYTES}`);
    chunks.push(chunk);
  }
  const request = { method, path: url.pathname.replace(/(.)\/$/, '$1'), query, headers };
  if (size === 0) return request;
  const body = parseBody(Buffer.concat(chunks), headers['content-type'] ?? '');
  return body instanceof StatusError ? body : { ...request, body: body.value };
}

function parseBody(bytes: Buffer, contentType: string): { value: unknown } | StatusError {
  if (contentType.includes('protobuf')) {
    const review = readProtobufReview(bytes);
    if (review !== undefined) return { value: review };
    return new StatusError(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    );
  }
  const text = bytes.toString('utf8');
  try {
    return { value: contentType.includes('yaml') ? parseYaml(text) : JSON.parse(text) };
  } catch (error) {
    return badRequest(
      `couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function errorResponse(error: StatusError): ApiResponse {
  return { status: error.code, headers: { 'content-type': 'application/json' }, body: error.body() };
}

function tooMany({ retryAfterSeconds = 1 }: WireFault): ApiResponse {
  const error = new StatusError(429, 'TooManyRequests', 'too many requests, please try again later', {
    retryAfterSeconds,
  });
  return {
    ...errorResponse(error),
    headers: { 'content-type': 'application/json', 'retry-after': String(retryAfterSeconds) },
  };
}

function send(outgoing: ServerResponse, { status, headers, body }: ApiResponse): void {
  if (outgoing.destroyed) return;
  outgoing.writeHead(status, headers);
  outgoing.end(typeof body === 'string' ? body : `${JSON.stringify(body)}\n`);
}

function streamWatch(api: KubernetesApi, request: ApiRequest, outgoing: ServerResponse): void {
  const first: string[] = [];
  let isOpen = false;
  const write = (line: string): void => void (isOpen ? outgoing.write(line) : first.push(line));
  let isOver = false;
  const started = api.watch(request, {
    event: (event) => write(`${JSON.stringify(event)}\n`),
    end: () => {
      isOver = true;
      if (isOpen) outgoing.end();
    },
  });
  if (!started.started) return send(outgoing, started.response);
  outgoing.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  outgoing.flushHeaders();
  isOpen = true;
  for (const line of first) outgoing.write(line);
  if (isOver) outgoing.end();
  outgoing.on('close', () => started.watch.stop());
}
