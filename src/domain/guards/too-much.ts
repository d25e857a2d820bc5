import { costOf, currencySign, formatCents } from '../budget.ts';
import { formatDuration } from '../duration.ts';
import { formatResources, placesFor, podsToPlace } from '../room.ts';
import type { Rate } from '../settings.ts';
import { stormAhead } from '../storm.ts';
import { allow, refuse, wait, waitPatiently, type Guard, type GuardFacts } from './guard.ts';

const question = 'Is it too much?';

const cooldown: Guard = {
  name: 'cooldown',
  question,
  judge: ({ counts, limits, ownChanges, nowMs }) => {
    const limit = `needs ${formatDuration(limits.target.cooldownMs)}`;
    if (ownChanges > 0) return allow('rungs of one incident follow the ladder', limit);
    if (counts.lastEndedAtMs === undefined) return allow('no earlier incident changed it', limit);
    const sinceMs = nowMs - counts.lastEndedAtMs;
    const read = `last incident with a change ended ${formatDuration(sinceMs)} ago`;
    return sinceMs >= limits.target.cooldownMs
      ? allow(read, limit)
      : {
          verdict: 'wait',
          read,
          limit,
          remedy: `${formatDuration(limits.target.cooldownMs - sinceMs)} more`,
        };
  },
};

const perTime = (rate: Rate): string => `${rate.count} in ${formatDuration(rate.perMs)}`;

const attempts: Guard = {
  name: 'attempts',
  question,
  judge: ({ counts, limits }) => {
    const { changes } = limits.target;
    const read = `${counts.changesOnTarget} in ${formatDuration(changes.perMs)}`;
    return counts.changesOnTarget < changes.count
      ? allow(read, `limit ${changes.count}`)
      : {
          verdict: 'refuse',
          read,
          limit: `limit ${changes.count}`,
          remedy: 'a person decides: it was tried often enough',
        };
  },
};

const rate: Guard = {
  name: 'rate',
  question,
  judge: ({ counts, limits }) => {
    const read = `playbook ${counts.changesByPlaybook}, namespace ${counts.changesInNamespace}, cluster ${counts.changesInCluster}`;
    const limit = `limits ${perTime(limits.playbook)}, ${perTime(limits.namespace)}, ${perTime(limits.cluster)}`;
    const within =
      counts.changesByPlaybook < limits.playbook.count &&
      counts.changesInNamespace < limits.namespace.count &&
      counts.changesInCluster < limits.cluster.count;
    return within
      ? allow(read, limit)
      : { verdict: 'wait', read, limit, remedy: 'it becomes possible as changes grow old' };
  },
};

function brokenBudget(facts: GuardFacts): string | undefined {
  if (facts.plan.takesAway === 0) return undefined;
  return facts.view.budgets.find((budget) => budget.disruptionsAllowed < facts.plan.takesAway)?.name;
}

/** Never the last healthy one, and never more than the share of replicas that the limit names. */
const blastRadius: Guard = {
  name: 'blast radius',
  question,
  judge: (facts) => {
    const { plan, view, limits } = facts;
    const { replicas, status, maxUnavailable } = view.workload;
    const limit = `limit ${Math.round(limits.unavailable * 100)} %`;
    const read = `takes ${plan.takesAway} of ${replicas} away`;
    if (plan.change.kind === 'scale' && plan.change.to > plan.change.from * 2)
      return refuse(`${plan.summary} is more than twice`, 'scale by smaller steps');
    if (plan.startsPods && plan.change.kind !== 'scale' && replicas > 0 && maxUnavailable >= replicas)
      return refuse(
        `a rollout may take all ${replicas} pods away (maxUnavailable)`,
        'lower strategy.rollingUpdate.maxUnavailable',
      );
    if (plan.takesAway > 0 && plan.takesAway >= status.available && status.available > 0)
      return refuse(`${read}: the last healthy one`, 'a person decides');
    if (plan.takesAway > 0 && plan.takesAway > Math.max(1, Math.floor(replicas * limits.unavailable)))
      return { verdict: 'refuse', read, limit, remedy: 'a person decides' };
    const budget = brokenBudget(facts);
    if (budget !== undefined)
      return wait(`PodDisruptionBudget ${budget} allows fewer`, 'let the other pods become healthy');
    return allow(read, limit);
  },
};

const admission: Guard = {
  name: 'admission',
  question,
  judge: ({ dryRun, admission: replacement }) => {
    for (const checked of [dryRun, replacement]) {
      if (checked.kind === 'no')
        return refuse(checked.read, 'nothing was changed: make room for it, or repair what refuses it');
      if (checked.kind === 'unknown') return wait(checked.read, 'the API server must answer the dry run');
    }
    return allow(`${dryRun.read}; ${replacement.read}`);
  },
};

const breaker: Guard = {
  name: 'breaker',
  question,
  judge: ({ counts, limits, plan, approved }) => {
    const failures = counts.recentProofs.filter((fixed) => !fixed).length;
    const read = `${failures} of the last ${counts.recentProofs.length} failed`;
    const limit = `opens at ${limits.breaker.failures}`;
    if (failures < limits.breaker.failures) return allow(read, limit);
    return approved === plan.digest
      ? allow(`${read}; half open, this plan is approved`, limit)
      : { verdict: 'ask', read, limit, remedy: 'runova approve: one proved fix more closes it' };
  },
};

const storm: Guard = {
  name: 'storm',
  question,
  judge: ({ counts, limits, size, plan, nowMs }) => {
    const limit = `limit ${limits.storm.targets}`;
    if (counts.storm !== undefined && counts.storm.calmAtMs > nowMs) {
      return waitPatiently(
        `a storm is on in ${counts.storm.scope} since ${formatDuration(nowMs - counts.storm.sinceMs)}`,
        `${formatDuration(counts.storm.calmAtMs - nowMs)} without new targets ends it`,
      );
    }
    const ahead = stormAhead(counts, limits, size, plan.target.namespace);
    if (ahead !== undefined) return waitPatiently(ahead.read, 'a person looks at what they have in common');
    return allow(
      `new targets in ${formatDuration(limits.storm.withinMs)}: ${counts.newTargets.cluster + counts.newTargets.unresolved}`,
      limit,
    );
  },
};

const NODES_REMEDY = 'Kubernetes must say what its nodes have and its pods ask for';

/** What its nodes cost is what a platform costs; a plan costs what the nodes cost that it would need besides. */
const budget: Guard = {
  name: 'budget',
  question,
  judge: ({ settings, plan, view, room: look }) => {
    const limits = settings.budget;
    if (limits === undefined) return allow('none is configured');
    if (look.kind === 'unknown') return wait(`what the nodes cost: ${look.why}`, NODES_REMEDY);
    const cost = costOf(limits, look.room, podsToPlace(plan.change, view, look.room));
    if (cost.kind === 'unknown')
      return wait(cost.why, 'name its price in budget.prices, or one for all: flat');
    const sign = currencySign(limits.currency);
    const total = cost.spentCents + cost.addsCents;
    const warned = total >= limits.monthlyCents * limits.warn ? ', warned' : '';
    const read = `${formatCents(cost.spentCents)} of ${formatCents(limits.monthlyCents)} ${sign}${warned}; this adds ${formatCents(cost.addsCents)} ${sign}`;
    const limit = 'refuses at 100 %';
    const refused = total >= limits.monthlyCents && (limits.exceeded === 'refuse-all' || cost.addsCents > 0);
    return refused
      ? { verdict: 'refuse', read, limit, remedy: 'take a node away, or raise budget.monthly' }
      : allow(read, limit);
  },
};

/** A pod that fits nowhere helps nobody, and may keep another from its place. */
const capacity: Guard = {
  name: 'capacity',
  question,
  judge: ({ plan, view, room: look }) => {
    if (!plan.startsPods) return allow('it starts no pods');
    if (look.kind === 'unknown') return wait(look.why, NODES_REMEDY);
    const { room } = look;
    const pods = podsToPlace(plan.change, view, room);
    if (pods === 0) return allow('every new pod takes the place of another');
    const places = placesFor(room);
    const what = `${pods === 1 ? '' : `${pods} pods of `}${formatResources(room.pod)}`;
    const [best] = places.nodes;
    if (best !== undefined && pods <= places.pods)
      return allow(`${what} fit on ${best.name} (${formatResources(best.free)} free)`);
    return refuse(
      places.pods === 0 ? `${what} fit on no node` : `${what}: there is room for ${places.pods}`,
      'add a node, or let the pods ask for less',
    );
  },
};

export const TOO_MUCH: readonly Guard[] = [
  cooldown,
  attempts,
  rate,
  blastRadius,
  admission,
  storm,
  breaker,
  budget,
  capacity,
];
