import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real program under test, ended by its handle. */
export interface RealProgram {
  readonly url: string;
  /** The folder with its configuration and data, removed by `stop`. */
  readonly folder: string;
  readonly pid: number;
  /** What it has written to stderr so far. */
  log(): string;
  /** Ends it with SIGKILL; its folder and its port stay for `start`. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, with the same arguments in the same folder; resolves when it is ready. */
  start(): Promise<void>;
  /** Sends SIGTERM, waits for the end, removes the folder. */
  stop(): Promise<void>;
}

/** How to start a program that says on `/-/ready` when it is. */
export interface LaunchOptions {
  readonly program: string;
  /** Receives the port to listen on and its folder; may write files there. */
  readonly args: (place: { port: number; folder: string }) => Promise<readonly string[]>;
  /** How long it may take to become ready. */
  readonly readyWithinMs?: number;
}

/** Starts a program on a free port of the loopback in a folder of its own; resolves when it is ready. */
export async function launch(options: LaunchOptions): Promise<RealProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'runova-neighbour-'));
  const port = await freePort();
  const args = await options.args({ port, folder }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  let log = '';
  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  const start = async (): Promise<void> => {
    const started = spawn(options.program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    started.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    child = started;
    ended = once(started, 'exit');
    await ready(url, () => started.exitCode === null, options.readyWithinMs ?? 30_000);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child?.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  const stop = async (): Promise<void> => {
    await end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw new Error(`${options.program} did not become ready:\n${log}`, { cause: error });
  }
  const pid = (): number => child?.pid ?? -1;
  return {
    url,
    folder,
    get pid() {
      return pid();
    },
    log: () => log,
    kill: () => end('SIGKILL'),
    start,
    stop,
  };
}

/** A port of the loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Polls until the check passes; rejects after the deadline. For programs that tell nobody when they are done. */
export async function until(
  check: () => Promise<boolean> | boolean,
  withinMs: number,
  what: string,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ready(url: string, isAlive: () => boolean, withinMs: number): Promise<void> {
  const check = async (): Promise<boolean> => {
    if (!isAlive()) throw new Error('it ended');
    try {
      const answer = await fetch(`${url}/-/ready`);
      await answer.arrayBuffer();
      return answer.status === 200;
    } catch {
      return false;
    }
  };
  await until(check, withinMs, `${url} ready`);
}
