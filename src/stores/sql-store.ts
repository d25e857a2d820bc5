import type { AlertNotice } from '../domain/alert.ts';
import type { Decision } from '../domain/decision.ts';
import type { ReserveCheck } from '../domain/limits.ts';
import type { Owed } from '../domain/operation.ts';
import type { TargetRef } from '../domain/target.ts';
import type {
  Claimed,
  IncidentFilter,
  Lane,
  OperationClaimRequest,
  OwedChange,
  OwedStep,
  Pause,
  PauseScope,
  Store,
  Take,
} from '../ports/store.ts';
import type { Driver } from './sql.ts';
import { claimDue, giveUp, nextDueMs } from './transactions/claim.ts';
import { command, commit } from './transactions/commit.ts';
import type { Decide } from './transactions/commit.ts';
import { newestAlerts } from './transactions/incident-row.ts';
import { limitFacts } from './transactions/limits.ts';
import { noticeFailed, noticesDue, noticeSent } from './transactions/notices.ts';
import { operationById, operationsOf, recentOn, reservedFor } from './transactions/operation-row.ts';
import { claimOperation, mayWrite, reportOperation } from './transactions/operations.ts';
import type { Report } from './transactions/operations.ts';
import { allOwed, owedDue, settleOwed } from './transactions/owed.ts';
import { pause, readPauses, readTakes, resume, take, untake } from './transactions/people.ts';
import {
  holderOf,
  readCounts,
  readEvidence,
  readIncident,
  readIncidents,
  readPlaybook,
  saveEvidence,
} from './transactions/reading.ts';
import { receive } from './transactions/receive.ts';
import { readTimeline } from './transactions/timeline.ts';
import type { TimelineFilter } from './transactions/timeline.ts';

/** The store of every SQL dialect: each method is one shared transaction, run by the dialect's driver. */
export function sqlStore(driver: Driver): Store {
  return {
    now: () => driver.now(),
    onWork: (listener) => driver.onWork(listener),
    close: () => driver.close(),
    ...queueOf(driver),
    ...ledgerOf(driver),
    ...peopleOf(driver),
    ...readingOf(driver),
  };
}

/** Alerts in, incidents out, transitions back. */
function queueOf({ run }: Driver) {
  return {
    receive: (notices: readonly AlertNotice[]) => run((context) => receive(context, notices)),
    claimDue: (lane: Lane, limit: number) => run((context) => claimDue(context, lane, limit)),
    nextDueMs: (lane: Lane) => run(() => nextDueMs(lane)),
    commit: (claimed: Claimed, decision: Decision) => run((context) => commit(context, claimed, decision)),
    giveUp: (claimed: Claimed, dueAtMs: number) => run((context) => giveUp(context, claimed, dueAtMs)),
    command: (id: number, decide: Decide) => run((context) => command(context, id, decide)),
  };
}

/** What was done, is being done and is owed. */
function ledgerOf({ run }: Driver) {
  return {
    limitFacts: (check: ReserveCheck) => run((context) => limitFacts(context, check)),
    knowsOperation: async (id: string) => (await run(() => operationById(id))) !== undefined,
    recentOperations: (target: TargetRef, sinceMs: number) => run(() => recentOn(target, sinceMs)),
    claimOperation: (id: string, nonce: string, request: OperationClaimRequest) =>
      run((context) => claimOperation(context, id, nonce, request)),
    mayWrite: (id: string, nonce: string) => run((context) => mayWrite(context, id, nonce)),
    reportOperation: (id: string, nonce: string, report: Report) =>
      run((context) => reportOperation(context, id, nonce, report)),
    reservedOperations: (executor: string) => run(() => reservedFor(executor)),
    operations: (incident: number) => run(() => operationsOf(incident)),
    owedDue: (limit: number) => run((context) => owedDue(context, limit)),
    allOwed: () => run(() => allOwed()),
    settleOwed: (owed: Owed, step: OwedStep, changes: readonly OwedChange[] = []) =>
      run((context) => settleOwed(context, owed, step, changes)),
  };
}

/** What people order, and what they are told. */
function peopleOf({ run }: Driver) {
  return {
    pause: (order: Omit<Pause, 'atMs'>) => run((context) => pause(context, order)),
    resume: (scope: PauseScope) => run(() => resume(scope)),
    pauses: () => run(() => readPauses()),
    take: (order: Omit<Take, 'atMs'>) => run((context) => take(context, order)),
    untake: (target: string) => run((context) => untake(context, target)),
    takes: () => run((context) => readTakes(context)),
    noticesDue: (limit: number) => run((context) => noticesDue(context, limit)),
    noticeSent: (id: number) => run((context) => noticeSent(context, id)),
    noticeFailed: (id: number, dueAtMs: number) => run(() => noticeFailed(id, dueAtMs)),
  };
}

function readingOf({ run }: Driver) {
  return {
    holder: (key: string) => run(() => holderOf(key)),
    playbook: (version: string) => run(() => readPlaybook(version)),
    incidents: (filter: IncidentFilter) => run(() => readIncidents(filter)),
    incident: (id: number) => run(() => readIncident(id)),
    timeline: (filter: TimelineFilter) => run(() => readTimeline(filter)),
    alerts: (limit: number) => run(() => newestAlerts(limit)),
    counts: () => run(() => readCounts()),
    evidence: (incident: number) => run(() => readEvidence(incident)),
    saveEvidence: (incident: number, json: string) => run((context) => saveEvidence(context, incident, json)),
  };
}
