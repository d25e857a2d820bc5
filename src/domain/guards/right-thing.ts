import { formatDuration } from '../duration.ts';
import { undoneFix, UNDONE_WITHIN_MS } from '../undone-fix.ts';
import type { GuardFacts } from './guard.ts';
import { allow, refuse, wait, type Guard } from './guard.ts';

const question = 'Is it the right thing?';

const stillFiring: Guard = {
  name: 'still firing',
  question,
  judge: ({ firing }) =>
    firing.kind === 'firing'
      ? allow(firing.read)
      : wait(firing.read, 'the source must say that the rule fires'),
};

/** Does the template mount storage that outlives its pods? An unreadable volume counts as one. */
function mountsClaim(template: Readonly<Record<string, unknown>>): boolean {
  const spec = template['spec'];
  const volumes = typeof spec === 'object' && spec !== null && 'volumes' in spec ? spec.volumes : [];
  if (!Array.isArray(volumes)) return true;
  return volumes.some(
    (volume: unknown) =>
      typeof volume !== 'object' ||
      volume === null ||
      'persistentVolumeClaim' in volume ||
      'ephemeral' in volume,
  );
}

const targetKnown: Guard = {
  name: 'target known',
  question,
  judge: ({ view, plan, playbook, nowMs }) => {
    if (playbook.guards.stateless && mountsClaim(view.workload.template.raw)) {
      return refuse(
        'it mounts a PersistentVolumeClaim, and the playbook is for stateless workloads',
        'a person decides',
      );
    }
    if (view.workload.deleting) return wait('the object is being deleted', 'nothing: it will be gone');
    if (view.workload.uid !== plan.uid)
      return wait('the object was replaced while it was planned', 'nothing: it is planned again');
    return allow(
      `exactly 1 object, uid ${view.workload.uid.slice(0, 8)}, read ${formatDuration(nowMs - view.readAtMs)} ago`,
    );
  },
};

/** Managers that write `spec.replicas` or the template without being a person, us or Kubernetes' own controllers. */
const GIT_MANAGERS: ReadonlySet<string> = new Set([
  'kustomize-controller',
  'helm-controller',
  'flux-client-side-apply',
  'argocd-controller',
  'argocd-application-controller',
]);

function gitOwner(facts: Pick<GuardFacts, 'plan' | 'view'>): string | undefined {
  const scaling = facts.plan.change.kind === 'scale';
  const touchesTemplate = facts.plan.change.kind === 'roll-back';
  return facts.view.workload.managers.find(
    (one) =>
      GIT_MANAGERS.has(one.manager) &&
      ((scaling && one.ownsReplicas) || (touchesTemplate && one.ownsTemplate)),
  )?.manager;
}

export const owner: Guard<Pick<GuardFacts, 'plan' | 'view'>> = {
  name: 'owner',
  question,
  judge: (facts) => {
    const scaling = facts.plan.change.kind === 'scale';
    const scaler = facts.view.autoscalers.find(
      (one) => scaling && one.acts && one.kind !== 'VerticalPodAutoscaler',
    );
    if (scaler !== undefined)
      return refuse(
        `${scaler.kind} ${scaler.name} owns spec.replicas`,
        `raise its maximum instead: kubectl -n ${facts.plan.target.namespace} edit ${scaler.kind.toLowerCase()} ${scaler.name}`,
      );
    const git = gitOwner(facts);
    if (git !== undefined) return refuse(`the field is in Git: ${git} applies it`, 'change it in Git');
    return allow(`${scaling ? 'spec.replicas' : 'the pod template'}: not in Git, no HPA, no KEDA`);
  },
};

/** Whoever took it back had a reason that we do not see: to do it again would be a quarrel. */
const undone: Guard = {
  name: 'undone fix',
  question,
  judge: ({ recentOperations, view }) => {
    const found = undoneFix(recentOperations, view);
    return found === undefined
      ? allow(`nothing of ours undone here in ${formatDuration(UNDONE_WITHIN_MS)}`)
      : refuse(`operation ${found.number} was undone: ${found.read}`, 'find out who undid it, and why');
  },
};

/** A mark that the ledger does not know: we lost history, and may have acted here a moment ago (engine 4). */
const knownHistory: Guard = {
  name: 'known history',
  question,
  judge: ({ unknownMarks }) =>
    unknownMarks.length === 0
      ? allow('every mark of ours on it is in the ledger')
      : wait(
          `operation ${unknownMarks[0]} is marked on it, but not in the ledger`,
          'history is missing (restored or lost store): look at the object, then runova retry',
        ),
};

export const RIGHT_THING: readonly Guard[] = [stillFiring, targetKnown, owner, undone, knownHistory];
