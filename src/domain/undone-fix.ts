import { fieldManager, MANAGER_PREFIX, type Operation } from './operation.ts';
import { sameTemplate } from './same-template.ts';
import type { TargetView, Workload } from './workload.ts';

/** How long what we did must have stayed (design: guards, *undone fix*). */
export const UNDONE_WITHIN_MS = 24 * 60 * 60_000;

export interface UndoneFix {
  /** Of the operation: `41.1` */
  readonly number: string;
  readonly read: string;
}

/** Who holds `spec.replicas` now: undefined where no entry says so. */
function holderOfReplicas({ managers }: Workload): string | undefined {
  return managers.find((one) => one.ownsReplicas)?.manager;
}

function undoneScale({ id, plan }: Operation, { workload }: TargetView): string | undefined {
  const { change } = plan;
  if (change.kind !== 'scale' || workload.replicas >= change.to) return undefined;
  const mark = fieldManager(id);
  const holder = holderOfReplicas(workload);
  // Lower under our own name is our own doing: given back, or undone.
  if (holder?.startsWith(MANAGER_PREFIX) === true && holder !== mark) return undefined;
  const by = holder === undefined || holder === mark ? 'something else' : holder;
  return `replicas are ${workload.replicas}, not ${change.to}: set by ${by}`;
}

/** Only what brings back the very template that we had rolled away from undoes it; another release is a release. */
function undoneRollBack({ plan }: Operation, { workload }: TargetView): string | undefined {
  const { change } = plan;
  if (change.kind !== 'roll-back' || !sameTemplate(workload.template.raw, change.previous)) return undefined;
  return `revision ${workload.revision} runs again what we had rolled away from`;
}

/**
 * What we did here last, if something else took it back since: repeating it would be a quarrel. Undone or given back by
 * ourselves, it is not.
 *
 * @param operations of the target, newest first, as long back as `UNDONE_WITHIN_MS`.
 */
export function undoneFix(operations: readonly Operation[], view: TargetView): UndoneFix | undefined {
  const last = operations.find(({ state }) => state === 'done');
  if (last === undefined || last.purpose !== 'fix') return undefined;
  const read = ((): string | undefined => {
    switch (last.plan.change.kind) {
      case 'scale':
        return undoneScale(last, view);
      case 'roll-back':
        return undoneRollBack(last, view);
      // A restart leaves nothing behind that could be taken back.
      case 'rollout-restart':
      case 'restart-pod':
        return undefined;
    }
  })();
  return read === undefined ? undefined : { number: last.number, read };
}
