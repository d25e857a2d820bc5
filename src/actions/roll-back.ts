import * as z from 'zod';
import { fieldManager, OPERATION_ANNOTATION } from '../domain/operation.ts';
import { sameTemplate } from '../domain/same-template.ts';
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
    // What runs may itself be a roll back (a new revision with an old template): what it left is never offered again.
    const same = revisions.filter((one) => sameTemplate(one.template.raw, workload.template.raw));
    const origin = Math.min(
      workload.revision,
      ...same.map((one) => one.revision).filter((revision) => revision > 0),
    );
    const older = revisions.filter((one) => one.revision < origin && one.revision > 0);
    const previous = older.toSorted((a, b) => b.revision - a.revision)[0];
    if (previous === undefined) {
      const why =
        origin < workload.revision
          ? `it already runs revision ${origin} again`
          : 'there is no earlier revision';
      return { kind: 'does-not-apply', why };
    }
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
  stands: ({ plan }, { workload }) =>
    workload.uid === plan.uid &&
    plan.change.kind === 'roll-back' &&
    sameTemplate(workload.template.raw, plan.change.template),
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
