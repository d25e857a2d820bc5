import { marksOn } from '../actions/marks.ts';
import type { Checked, GuardFacts } from '../domain/guards/guard.ts';
import type { Incident } from '../domain/incident.ts';
import { judge } from '../domain/judge.ts';
import type { Operation, Plan } from '../domain/operation.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { RoomLook } from '../domain/room.ts';
import { securityClassOf } from '../domain/security-class.ts';
import type { PlanLook } from '../domain/step/plan-look.ts';
import { stormAhead } from '../domain/storm.ts';
import type { TargetRef } from '../domain/target.ts';
import { UNDONE_WITHIN_MS } from '../domain/undone-fix.ts';
import type { TargetView } from '../domain/workload.ts';
import type { Written } from '../ports/cluster.ts';
import { OpsError } from '../ports/ops-error.ts';
import type { SourceWord } from './ask-source.ts';
import type { ChosenRung } from './choose-rung.ts';
import type { Flow } from './flow.ts';
import { chooseExecutor, makeOperation, makePlan, reserveCheck } from './reservation.ts';

interface ToJudge {
  readonly incident: Incident & { readonly target: TargetRef };
  readonly playbook: Playbook;
  readonly alertname: string;
  readonly word: SourceWord;
  readonly view: TargetView;
  /** Values of this moment, for conditions that compare with `before`. */
  readonly before: Operation['before'];
  readonly chosen: ChosenRung & { readonly kind: 'rung' };
  readonly nowMs: number;
}

/** Asks the API server what it would say; nothing is written. */
async function checked(what: string, ask: () => Promise<Written>): Promise<Checked> {
  try {
    const written = await ask();
    switch (written.kind) {
      case 'accepted':
        return { kind: 'ok', read: `${what} accepted` };
      case 'refused':
        return { kind: 'no', read: `${what}: ${written.why}` };
      case 'conflict':
        return { kind: 'unknown', read: `${what}: the object changed meanwhile` };
      case 'gone':
        return { kind: 'unknown', read: `${what}: the object is gone` };
    }
  } catch (error) {
    if (error instanceof OpsError) return { kind: 'unknown', read: `${what}: ${error.message}` };
    throw error;
  }
}

/** A dry run carries no operation's mark: there is none yet. */
const NO_OPERATION = { id: 'dry-run' } as const;

function dryRun(flow: Flow, plan: Plan, view: TargetView): Promise<Checked> {
  const action = flow.actions[plan.action];
  if (action === undefined) throw new Error(`no action ${plan.action}`);
  return checked('dry run', () =>
    flow.cluster.write(action.write(plan.change, NO_OPERATION, view), 'dry-run', flow.signal),
  );
}

function admission(flow: Flow, plan: Plan): Promise<Checked> {
  if (!plan.startsPods) return Promise.resolve({ kind: 'ok', read: 'it starts no pods' });
  const template = plan.change.kind === 'roll-back' ? plan.change.template : undefined;
  return checked('a new pod', () => flow.cluster.admits(plan.target, template, flow.signal));
}

async function unknownMarks(flow: Flow, view: TargetView): Promise<readonly string[]> {
  const marks = marksOn(view);
  const known = await Promise.all(marks.map((id) => flow.store.knowsOperation(id)));
  return marks.filter((_, index) => known[index] !== true);
}

async function sizeOf(flow: Flow, namespace: string): Promise<GuardFacts['size']> {
  try {
    const size = await flow.cluster.size(flow.signal);
    return { targets: size.targets, namespace: size.byNamespace[namespace] ?? 0 };
  } catch (error) {
    if (error instanceof OpsError) return undefined;
    throw error;
  }
}

/** An approval is for one digest, and no longer than a question stands: what held it back meanwhile may have changed more. */
function standingApproval(
  { approval }: Pick<Incident, 'approval'>,
  approvalMs: number,
  nowMs: number,
): string | undefined {
  return approval !== undefined && nowMs <= approval.atMs + approvalMs ? approval.digest : undefined;
}

async function roomFor(flow: Flow, plan: Plan): Promise<RoomLook> {
  const template = plan.change.kind === 'roll-back' ? plan.change.template : undefined;
  try {
    const answer = await flow.cluster.room(plan.target, template, flow.signal);
    return answer.kind === 'found'
      ? { kind: 'known', room: answer.room }
      : { kind: 'unknown', why: 'the object is gone' };
  } catch (error) {
    if (error instanceof OpsError) return { kind: 'unknown', why: error.message };
    throw error;
  }
}

/** Gathers what the guards look at, asks them all, and prepares the operation that is reserved if they allow. */
export async function judgePlan(flow: Flow, given: ToJudge): Promise<PlanLook> {
  const { incident, playbook, alertname, word, view, chosen, nowMs } = given;
  const executor = chooseExecutor(flow);
  if (!('name' in executor)) return { kind: 'cannot-tell', guard: 'executor', why: executor.why };
  const plan = makePlan(flow, chosen.rung.action, chosen.draft, view);
  const { name, guards } = playbook;
  const approved = standingApproval(incident, flow.settings.timings.approvalMs, nowMs);
  const ownChanges = incident.attempts.filter(
    (one) => one.outcome !== 'closed' && one.outcome !== 'not-done',
  ).length;
  const check = reserveCheck(flow, {
    incident: incident.id,
    playbook: name,
    guards,
    alertname,
    action: plan.action,
    target: plan.target,
    purpose: 'fix',
    ownChanges,
    approved: approved === plan.digest,
  });
  const [counts, dry, admitted, marks, recent, size, room] = await Promise.all([
    flow.store.limitFacts(check),
    dryRun(flow, plan, view),
    admission(flow, plan),
    unknownMarks(flow, view),
    flow.store.recentOperations(plan.target, nowMs - UNDONE_WITHIN_MS),
    sizeOf(flow, plan.target.namespace),
    roomFor(flow, plan),
  ]);
  const facts: GuardFacts = {
    nowMs,
    settings: flow.settings,
    limits: check.limits,
    playbook,
    rung: chosen.rung,
    plan,
    alerts: incident.alerts,
    securityClass: securityClassOf(incident.alerts),
    firing: word.firing,
    listed: word.listed,
    view,
    freeze: flow.freezes(nowMs, { playbook: name, namespace: plan.target.namespace }),
    counts,
    unknownMarks: marks,
    recentOperations: recent,
    dryRun: dry,
    admission: admitted,
    size,
    room,
    approved,
    ownChanges,
  };
  const ahead = stormAhead(counts, check.limits, size, plan.target.namespace);
  return {
    kind: 'judged',
    trace: judge(facts, flow.guards),
    plan,
    skipped: chosen.skipped,
    check,
    operation: makeOperation(
      flow,
      {
        incident,
        playbook: name,
        alertname,
        rung: chosen.index,
        purpose: 'fix',
        plan,
        before: given.before,
        ...(approved === plan.digest ? { approvedDigest: plan.digest } : {}),
        executor: executor.name,
      },
      nowMs,
    ),
    giveBackMs: chosen.rung.giveBackMs,
    storm:
      ahead === undefined
        ? undefined
        : { scope: ahead.scope, calmAtMs: nowMs + check.limits.storm.calmForMs },
  };
}
