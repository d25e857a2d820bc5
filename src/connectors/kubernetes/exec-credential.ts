import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import { OpsError } from '../../ports/ops-error.ts';
import { shown } from '../server-words.ts';

/** The `exec` part of a kubeconfig user (client.authentication.k8s.io, `ExecConfig`). */
export const execSchema = z.object({
  apiVersion: z.enum(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().optional(),
  provideClusterInfo: z.boolean().optional(),
  interactiveMode: z.enum(['Never', 'IfAvailable', 'Always']).optional(),
});

export type ExecConfig = z.infer<typeof execSchema>;

const answerSchema = z.object({
  kind: z.literal('ExecCredential'),
  apiVersion: z.string(),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});

export interface ExecCredential {
  readonly token?: Secret;
  readonly certificate?: string;
  readonly key?: Secret;
  readonly expiresAtMs: number;
}

export interface ExecSurroundings {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** A command with a `/` in it is relative to the kubeconfig's directory, as in kubectl. */
  readonly kubeconfigPath: string;
  /** Passed on where the plugin asks for it. */
  readonly cluster: Readonly<Record<string, unknown>>;
}

/** A plugin that logs in somewhere may take a while; one that waits for a person never ends. */
const PLUGIN_MS = 30_000;
const OUTPUT_BYTES_MAX = 1_024 * 1_024;
/** A credential is replaced this long before it expires, so that a request under way is not refused. */
const EARLY_MS = 30_000;

/** Runs a kubeconfig's credential plugin when there is no valid credential of it; callers at the same time share a run. */
export class ExecPlugin {
  readonly #config: ExecConfig;
  readonly #around: ExecSurroundings;
  #credential: ExecCredential | undefined;
  #running: Promise<ExecCredential> | undefined;

  constructor(config: ExecConfig, around: ExecSurroundings) {
    this.#config = config;
    this.#around = around;
  }

  /** @throws OpsError `config/invalid` with the plugin's words and the install hint when it fails. */
  async current(): Promise<ExecCredential> {
    const valid = this.#credential;
    if (valid !== undefined && this.#around.clock.now() < valid.expiresAtMs - EARLY_MS) return valid;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  forget(): void {
    this.#credential = undefined;
  }

  async #run(): Promise<ExecCredential> {
    if (this.#config.interactiveMode === 'Always') {
      throw this.#failure('it needs a terminal (interactiveMode: Always), and there is none');
    }
    this.#credential = this.#parse(await this.#output());
    return this.#credential;
  }

  #output(): Promise<string> {
    const { command, args, env } = this.#config;
    const { promise, resolve: done, reject } = Promise.withResolvers<string>();
    const file = command.includes('/') ? resolve(dirname(this.#around.kubeconfigPath), command) : command;
    const child = execFile(
      file,
      args ?? [],
      {
        env: {
          ...this.#around.env,
          ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
          KUBERNETES_EXEC_INFO: this.#info(),
        },
        maxBuffer: OUTPUT_BYTES_MAX,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        cancel();
        if (error === null) done(stdout);
        // stderr is for people; stdout may hold a token and is never repeated.
        else reject(this.#failure(`${error.code ?? error.signal ?? 'failed'}: ${shown(stderr)}`, error));
      },
    );
    const cancel = this.#around.clock.after(PLUGIN_MS, () => child.kill('SIGKILL'));
    child.stdin?.end();
    return promise;
  }

  #info(): string {
    const { apiVersion, provideClusterInfo } = this.#config;
    const cluster = provideClusterInfo === true ? { cluster: this.#around.cluster } : {};
    return JSON.stringify({ kind: 'ExecCredential', apiVersion, spec: { interactive: false, ...cluster } });
  }

  #parse(stdout: string): ExecCredential {
    const answer = this.#answer(stdout);
    const { token, clientCertificateData, clientKeyData, expirationTimestamp } = answer.status;
    if (token === undefined && (clientCertificateData === undefined || clientKeyData === undefined)) {
      throw this.#failure('its ExecCredential holds neither a token nor a certificate with its key');
    }
    const expiresAtMs = expirationTimestamp === undefined ? Infinity : Date.parse(expirationTimestamp);
    if (Number.isNaN(expiresAtMs)) throw this.#failure('its expirationTimestamp is not a time');
    return {
      ...(token === undefined ? {} : { token: new Secret(token) }),
      ...(clientCertificateData === undefined ? {} : { certificate: clientCertificateData }),
      ...(clientKeyData === undefined ? {} : { key: new Secret(clientKeyData) }),
      expiresAtMs,
    };
  }

  #answer(stdout: string): z.infer<typeof answerSchema> {
    let answer: z.infer<typeof answerSchema>;
    try {
      answer = answerSchema.parse(JSON.parse(stdout));
    } catch {
      throw this.#failure('it did not print an ExecCredential');
    }
    if (answer.apiVersion !== this.#config.apiVersion) {
      const printed = shown(answer.apiVersion, 80);
      throw this.#failure(`it printed ${printed}, the kubeconfig asks for ${this.#config.apiVersion}`);
    }
    return answer;
  }

  #failure(why: string, cause?: unknown): OpsError {
    const { command, installHint } = this.#config;
    return new OpsError({
      code: 'config/invalid',
      retry: 'later',
      message: `The kubeconfig's credential plugin ${shown(command, 200)} gave no credential: ${why}`,
      ...(installHint === undefined ? {} : { hint: shown(installHint) }),
      cause,
    });
  }
}
