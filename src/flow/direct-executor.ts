import type { Operation } from '../domain/operation.ts';
import type { Executor } from '../ports/executor.ts';
import { carryOut } from './carry-out.ts';
import type { Flow } from './flow.ts';

/** Carries operations out in this process, with this process's rights. */
export class DirectExecutor implements Executor {
  readonly name = 'direct';
  readonly inProcess = true;
  readonly #running = new Map<string, Promise<void>>();
  readonly #flow: () => Flow;

  /** `flow` is asked for at each operation: the executor is itself a part of it. */
  constructor(flow: () => Flow) {
    this.#flow = flow;
  }

  ready(): { readonly kind: 'ready' } {
    return { kind: 'ready' };
  }

  carryOut(operation: Operation): void {
    if (this.#running.has(operation.id)) return;
    const flow = this.#flow();
    const work = carryOut(flow, operation)
      .catch((error: unknown) =>
        flow.log.error('an operation broke off; it is judged by its target', {
          operation: operation.number,
          error: String(error),
        }),
      )
      .finally(() => this.#running.delete(operation.id));
    this.#running.set(operation.id, work);
  }

  carries(operationId: string): boolean {
    return this.#running.has(operationId);
  }

  async idle(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}
