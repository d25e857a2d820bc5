import * as z from 'zod';
import { fieldManager } from '../domain/operation.ts';
import type { Action } from './action.ts';
import { managerMark } from './marks.ts';

const parameters = z.strictObject({
  add: z.int().min(1).max(10).default(1).describe('Replicas to add.'),
  max: z.int().min(1).max(1_000).describe('Never more replicas than this.'),
});

const arrow = (from: number, to: number): string => `replicas ${from} → ${to}`;

/** Adds replicas by one step, through the scale subresource. Absolute, so that a repeat changes nothing. */
export const scale: Action<z.infer<typeof parameters>> = {
  name: 'scale',
  title: 'Add replicas, by a step and up to a cap',
  kinds: ['Deployment'],
  parameters,
  plan: ({ workload }, { add, max }) => {
    const from = workload.replicas;
    const to = Math.min(from + add, max);
    if (from === 0) return { kind: 'does-not-apply', why: 'it is scaled to 0: somebody wanted that' };
    if (to <= from) return { kind: 'does-not-apply', why: `it has ${from} replicas, the cap is ${max}` };
    return {
      kind: 'planned',
      draft: {
        change: { kind: 'scale', from, to },
        summary: arrow(from, to),
        takesAway: 0,
        startsPods: true,
      },
    };
  },
  write: (change, { id }, { workload }) => {
    if (change.kind !== 'scale') throw new Error(`scale cannot carry out ${change.kind}`);
    const { ref, uid, resourceVersion } = workload;
    return { kind: 'scale', ref, uid, resourceVersion, replicas: change.to, manager: fieldManager(id) };
  },
  mark: managerMark,
  unchanged: ({ plan }, { workload }) =>
    workload.uid === plan.uid &&
    workload.generation === plan.generation &&
    plan.change.kind === 'scale' &&
    workload.replicas === plan.change.from,
  stands: (operation, view) =>
    managerMark(operation, view).kind === 'ours' &&
    operation.plan.change.kind === 'scale' &&
    view.workload.replicas === operation.plan.change.to,
  undo: (change) =>
    change.kind === 'scale'
      ? {
          change: { kind: 'scale', from: change.to, to: change.from },
          summary: arrow(change.to, change.from),
          takesAway: Math.max(0, change.to - change.from),
          startsPods: false,
        }
      : undefined,
};
