import * as z from 'zod';
import { isCrashing } from '../domain/diagnosis.ts';
import { fieldManager } from '../domain/operation.ts';
import { livePods } from '../domain/workload.ts';
import type { Action } from './action.ts';

const parameters = z.strictObject({});

/** Evicts one failing pod so that another is started elsewhere; budgets are respected by the eviction itself. */
export const restartPod: Action<z.infer<typeof parameters>> = {
  name: 'restart-pod',
  title: 'Evict one failing pod, so that it is started elsewhere',
  kinds: ['Deployment'],
  parameters,
  plan: (view) => {
    const pod =
      livePods(view).find((one) => !one.ready && isCrashing(one, view.readAtMs)) ??
      livePods(view).find((one) => !one.ready);
    if (pod === undefined) return { kind: 'does-not-apply', why: 'every pod is ready' };
    return {
      kind: 'planned',
      draft: {
        change: { kind: 'restart-pod', pod: pod.name, podUid: pod.uid },
        summary: `evict pod ${pod.name}`,
        takesAway: 0,
        startsPods: true,
      },
    };
  },
  write: (change, { id }, { workload }) => {
    if (change.kind !== 'restart-pod') throw new Error(`restart-pod cannot carry out ${change.kind}`);
    return {
      kind: 'evict',
      ref: workload.ref,
      pod: change.pod,
      uid: change.podUid,
      manager: fieldManager(id),
    };
  },
  mark: ({ plan }, view) => {
    const { change } = plan;
    const pod =
      change.kind === 'restart-pod' ? view.pods.find((one) => one.uid === change.podUid) : undefined;
    if (pod === undefined || pod.terminating)
      return { kind: 'ours', read: 'the pod is gone or going (author unknown)' };
    return { kind: 'unchanged', read: `pod ${pod.name} is still there` };
  },
  unchanged: ({ plan }, view) => {
    const { change } = plan;
    return (
      change.kind === 'restart-pod' &&
      view.pods.some((one) => one.uid === change.podUid && !one.terminating && !one.ready)
    );
  },
  stands: () => false,
  undo: () => undefined,
};
