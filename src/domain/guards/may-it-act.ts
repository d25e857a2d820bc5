import { listedAs } from '../firing.ts';
import { dayAndTime } from '../freeze.ts';
import { fitsPattern } from '../name-pattern.ts';
import { MODE_ANNOTATION } from '../operation.ts';
import { leastAutonomy, type Autonomy } from '../playbook.ts';
import type { ChangeScope } from '../settings.ts';
import { allow, ask, refuse, wait, waitPatiently, type Guard, type GuardFacts } from './guard.ts';

const question = 'May it act at all?';

const paused: Guard = {
  name: 'paused',
  question,
  judge: ({ counts }) =>
    counts.paused.length === 0
      ? allow('no: everywhere, this namespace, this playbook, this target')
      : waitPatiently(`yes: ${counts.paused.join(', ')}`, 'runova resume'),
};

interface ScopeSubject {
  readonly namespace: string;
  readonly kind: string;
  readonly action: string;
}

/** A scope with no field at all is no scope: empty never means all. */
export function inScope(scope: ChangeScope, subject: ScopeSubject): boolean {
  const lists = [
    [scope.namespaces, subject.namespace],
    [scope.kinds, subject.kind],
    [scope.actions, subject.action],
  ] as const;
  const given = lists.filter(([patterns]) => patterns !== undefined);
  return (
    given.length > 0 &&
    given.every(([patterns, text]) => patterns?.some((pattern) => fitsPattern(pattern, text)) === true)
  );
}

export const scope: Guard<Pick<GuardFacts, 'settings' | 'plan'>> = {
  name: 'scope',
  question,
  judge: ({ settings, plan }) => {
    const subject = { namespace: plan.target.namespace, kind: plan.target.kind, action: plan.action };
    const what = `${subject.action} of a ${subject.kind} in ${subject.namespace}`;
    if (settings.ownNamespaces.includes(subject.namespace))
      return refuse(`${subject.namespace} is Runova's own namespace`, 'nothing: it can never be allowed');
    const never = settings.changes.never.some((one) => inScope(one, subject));
    if (never) return refuse(`${what} is in changes.never`, 'take it out of changes.never by name');
    const allowed = settings.changes.allow.some((one) => inScope(one, subject));
    return allowed
      ? allow(`${what} is in changes.allow, not in changes.never`)
      : refuse(`${what} is not in changes.allow`, 'add it to changes.allow');
  },
};

const MODES: ReadonlySet<string> = new Set(['off', 'observe', 'ask', 'auto']);

/** What a person wrote on the object or on its namespace; a word that nobody knows counts as `off`. */
export function writtenMode(facts: Pick<GuardFacts, 'view'>): string | undefined {
  const found =
    facts.view.workload.annotations[MODE_ANNOTATION] ?? facts.view.namespaceAnnotations[MODE_ANNOTATION];
  if (found === undefined) return undefined;
  return MODES.has(found) ? found : 'off';
}

function mutedAlert(facts: Pick<GuardFacts, 'alerts' | 'listed'>): string | undefined {
  for (const alert of facts.alerts) {
    const listed = listedAs(facts.listed, alert);
    if (listed?.state !== 'suppressed') continue;
    return listed.silencedBy.length > 0
      ? `a silence on ${alert.labels['alertname'] ?? 'the alert'}`
      : `an inhibition of ${alert.labels['alertname'] ?? 'the alert'}`;
  }
  return undefined;
}

type PersonFacts = Pick<GuardFacts, 'listed' | 'alerts' | 'view' | 'plan'> & {
  readonly counts: Pick<GuardFacts['counts'], 'takenBy'>;
};

export const heldByPerson: Guard<PersonFacts> = {
  name: 'held by a person',
  question,
  judge: (facts) => {
    if (facts.counts.takenBy !== undefined)
      return waitPatiently(`taken by ${facts.counts.takenBy}`, 'wait until the take ends');
    if (facts.listed.kind === 'unknown')
      return wait(
        `Alertmanager cannot say whether the alert is silenced: ${facts.listed.why}`,
        'bring Alertmanager back',
      );
    const muted = mutedAlert(facts);
    if (muted !== undefined) return waitPatiently(muted, 'let it end or take it away');
    if (facts.view.workload.pausedRollout)
      return waitPatiently(
        'the rollout is paused (spec.paused)',
        `kubectl -n ${facts.plan.target.namespace} rollout resume deployment ${facts.plan.target.name}`,
      );
    const mode = writtenMode(facts);
    if (mode === 'off')
      return refuse(`${MODE_ANNOTATION}: off on the object or its namespace`, 'remove the annotation');
    return allow(`no silence, ${MODE_ANNOTATION}: ${mode ?? 'not set'}, no open take`);
  },
};

/** A change could destroy the traces of an attack: what may be one is left as it is (DESIGN 5, `security-incident`). */
const security: Guard = {
  name: 'security',
  question,
  judge: ({ securityClass }) =>
    securityClass === undefined
      ? allow('no alert tells of a security incident')
      : refuse(`${securityClass}: left as it is`, 'nothing: a person looks at it'),
};

/** What this (alert, action) has earned. It falls by itself; the step up is a person's. */
export function earnedAutonomy(facts: Pick<GuardFacts, 'counts' | 'settings'>): Autonomy {
  return facts.counts.streak.notFixed >= facts.settings.autonomy.demoteFailures ? 'ask' : 'auto';
}

const autonomy: Guard = {
  name: 'autonomy',
  question,
  judge: (facts) => {
    const { settings, playbook, rung, plan, approved } = facts;
    const written = writtenMode(facts);
    const object: Autonomy = written === 'observe' || written === 'ask' ? written : 'auto';
    const earned = earnedAutonomy(facts);
    const level = leastAutonomy(settings.mode, playbook.autonomy, rung.autonomy ?? 'auto', object, earned);
    const { fixed, notFixed } = facts.counts.streak;
    const read = `${level}: configuration ${settings.mode}, playbook ${rung.autonomy ?? playbook.autonomy}, earned ${earned} (${fixed} fixed, ${notFixed} failed in a row)`;
    if (level === 'auto') return allow(read);
    if (level === 'observe') return refuse(read, 'set mode to ask or auto when you trust it');
    return approved === plan.digest ? allow(`${read}; this plan is approved`) : ask(read, 'runova approve');
  },
};

/** Its end is known, so nobody is called for it: it waits. */
const freeze: Guard = {
  name: 'freeze',
  question,
  judge: ({ freeze: { active, next, timeZone } }) => {
    if (active !== undefined)
      return waitPatiently(
        `"${active.name}" until ${dayAndTime(active.untilMs, timeZone)}`,
        'let it end, or name the playbook in its except',
      );
    return allow(
      next === undefined
        ? 'none now, none to come'
        : `none now; next ${dayAndTime(next.fromMs, timeZone)} "${next.name}"`,
    );
  },
};

export const MAY_IT_ACT: readonly Guard[] = [paused, scope, heldByPerson, security, autonomy, freeze];
