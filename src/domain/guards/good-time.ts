import { isCrashing } from '../diagnosis.ts';
import { rolloutComplete } from '../workload.ts';
import { allow, refuse, wait, type Guard, type GuardFacts } from './guard.ts';

const question = 'Is it a good time?';

export const rollout: Guard<Pick<GuardFacts, 'view' | 'plan'>> = {
  name: 'rollout',
  question,
  judge: ({ view, plan }) => {
    const { generation, observedGeneration } = view.workload;
    if (observedGeneration < generation) {
      return wait(
        `generation ${generation} is not observed yet (${observedGeneration} is)`,
        'let its controller catch up',
      );
    }
    if (rolloutComplete(view.workload)) return allow('complete');
    const { replicas, status } = view.workload;
    const read = `${status.updated} of ${replicas} pods updated, ${status.available} available`;
    // A broken rollout never completes: undoing it, or replacing what crashes, is what it needs.
    if (plan.change.kind !== 'scale' && (view.workload.rolloutStuck || crashes(view)))
      return allow(`${read}; its pods fail`);
    if (status.updated === replicas && status.replicas === replicas)
      return allow(`${read}; no pod is being replaced`);
    return wait(read, 'let the rollout finish');
  },
};

function crashes(view: Parameters<Guard['judge']>[0]['view']): boolean {
  return view.pods.some((pod) => isCrashing(pod, view.readAtMs));
}

const oneAtATime: Guard = {
  name: 'one at a time',
  question,
  judge: ({ counts }) =>
    counts.liveOnTarget.length === 0
      ? allow('no other operation on this target')
      : wait(`operation ${counts.liveOnTarget.join(', ')} is running on it`, 'let it end'),
};

const parallel: Guard = {
  name: 'parallel',
  question,
  judge: ({ counts, limits }) => {
    const limit = `limit ${limits.parallel}`;
    if (limits.parallel < 1) return refuse('no operation may run at all', 'raise limits.parallel');
    return counts.live < limits.parallel
      ? allow(`${counts.live} running`, limit)
      : { verdict: 'wait', read: `${counts.live} running`, limit, remedy: 'let one end' };
  },
};

export const GOOD_TIME: readonly Guard[] = [rollout, oneAtATime, parallel];
