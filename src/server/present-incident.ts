import type { AlertDocument, AlertRowDocument } from '../contract/alert.ts';
import type { IncidentDocument, IncidentSummary } from '../contract/incident.ts';
import { toMoment } from '../contract/moment.ts';
import type { TimelineRowDocument } from '../contract/timeline.ts';
import type { TraceDocument } from '../contract/trace.ts';
import { type JoinedAlert, alertName } from '../domain/alert.ts';
import type { Attempt, Handover, Incident, ProofState } from '../domain/incident.ts';
import type { Operation, Owed } from '../domain/operation.ts';
import type { Playbook } from '../domain/playbook.ts';
import type { Trace } from '../domain/verdict.ts';
import type { IncidentRow, TimelineRow } from '../ports/store.ts';
import { summarizeEvidence } from './present-evidence.ts';
import { presentOperation, presentOwed, presentPlan } from './present-operation.ts';

/** Everything that is read for one incident's page. */
export interface IncidentParts {
  readonly cluster: string;
  /** Longest quiet window in force (demo and tests shorten it). */
  readonly holdCapMs: number | undefined;
  readonly row: IncidentRow;
  readonly operations: readonly Operation[];
  readonly owed: readonly Owed[];
  readonly playbook: Playbook | undefined;
  readonly evidence: string | undefined;
}

export function presentSummary({ incident, dueAtMs }: IncidentRow): IncidentSummary {
  const first = incident.alerts[0];
  return {
    id: incident.id,
    state: incident.state,
    severity: incident.severity,
    alert: first === undefined ? goneAlert(incident) : alertName(first),
    alerts: incident.alerts.length,
    ...(incident.target === undefined ? {} : { target: incident.target }),
    ...(incident.playbook === undefined ? {} : { playbook: incident.playbook.name }),
    changes: incident.attempts.filter(hadEffect).length,
    openedAt: toMoment(incident.openedAtMs),
    ...(incident.ended === undefined ? {} : { endedAt: toMoment(incident.ended.atMs) }),
    ...(dueAtMs === undefined ? {} : { dueAt: toMoment(dueAtMs) }),
    why: whyItStands(incident),
  };
}

export function presentIncident(parts: IncidentParts): IncidentDocument {
  const { incident } = parts.row;
  const { playbook: _name, alerts: _count, ...summary } = presentSummary(parts.row);
  return {
    ...summary,
    cluster: parts.cluster,
    alerts: incident.alerts.map(presentAlert),
    targetThrough: [...(incident.targetThrough ?? [])],
    ...presentPlaybook(incident, parts),
    ...presentMoments(incident),
    ...(incident.proof === undefined ? {} : { proof: presentProof(incident.proof) }),
    ...(incident.trace === undefined ? {} : { trace: presentTrace(incident.trace) }),
    attempts: incident.attempts.map(({ number, rung, action, summary, outcome, why }) => ({
      number,
      rung,
      action,
      summary,
      outcome,
      why,
    })),
    operations: parts.operations.map(presentOperation),
    owed: parts.owed.map(presentOwed),
    ...(incident.joinedInto === undefined ? {} : { joinedInto: incident.joinedInto }),
    ...(parts.evidence === undefined ? {} : { evidence: summarizeEvidence(parts.evidence) }),
  };
}

export function presentAlert(alert: JoinedAlert): AlertDocument {
  return {
    key: alert.key,
    fingerprint: alert.fingerprint,
    name: alertName(alert),
    status: alert.status,
    startsAt: toMoment(alert.startsAtMs),
    receivedAt: toMoment(alert.receivedAtMs),
    labels: { ...alert.labels },
    annotations: { ...alert.annotations },
  };
}

export function presentAlertRow(alert: JoinedAlert & { readonly incident: number }): AlertRowDocument {
  return { ...presentAlert(alert), incident: alert.incident };
}

export function presentTimelineRow(row: TimelineRow): TimelineRowDocument {
  return {
    sequence: row.sequence,
    incident: row.incident,
    at: toMoment(row.atMs),
    kind: row.kind,
    text: row.text,
    ...(row.fields === undefined ? {} : { fields: { ...row.fields } }),
  };
}

/** An incident that lost its target to another one has given its alerts away. */
function goneAlert({ joinedInto }: Incident): string {
  return joinedInto === undefined ? '(no alert)' : `(now in ${joinedInto})`;
}

/** One sentence on why an incident stands as it does: the most useful thing that is known in its state. */
function whyItStands(incident: Incident): string {
  const last = incident.attempts.at(-1);
  switch (incident.state) {
    case 'open':
      return incident.attempts.length === 0 ? 'being judged' : `rung ${incident.rung + 1} is being judged`;
    case 'waiting':
      return incident.wait === undefined ? 'waiting' : `${incident.wait.guard}: ${incident.wait.why}`;
    case 'asking':
      return incident.asking === undefined ? 'asks' : `asks: ${incident.asking.plan.summary}`;
    case 'executing':
      return last === undefined ? 'carrying out' : `${last.number} ${last.summary}`;
    case 'verifying':
      return last === undefined ? 'watching' : `${last.number} ${last.summary}, watching whether it holds`;
    case 'handed-over':
      return incident.handover === undefined
        ? 'handed over'
        : `${incident.handover.reason}: ${incident.handover.why}`;
    case 'resolved':
    case 'closed':
      return incident.ended === undefined ? incident.state : endInWords(incident.ended);
  }
}

function endInWords(ended: NonNullable<Incident['ended']>): string {
  return ended.how === 'resolved' ? ended.why : `${ended.how}: ${ended.why}`;
}

function hadEffect(attempt: Attempt): boolean {
  return attempt.outcome !== 'closed' && attempt.outcome !== 'not-done';
}

function presentPlaybook(
  incident: Incident,
  { playbook, holdCapMs }: IncidentParts,
): Pick<IncidentDocument, 'playbook'> {
  if (playbook === undefined) return {};
  const tried = new Set(incident.attempts.map(({ rung }) => rung));
  return {
    playbook: {
      name: playbook.name,
      version: playbook.version,
      title: playbook.title,
      autonomy: playbook.autonomy,
      holdMs: Math.min(playbook.verify.holdMs, holdCapMs ?? Number.POSITIVE_INFINITY),
      ladder: playbook.ladder.map(({ action, when }, rung) => ({
        action,
        when: when.map(({ text }) => text),
        reached: tried.has(rung) || rung < incident.rung || incident.trace?.rung === rung,
      })),
      look: [...playbook.handover.look],
      try: [...playbook.handover.try],
    },
  };
}

type Moments = Pick<IncidentDocument, 'wait' | 'asking' | 'approval' | 'handover' | 'ended' | 'take'>;

function presentMoments({ wait, asking, approval, handover, ended, take }: Incident): Moments {
  return {
    ...(wait === undefined
      ? {}
      : { wait: { since: toMoment(wait.sinceMs), guard: wait.guard, why: wait.why } }),
    ...(asking === undefined ? {} : { asking: presentAsking(asking) }),
    ...(approval === undefined
      ? {}
      : { approval: { digest: approval.digest, by: approval.by, at: toMoment(approval.atMs) } }),
    ...(handover === undefined ? {} : { handover: presentHandover(handover) }),
    ...(ended === undefined ? {} : { ended: { at: toMoment(ended.atMs), how: ended.how, why: ended.why } }),
    ...(take === undefined ? {} : { take: presentTake(take) }),
  };
}

function presentAsking(asking: NonNullable<Incident['asking']>): NonNullable<Moments['asking']> {
  return {
    plan: presentPlan(asking.plan),
    since: toMoment(asking.sinceMs),
    expiresAt: toMoment(asking.expiresAtMs),
  };
}

function presentHandover({ reason, why, atMs, advice }: Handover): NonNullable<Moments['handover']> {
  const known = advice === undefined ? {} : { advice: { look: [...advice.look], try: [...advice.try] } };
  return { reason, why, at: toMoment(atMs), ...known };
}

function presentTake(take: NonNullable<Incident['take']>): NonNullable<Moments['take']> {
  const until = take.untilMs === undefined ? {} : { until: toMoment(take.untilMs) };
  return { by: take.by, because: take.because, ...until };
}

function presentProof(proof: ProofState): NonNullable<IncidentDocument['proof']> {
  return {
    since: toMoment(proof.sinceMs),
    ...(proof.trueSinceMs === undefined ? {} : { trueSince: toMoment(proof.trueSinceMs) }),
    ...(proof.provedAtMs === undefined ? {} : { provedAt: toMoment(proof.provedAtMs) }),
    looks: proof.looks,
    trueLooks: proof.trueLooks,
    lastLookAt: toMoment(proof.lastLookMs),
    readings: proof.readings.map(({ condition, verdict, read }) => ({ condition, verdict, read })),
    rule: proof.rule,
  };
}

function presentTrace({ atMs, rung, action, summary, lines }: Trace): TraceDocument {
  return {
    at: toMoment(atMs),
    rung,
    action,
    summary,
    lines: lines.map(({ guard, question, verdict, read, limit, remedy }) => ({
      guard,
      question,
      verdict,
      read,
      ...(limit === undefined ? {} : { limit }),
      ...(remedy === undefined ? {} : { remedy }),
    })),
  };
}
