import type { PauseDocument } from '../contract/command.ts';
import { STATES } from '../contract/incident.ts';
import { toMoment } from '../contract/moment.ts';
import type { StatusDocument } from '../contract/status.ts';
import type { Owed } from '../domain/operation.ts';
import { DEFAULT_TIMINGS, type Timings } from '../domain/settings.ts';
import type { Pause, StoreCounts, Take } from '../ports/store.ts';
import { presentOwed } from './present-operation.ts';
import type { ConnectionState, ServerFacts } from './server-options.ts';

/** Everything that is read for the status page. */
export interface StatusParts {
  readonly nowMs: number;
  readonly facts: ServerFacts;
  readonly notReady: readonly string[];
  readonly counts: StoreCounts;
  readonly owed: readonly Owed[];
  readonly pauses: readonly Pause[];
  readonly takes: readonly Take[];
}

export function presentStatus(parts: StatusParts): StatusDocument {
  const { facts, counts } = parts;
  return {
    version: facts.version,
    cluster: facts.cluster,
    now: toMoment(parts.nowMs),
    mode: facts.mode,
    ready: parts.notReady.length === 0,
    notReady: [...parts.notReady],
    executors: [...facts.executors],
    connections: facts.connections.map(presentConnection),
    incidents: countsOf(counts),
    ...(counts.oldestDueMs === undefined ? {} : { oldestDueAt: toMoment(counts.oldestDueMs) }),
    noticesWaiting: counts.noticesWaiting,
    owed: parts.owed.map(presentOwed),
    pauses: parts.pauses.map(presentPause),
    takes: parts.takes.map(presentTake),
    shortened: shortenedTimings(facts.timings),
  };
}

export function presentPause({ scope, by, because, atMs, all }: Pause): PauseDocument {
  return { scope, by, because, at: toMoment(atMs), all };
}

function countsOf(counts: StoreCounts): StatusDocument['incidents'] {
  return Object.fromEntries(
    STATES.map((state) => [state, counts.byState[state] ?? 0]),
  ) as StatusDocument['incidents'];
}

function presentConnection({
  name,
  state,
  sinceMs,
  why,
}: ConnectionState): StatusDocument['connections'][number] {
  return {
    name,
    state,
    ...(sinceMs === undefined ? {} : { since: toMoment(sinceMs) }),
    ...(why === undefined ? {} : { why }),
  };
}

function presentTake({ target, by, because, atMs, untilMs }: Take): StatusDocument['takes'][number] {
  return {
    target,
    by,
    because,
    at: toMoment(atMs),
    ...(untilMs === undefined ? {} : { until: toMoment(untilMs) }),
  };
}

/** Each waiting time under its plain name; only what a person would be misled by is listed. */
const TIMING_NAMES = {
  waitLimitMs: 'wait of a guard',
  approvalMs: 'time to approve',
  claimByMs: 'time to claim',
  actBudgetMs: 'time to act',
  stragglerMs: 'wait for a straggler',
  lookEveryMs: 'between two looks',
  handedOverLookEveryMs: 'between two looks at what was handed over',
  absentTwiceMs: 'absence at Alertmanager',
  recurrenceMs: 'window of a recurrence',
  reopenWithinMs: 'window to reopen',
  clearWithinMs: 'time for a rule to clear',
} as const satisfies Partial<Record<keyof Timings, string>>;

/** Quiet window and longest range of a condition as playbooks have them by default (DESIGN 3). */
const USUAL_HOLD_MS = 10 * 60_000;
const USUAL_RANGE_MS = 5 * 60_000;

function shortenedTimings(timings: Timings): StatusDocument['shortened'] {
  const names = Object.keys(TIMING_NAMES) as (keyof typeof TIMING_NAMES)[];
  const shorter = names
    .filter((name) => timings[name] < DEFAULT_TIMINGS[name])
    .map((name) => ({ what: TIMING_NAMES[name], isMs: timings[name], usuallyMs: DEFAULT_TIMINGS[name] }));
  const caps = [
    { what: 'quiet window', isMs: timings.holdCapMs, usuallyMs: USUAL_HOLD_MS },
    { what: 'window of a condition', isMs: timings.rangeCapMs, usuallyMs: USUAL_RANGE_MS },
  ];
  return [
    ...caps.flatMap(({ what, isMs, usuallyMs }) => (isMs === undefined ? [] : [{ what, isMs, usuallyMs }])),
    ...shorter,
  ];
}
