import * as z from 'zod';
import { fieldManager, OPERATION_ANNOTATION } from '../domain/operation.ts';
import type { Action } from './action.ts';
import { templateMark } from './marks.ts';

const parameters = z.strictObject({});

/** Replaces all pods, one after another, as `kubectl rollout restart` does; the annotation is the mark. */
export const rolloutRestart: Action<z.infer<typeof parameters>> = {
  name: 'rollout-restart',
  title: 'Replace all pods, rolling',
  kinds: ['Deployment'],
  parameters,
  plan: ({ workload }) =>
    workload.replicas === 0
      ? { kind: 'does-not-apply', why: 'it is scaled to 0: there is nothing to restart' }
      : {
          kind: 'planned',
          draft: {
            change: { kind: 'rollout-restart' },
            summary: `restart its ${workload.replicas} pods, rolling`,
            takesAway: Math.min(workload.maxUnavailable, workload.status.available),
            startsPods: true,
          },
        },
  write: (change, { id }, { workload }) => {
    if (change.kind !== 'rollout-restart') throw new Error(`rollout-restart cannot carry out ${change.kind}`);
    const { ref, uid, resourceVersion } = workload;
    return {
      kind: 'template',
      ref,
      uid,
      resourceVersion,
      annotations: { [OPERATION_ANNOTATION]: id },
      manager: fieldManager(id),
    };
  },
  mark: templateMark,
  unchanged: ({ plan }, { workload }) => workload.uid === plan.uid && workload.generation === plan.generation,
  stands: () => false,
  undo: () => undefined,
};
