import { request as plainRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as secureRequest, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { listenOnLoopback } from '../../src/sandbox/loopback-server.ts';
import type { Write } from './ground.ts';

/** One request of the tests' own to the cluster. */
export interface ClusterRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** Stands between a server and a cluster's API, with the rights of a kubeconfig, and keeps a record of every write. */
export interface RecordingProxy {
  /** For a client without TLS and without credentials. */
  readonly url: string;
  /** Writes that were accepted and no dry runs, in the order of arrival. */
  readonly writes: readonly Write[];
  /** A request past the record. Throws with the server's words when it is not 2xx. */
  ask<T>(request: ClusterRequest): Promise<T>;
  stop(): Promise<void>;
}

/** A patch that knows lists of containers by their names. */
const PATCH_TYPE = 'application/strategic-merge-patch+json';

export async function startRecordingProxy(kubeconfigFile: string, context?: string): Promise<RecordingProxy> {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(kubeconfigFile);
  if (context !== undefined) kubeconfig.setCurrentContext(context);
  const cluster = kubeconfig.getCurrentCluster();
  if (cluster === null)
    throw new Error(`${kubeconfigFile} has no cluster for the context ${kubeconfig.getCurrentContext()}`);
  const base = new URL(cluster.server);
  const send = base.protocol === 'https:' ? secureRequest : plainRequest;

  /** The request's options with what proves who we are; headers of the client that would say otherwise are dropped. */
  const options = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  ): Promise<RequestOptions> => {
    const authorized: RequestOptions = { headers: {} };
    await kubeconfig.applyToHTTPSOptions(authorized);
    const { authorization: _authorization, host: _host, connection: _connection, ...others } = headers;
    return {
      ...authorized,
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port,
      method,
      path: base.pathname.replace(/\/$/, '') + path,
      headers: { ...(others as Record<string, string>), ...(authorized.headers as Record<string, string>) },
    };
  };

  const writes: Write[] = [];
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const atMs = Date.now();
    const { method = 'GET', url = '/' } = incoming;
    const pieces: Buffer[] = [];
    for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const upstream = send(await options(method, url, incoming.headers), (answer) => {
      const write = method === 'GET' ? undefined : writeOf({ atMs, method, url, body: body.toString() });
      if (write !== undefined && (answer.statusCode ?? 500) < 300) writes.push(write);
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    upstream.end(body);
  };
  const server = await listenOnLoopback(pass);

  const ask = async <T>({ method, path, body }: ClusterRequest): Promise<T> => {
    const type = method === 'PATCH' ? PATCH_TYPE : 'application/json';
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const outgoing = send(
      await options(method, path, { 'content-type': type, accept: 'application/json' }),
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(pieces).toString();
          if ((answer.statusCode ?? 500) < 300) resolve(JSON.parse(text) as T);
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 500)}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    return await promise;
  };
  return { url: server.url, writes, ask, stop: () => server.close() };
}

/** What a request would change, or undefined for a dry run and for a question that is asked by POST. */
function writeOf(sent: {
  readonly atMs: number;
  readonly method: string;
  readonly url: string;
  readonly body: string;
}): Write | undefined {
  const { pathname, searchParams } = new URL(sent.url, 'http://cluster');
  if (searchParams.has('dryRun') || pathname.includes('/authorization.k8s.io/')) return undefined;
  const body: unknown = sent.body === '' ? undefined : JSON.parse(sent.body);
  const { atMs, method } = sent;
  return { atMs, method, path: pathname, fieldManager: searchParams.get('fieldManager') ?? '', body };
}
