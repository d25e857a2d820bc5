import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../neighbours/real-program.ts';
import { eventually } from './eventually.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const READY_WITHIN_MS = 60_000;
const LAST_LOG_LINES = 30;

/** The tokens of a server that lives as long as its test. */
export const TOKENS = { operator: 'acceptance-operator', webhook: 'acceptance-webhook' } as const;

/** Where the files and neighbours of one server are, for its configuration. */
export interface RunovaPlaces {
  readonly kubeconfig: string;
  readonly operatorToken: string;
  readonly webhookToken: string;
  readonly store: string;
  readonly port: number;
}

export interface RunovaServerOptions {
  /** Of the log and of the folder, for people who look at a failure. */
  readonly name: string;
  /** The kubeconfig's text. */
  readonly kubeconfig: string;
  /** The port it will listen on; a free one by default. */
  readonly port?: number;
  readonly config: (places: RunovaPlaces) => string;
  readonly main?: string;
}

/** What a command line printed and how it ended. */
export interface CommandEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The program as people run it: a process of its own that is configured by a file and can be killed. */
export class RunovaServer {
  readonly url: string;
  readonly folder: string;
  readonly #main: string;
  readonly #name: string;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  private constructor(place: {
    readonly url: string;
    readonly folder: string;
    readonly main: string;
    readonly name: string;
  }) {
    this.url = place.url;
    this.folder = place.folder;
    this.#main = place.main;
    this.#name = place.name;
  }

  /** Writes the files of a server; `start` starts it. */
  static async prepare(options: RunovaServerOptions): Promise<RunovaServer> {
    const folder = await mkdtemp(join(tmpdir(), `runova-${options.name}-`));
    const port = options.port ?? (await freePort());
    const at = (name: string): string => join(folder, name);
    const secret = { mode: 0o600 };
    await writeFile(at('kubeconfig'), options.kubeconfig, secret);
    await writeFile(at('operator-token'), TOKENS.operator, secret);
    await writeFile(at('webhook-token'), TOKENS.webhook, secret);
    const places = {
      kubeconfig: at('kubeconfig'),
      operatorToken: at('operator-token'),
      webhookToken: at('webhook-token'),
      store: at('runova.db'),
      port,
    };
    await writeFile(at('runova.yaml'), options.config(places));
    const url = `http://127.0.0.1:${port}`;
    return new RunovaServer({ url, folder, main: options.main ?? MAIN, name: options.name });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process and resolves when it is ready. */
  async start(): Promise<void> {
    const log = openSync(join(this.folder, 'runova.log'), 'a');
    const args = [this.#main, 'serve', '--config', join(this.folder, 'runova.yaml')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    this.#ended = once(child, 'exit');
    await eventually(`${this.#name} is ready`, () => this.#isReady(child), {
      withinMs: READY_WITHIN_MS,
      state: () => this.log(),
    });
  }

  async #isReady(child: ChildProcess): Promise<true | undefined> {
    if (child.exitCode !== null) throw new Error(`${this.#name} ended:\n${this.log()}`);
    try {
      const answer = await fetch(`${this.url}/readyz`);
      await answer.arrayBuffer();
      return answer.ok ? true : undefined;
    } catch {
      // Killed while it started, which a test of kills does: there is nothing left to wait for.
      return child.signalCode === null ? undefined : true;
    }
  }

  /** Ends it without a chance to tidy up; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** Ends it in order, and removes its folder. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.#ended;
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The end of its log. */
  log(): string {
    return readFileSync(join(this.folder, 'runova.log'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-LAST_LOG_LINES)
      .join('\n');
  }

  /** An answer of the API; undefined when there is none or it is not 2xx. */
  async get<T>(path: string): Promise<T | undefined> {
    try {
      const answer = await fetch(`${this.url}${path}`, {
        headers: { authorization: `Bearer ${TOKENS.operator}` },
      });
      const body: unknown = await answer.json();
      return answer.ok ? (body as T) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Delivers a webhook as Alertmanager does; the status, or undefined when the connection broke. */
  async webhook(body: unknown): Promise<number | undefined> {
    try {
      const answer = await fetch(`${this.url}/webhooks/alertmanager`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKENS.webhook}` },
        body: JSON.stringify(body),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return undefined;
    }
  }

  /** `runova ARGS` against this server, in a process of its own. */
  async command(...args: readonly string[]): Promise<CommandEnd> {
    const { promise, resolve } = Promise.withResolvers<CommandEnd>();
    const env = { ...process.env, RUNOVA_SERVER: this.url, RUNOVA_TOKEN: TOKENS.operator, NO_COLOR: '1' };
    execFile(process.execPath, [this.#main, ...args], { env }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err });
    });
    return promise;
  }
}
