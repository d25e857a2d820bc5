import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { AlertNotice } from '../../domain/alert.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import { type ReadNews, type ReadOrder, fromWire } from './notice-wire.ts';
import { type BodyRead, type BodyRefused, readWebhook } from './read-webhook.ts';

/** Above this a body is parsed off the main thread (DESIGN 8: a parse of 10 MB blocks for 163 ms). */
const WORKER_FROM_BYTES = 1024 * 1024;
/** A body of 16 MiB takes a few hundred milliseconds; after this something is wrong with the worker. */
const WORKER_DEADLINE_MS = 10_000;
const WORKER_HEAP_MB = 384;
/** The worker as it stands in the sources, or as it is bundled beside the program. */
const WORKER_FILES = [
  new URL('./body-worker.ts', import.meta.url),
  new URL('./body-worker.mjs', import.meta.url),
];

/** The reader has no answer (its thread ended): the body may be good, so it is asked for again. */
export interface NotRead {
  readonly kind: 'not-read';
  readonly why: string;
}

export type BodyAnswer = BodyRead | BodyRefused | NotRead;

interface Pending {
  readonly notices: AlertNotice[];
  readonly settle: (answer: BodyAnswer) => void;
  readonly cancel: Cancel;
}

/** The bytes move to the worker instead of being copied, where they are not part of a shared block. */
function movable(body: Buffer): ArrayBuffer[] {
  const { buffer } = body;
  return buffer instanceof ArrayBuffer && buffer.byteLength === body.byteLength ? [buffer] : [];
}

/** Reads webhook bodies: small ones at once, large ones in a worker that is started when first needed. */
export class BodyReader {
  readonly #clock: Clock;
  readonly #workerFile: URL;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** Fails at the start, not at the first storm, when the program was put together without the worker. */
  constructor(clock: Clock) {
    const file = WORKER_FILES.find((one) => existsSync(one));
    if (file === undefined) throw new Error('a part of the program is missing: body-worker');
    this.#workerFile = file;
    this.#clock = clock;
  }

  read(body: Buffer): Promise<BodyAnswer> {
    return body.length <= WORKER_FROM_BYTES ? Promise.resolve(readWebhook(body)) : this.#readInWorker(body);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#drop(worker, 'Runova is stopping');
    await worker?.terminate();
  }

  #readInWorker(body: Buffer): Promise<BodyAnswer> {
    return new Promise((settle) => {
      this.#worker ??= this.#start();
      const worker = this.#worker;
      const id = (this.#lastId += 1);
      const cancel = this.#clock.after(WORKER_DEADLINE_MS, () => {
        this.#drop(worker, 'reading took too long');
        void worker.terminate();
      });
      this.#pending.set(id, { notices: [], settle, cancel });
      worker.ref();
      worker.postMessage({ id, body } satisfies ReadOrder, movable(body));
    });
  }

  #start(): Worker {
    const worker = new Worker(this.#workerFile, {
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
    });
    worker.on('message', (news: ReadNews) => this.#hear(worker, news));
    worker.on('error', () => this.#drop(worker, 'its thread failed'));
    worker.on('exit', () => this.#drop(worker, 'its thread ended'));
    return worker;
  }

  #hear(worker: Worker, news: ReadNews): void {
    const pending = this.#pending.get(news.id);
    if (pending === undefined) return;
    if (news.kind === 'some') {
      for (const wire of news.notices) pending.notices.push(fromWire(wire));
      return;
    }
    this.#pending.delete(news.id);
    if (this.#pending.size === 0) worker.unref();
    pending.cancel();
    pending.settle(news.end.kind === 'refused' ? news.end : { ...news.end, notices: pending.notices });
  }

  /** Gives up on a worker: everything asked of it has no answer, the next large body starts another. */
  #drop(worker: Worker | undefined, why: string): void {
    if (worker === undefined || worker !== this.#worker) return;
    this.#worker = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { cancel, settle } of pending) {
      cancel();
      settle({ kind: 'not-read', why });
    }
  }
}
