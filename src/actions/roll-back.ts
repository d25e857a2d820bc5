import * as z from 'zod';
import { fieldManager, OPERATION_ANNOTATION } from '../domain/operation.ts';
import type { Action } from './action.ts';
import { templateMark } from './marks.ts';

const parameters = z.strictObject({});

/** Puts the pod template of the revision before the running one back, as `kubectl rollout undo` does. */
export const rollBack: Action<z.infer<typeof parameters>> = {
  name: 'roll-back',
  title: 'Undo the last rollout',
  kinds: ['Deployment'],
  parameters,
  plan: ({ workload, revisions }) => {
    const older = revisions.filter((one) => one.revision < workload.revision && one.revision > 0);
    const previous = older.toSorted((a, b) => b.revision - a.revision)[0];
    if (previous === undefined) return { kind: 'does-not-apply', why: 'there is no earlier revision' };
    if (workload.replicas === 0) return { kind: 'does-not-apply', why: 'it is scaled to 0' };
    return {
      kind: 'planned',
      draft: {
        change: {
          kind: 'roll-back',
          fromRevision: workload.revision,
          toRevision: previous.revision,
          template: previous.template.raw,
          previous: workload.template.raw,
        },
        summary: `back to revision ${previous.revision} (from ${workload.revision})`,
        takesAway: Math.min(workload.maxUnavailable, workload.status.available),
        startsPods: true,
      },
    };
  },
  write: (change, { id }, { workload }) => {
    if (change.kind !== 'roll-back') throw new Error(`roll-back cannot carry out ${change.kind}`);
    const { ref, uid, resourceVersion } = workload;
    return {
      kind: 'template',
      ref,
      uid,
      resourceVersion,
      annotations: { [OPERATION_ANNOTATION]: id },
      template: change.template,
      manager: fieldManager(id),
    };
  },
  mark: templateMark,
  unchanged: ({ plan }, { workload }) => workload.uid === plan.uid && workload.generation === plan.generation,
  undo: (change) =>
    change.kind === 'roll-back'
      ? {
          change: {
            ...change,
            fromRevision: change.toRevision,
            toRevision: change.fromRevision,
            template: change.previous,
            previous: change.template,
          },
          summary: `forward again to revision ${change.fromRevision}`,
          takesAway: 0,
          startsPods: true,
        }
      : undefined,
};
