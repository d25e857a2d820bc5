import type { Operation } from '../domain/operation.ts';
import type { Mark, OperationEvent } from '../domain/step/operation.ts';
import { OpsError } from '../ports/ops-error.ts';
import type { Flow } from './flow.ts';

/** What the target says about an operation; `unseen` when it cannot be read. */
export async function markOf(flow: Flow, operation: Operation): Promise<Mark> {
  const action = flow.actions[operation.plan.action];
  if (action === undefined) throw new Error(`no action ${operation.plan.action}`);
  try {
    const looked = await flow.cluster.look(operation.plan.target, 'fresh', flow.signal);
    return looked.kind === 'found'
      ? action.mark(operation, looked.view)
      : { kind: 'other', read: 'the object is gone' };
  } catch (error) {
    if (error instanceof OpsError) return { kind: 'unseen', read: error.message };
    throw error;
  }
}

/**
 * Looks at what has become of an operation. The target is asked only where silence means something: the operation is
 * claimed, and nobody in this process is at work on it.
 */
export async function followOperation(flow: Flow, operation: Operation | undefined): Promise<OperationEvent> {
  const silent =
    operation?.state === 'claimed' && !flow.executors.some((executor) => executor.carries(operation.id));
  const mark = silent ? await markOf(flow, operation) : undefined;
  // Undoing is carried out by whoever comes after; a fix is planned again.
  const orphaned =
    operation?.state === 'reserved' &&
    operation.purpose === 'fix' &&
    flow.executors.some(({ name, inProcess }) => inProcess && name === operation.executor) &&
    !flow.executors.some((executor) => executor.carries(operation.id));
  return { kind: 'operation', operation, mark, orphaned, before: operation?.before ?? {} };
}
