import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Clock } from '../ports/clock.ts';

const READY_WITHIN_MS = 20_000;
const POLL_MS = 50;

/** The wanted port of the loopback, if it is free now; any free one otherwise. */
export async function freePort(wanted: number): Promise<number> {
  return (await listen(wanted)) ?? (await listen(0)) ?? wanted;
}

/** Listens for a moment; the port, or undefined when it is taken. */
function listen(port: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const server = createServer();
  server.once('error', () => resolve(undefined));
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
  });
  return promise;
}

export function sleep(clock: Clock, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  clock.after(ms, resolve);
  return promise;
}

/** Runova as a process of its own, so that `kill -9` is real; it can be started again on the same store. */
export class RunovaProcess {
  readonly #clock: Clock;
  readonly #config: string;
  readonly #logFile: string;
  readonly url: string;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly clock: Clock;
    readonly config: string;
    readonly logFile: string;
    readonly url: string;
  }) {
    this.#clock = options.clock;
    this.#config = options.config;
    this.#logFile = options.logFile;
    this.url = options.url;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it and resolves when it is ready. */
  async start(): Promise<void> {
    const log = openSync(this.#logFile, 'a');
    const main = process.argv[1] ?? '';
    const child = spawn(process.execPath, [main, 'serve', '--config', this.#config], {
      stdio: ['ignore', log, log],
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    child.once('exit', () => resolve());
    this.#ended = promise;
    this.#child = child;
    await this.#ready(child);
  }

  /** Ends it without a chance to tidy up; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.#ended;
  }

  /** Calls `onEnd` whenever it has ended by somebody else's hand. */
  onEnd(onEnd: () => void): void {
    this.#child?.once('exit', onEnd);
  }

  /** One answer of its API; undefined while it does not answer. */
  async get<T>(path: string): Promise<T | undefined> {
    try {
      const answer = await fetch(`${this.url}${path}`);
      return answer.ok ? ((await answer.json()) as T) : undefined;
    } catch {
      return undefined;
    }
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadlineMs = this.#clock.monotonic() + READY_WITHIN_MS;
    while (this.#clock.monotonic() < deadlineMs) {
      if (child.exitCode !== null) break;
      if (await this.#answers()) return;
      await sleep(this.#clock, POLL_MS);
    }
    throw new Error(`Runova did not start; its log is ${this.#logFile}`);
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok;
    } catch {
      return false;
    }
  }
}
