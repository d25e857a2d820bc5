import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

interface Order {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A process of its own that answers orders. Ended by its handle. */
export interface Child extends AsyncDisposable {
  /** Rejects with the child's error text, or when it ends without an answer. */
  ask<T>(name: string, input?: unknown): Promise<T>;
  /** What it says unasked. */
  onNews(listener: (news: unknown) => void): void;
}

/** With a folder here every child writes a profile of its processor time there (`--profile`). */
export const PROFILE_FOLDER = 'RUNOVA_BENCH_PROFILE';

/** Starts a file of this folder. Its output goes to stderr, since stdout is the report's. */
export function startChild(file: string): Child {
  const folder = globalThis.process.env[PROFILE_FOLDER];
  const process = fork(join(import.meta.dirname, file), [], {
    stdio: ['ignore', 2, 2, 'ipc'],
    execArgv: folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(folder, file)}`],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners: ((news: unknown) => void)[] = [];
  let lastId = 0;
  process.on('message', (message: Reply | { readonly news: unknown }) => {
    if ('news' in message) for (const listener of listeners) listener(message.news);
    else settle(waiting, message);
  });
  process.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended with ${code ?? 'a signal'}`));
    waiting.clear();
  });
  return {
    ask: <T>(name: string, input?: unknown) => {
      const answer = Promise.withResolvers<unknown>();
      lastId += 1;
      waiting.set(lastId, answer);
      process.send({ id: lastId, name, input } satisfies Order, (error) => {
        if (error !== null) answer.reject(error);
      });
      return answer.promise as Promise<T>;
    },
    onNews: (listener) => void listeners.push(listener),
    [Symbol.asyncDispose]: () => ended(process),
  };
}

function settle(waiting: Map<number, PromiseWithResolvers<unknown>>, { id, value, error }: Reply): void {
  const answer = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) answer?.resolve(value);
  else answer?.reject(new Error(error));
}

async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  process.once('exit', () => resolve());
  if (process.connected) process.disconnect();
  await promise;
}

/** In the child: answers orders by name until the parent lets go, then stops and ends. */
export function answerOrders(
  orders: Readonly<Record<string, (input: never) => unknown>>,
  stop: () => Promise<void> | void = () => undefined,
): void {
  process.on('message', (order: Order) => {
    void Promise.resolve()
      .then(() => orders[order.name]?.(order.input as never))
      .then(
        (value) => process.send?.({ id: order.id, value }),
        (error: unknown) =>
          process.send?.({ id: order.id, error: String(error instanceof Error ? error.stack : error) }),
      );
  });
  process.on('disconnect', () => void Promise.resolve(stop()).finally(() => process.exit()));
}

/** In the child: tells the parent something unasked. */
export function tellParent(news: unknown): void {
  process.send?.({ news });
}
