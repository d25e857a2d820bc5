import type { Operation } from '../domain/operation.ts';

/** Carries operations out. It claims each from the store by the protocol of engine 4; nothing else may write. */
export interface Executor {
  readonly name: string;
  /** It works inside this process: what it does not carry, nobody carries. */
  readonly inProcess: boolean;
  /** Can it take operations now? A sentence when it cannot. */
  ready(): { readonly kind: 'ready' } | { readonly kind: 'not-ready'; readonly why: string };
  /** Starts on a reserved operation and returns at once; the store learns how it went. */
  carryOut(operation: Operation): void;
  /** Is this process at work on it? Then its silence means nothing yet. */
  carries(operationId: string): boolean;
  /** Resolves when nothing is being carried out any more. */
  idle(): Promise<void>;
}
