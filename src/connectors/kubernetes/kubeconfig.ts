import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import { OpsError } from '../../ports/ops-error.ts';
import { FreshFile } from '../fresh-file.ts';
import type { Credentials, Shown } from '../http.ts';
import { ExecPlugin, execSchema } from './exec-credential.ts';

/** How to reach a cluster, and as whom. */
export interface KubernetesAccess {
  readonly server: string;
  readonly credentials: Credentials;
  /** Name of the kubeconfig's context, or `in-cluster`: shown, never interpreted. */
  readonly context: string;
}

const clusterSchema = z.object({
  server: z.url({ protocol: /^https?$/ }),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.never({ error: 'a proxy-url is not supported' }).optional(),
});

const userSchema = z.object({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  exec: execSchema.nullish(),
  'auth-provider': z.never({ error: 'an auth-provider is not supported; use exec' }).optional(),
});

const kubeconfigSchema = z.object({
  'current-context': z.string().optional(),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
  ),
  clusters: z.array(z.object({ name: z.string(), cluster: z.unknown() })),
  users: z.array(z.object({ name: z.string(), user: z.unknown() })).nullish(),
});

type Cluster = z.infer<typeof clusterSchema>;
type User = z.infer<typeof userSchema>;

interface Surroundings {
  readonly path: string;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
}

/** A value that is inline, or in a file that may be replaced. */
interface Material {
  text(): Promise<string>;
  forget(): void;
}

function invalid(path: string, why: string, cause?: unknown): OpsError {
  return new OpsError({
    code: 'config/invalid',
    retry: 'never',
    message: `The kubeconfig ${path} ${why}`,
    cause,
  });
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(path, `is wrong at ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'unreadable'}`);
}

function materialOf(
  around: Surroundings,
  data: string | undefined,
  file: string | undefined,
): Material | undefined {
  if (data !== undefined && data !== '') {
    const text = Buffer.from(data, 'base64').toString('utf8');
    return { text: () => Promise.resolve(text), forget: () => undefined };
  }
  if (file === undefined || file === '') return undefined;
  return new FreshFile(resolve(dirname(around.path), file), around.clock);
}

function tokenOf(user: User, around: Surroundings): Material | undefined {
  // Where both are given the file wins, as in client-go: it is the one that rotates.
  const file = materialOf(around, undefined, user.tokenFile);
  if (file !== undefined) return file;
  if (user.token === undefined || user.token === '') return undefined;
  const secret = new Secret(user.token);
  return { text: () => Promise.resolve(secret.reveal()), forget: () => undefined };
}

function tlsOf(cluster: Cluster): NonNullable<Shown['tls']> {
  const name = cluster['tls-server-name'];
  return {
    ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
    ...(name === undefined ? {} : { servername: name }),
  };
}

function basic(user: User): Readonly<Record<string, string>> {
  if (user.username === undefined || user.username === '') return {};
  return {
    authorization: `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`,
  };
}

/** Everything of a user and a cluster that goes into a request, gathered anew for each. */
class KubeconfigCredentials implements Credentials {
  readonly #ca: Material | undefined;
  readonly #certificate: Material | undefined;
  readonly #key: Material | undefined;
  readonly #token: Material | undefined;
  readonly #plugin: ExecPlugin | undefined;
  readonly #fixedHeaders: Readonly<Record<string, string>>;
  readonly #fixedTls: NonNullable<Shown['tls']>;

  constructor(cluster: Cluster, user: User, around: Surroundings) {
    this.#ca = materialOf(around, cluster['certificate-authority-data'], cluster['certificate-authority']);
    this.#certificate = materialOf(around, user['client-certificate-data'], user['client-certificate']);
    this.#key = materialOf(around, user['client-key-data'], user['client-key']);
    this.#token = tokenOf(user, around);
    this.#fixedHeaders = basic(user);
    this.#fixedTls = tlsOf(cluster);
    if (user.exec === undefined || user.exec === null) return;
    this.#plugin = new ExecPlugin(user.exec, {
      ...around,
      kubeconfigPath: around.path,
      cluster: { ...cluster, config: null },
    });
  }

  async current(): Promise<Shown> {
    const exec = await this.#plugin?.current();
    const token = exec?.token?.reveal() ?? (await this.#token?.text())?.trim();
    const certificate = exec?.certificate ?? (await this.#certificate?.text());
    const key = exec?.key?.reveal() ?? (await this.#key?.text());
    return {
      headers: {
        ...this.#fixedHeaders,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      tls: {
        ...this.#fixedTls,
        ...(await this.#trust()),
        ...(certificate && key ? { cert: certificate, key } : {}),
      },
    };
  }

  async #trust(): Promise<{ readonly ca?: string }> {
    return this.#ca === undefined ? {} : { ca: await this.#ca.text() };
  }

  forget(): void {
    this.#plugin?.forget();
    for (const material of [this.#token, this.#certificate, this.#key]) material?.forget();
  }
}

async function readYaml(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw invalid(path, 'cannot be read as YAML', error);
  }
}

/**
 * Reads a kubeconfig file: cluster, user and context, with exec plugins, token and certificate files.
 * @param context name of the context; its `current-context` otherwise.
 * @throws OpsError `config/invalid` with the place and the reason.
 */
export async function kubeconfigAccess(
  options: Surroundings & { readonly context?: string },
): Promise<KubernetesAccess> {
  const { path } = options;
  const config = parsed(kubeconfigSchema, await readYaml(path), path);
  const name = options.context ?? config['current-context'] ?? '';
  const context = config.contexts.find((each) => each.name === name)?.context;
  if (context === undefined) {
    const known = config.contexts.map((each) => each.name).join(', ');
    throw invalid(path, `has no context "${name}" (it has: ${known === '' ? 'none' : known})`);
  }
  const cluster = config.clusters.find((each) => each.name === context.cluster);
  if (cluster === undefined)
    throw invalid(path, `has no cluster "${context.cluster}", which context "${name}" names`);
  const user = config.users?.find((each) => each.name === context.user);
  if (user === undefined && context.user !== '') {
    throw invalid(path, `has no user "${context.user}", which context "${name}" names`);
  }
  const where = parsed(clusterSchema, cluster.cluster, path);
  const who = parsed(userSchema, user?.user, path);
  return { server: where.server, credentials: new KubeconfigCredentials(where, who, options), context: name };
}

/** Where kubelet puts a pod's service account (kubernetes.io, "Accessing the Kubernetes API from a Pod"). */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The access that a pod has by its service account.
 * @throws OpsError `config/invalid` outside a pod.
 */
export function inClusterAccess(options: {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly directory?: string;
}): KubernetesAccess {
  const host = options.env['KUBERNETES_SERVICE_HOST'];
  const port = options.env['KUBERNETES_SERVICE_PORT'];
  if (host === undefined || port === undefined) {
    throw new OpsError({
      code: 'config/invalid',
      retry: 'never',
      message:
        'This process does not run in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set',
      hint: 'Name a kubeconfig: cluster.kubernetes: { kubeconfig: /path }',
    });
  }
  const directory = options.directory ?? SERVICE_ACCOUNT;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const around: Surroundings = { path: `${directory}/in-cluster`, clock: options.clock, env: options.env };
  const credentials = new KubeconfigCredentials(
    { server, 'certificate-authority': 'ca.crt' },
    { tokenFile: 'token' },
    around,
  );
  return { server, credentials, context: 'in-cluster' };
}
