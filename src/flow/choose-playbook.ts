import { severityOf, type JoinedAlert } from '../domain/alert.ts';
import type { Incident } from '../domain/incident.ts';
import { playbookFor, type Condition, type Measure, type Playbook } from '../domain/playbook.ts';
import type { Flow } from './flow.ts';

export interface Chosen {
  /** Leads now: the lowest rank of all that fit, then the more severe alert, then the older one (engine 2). */
  readonly leader: Playbook | undefined;
  readonly leading: JoinedAlert | undefined;
  /** Those of every alert that joined: all of their conditions are part of the proof. */
  readonly all: readonly Playbook[];
}

const SEVERITY_ORDER = ['critical', 'warning', 'info', 'none'] as const;

/** An incident ends with the version that it began with, also after the file has changed. */
async function pinned(flow: Flow, incident: Incident, playbook: Playbook): Promise<Playbook> {
  if (
    incident.playbook === undefined ||
    incident.playbook.name !== playbook.name ||
    incident.playbook.version === playbook.version
  )
    return playbook;
  return (await flow.store.playbook(incident.playbook.version)) ?? playbook;
}

export async function choosePlaybook(flow: Flow, incident: Incident): Promise<Chosen> {
  const shelf = flow.playbooks();
  const found = incident.alerts.flatMap((alert) => {
    const playbook = playbookFor(shelf, alert.labels);
    return playbook === undefined ? [] : [{ alert, playbook }];
  });
  const order = found.toSorted(
    (a, b) =>
      a.playbook.rank - b.playbook.rank ||
      SEVERITY_ORDER.indexOf(severityOf(a.alert.labels)) -
        SEVERITY_ORDER.indexOf(severityOf(b.alert.labels)) ||
      a.alert.receivedAtMs - b.alert.receivedAtMs,
  );
  const byName = new Map(order.map(({ playbook }) => [playbook.name, playbook]));
  const shelved = await Promise.all([...byName.values()].map((playbook) => pinned(flow, incident, playbook)));
  const begun = await takenOff(flow, incident, byName);
  return {
    // What was taken off the shelf leads nothing any more.
    leader: shelved[0],
    leading: order[0]?.alert,
    all: begun === undefined ? shelved : [...shelved, begun],
  };
}

/** The playbook that the incident began with, where the shelf has none of its name any more: its conditions are proved all the same. */
async function takenOff(
  flow: Flow,
  { playbook }: Incident,
  shelved: ReadonlyMap<string, Playbook>,
): Promise<Playbook | undefined> {
  return playbook === undefined || shelved.has(playbook.name)
    ? undefined
    : await flow.store.playbook(playbook.version);
}

/** What must be seen true, what would be harm, and for how long: of every playbook involved. */
export interface Verification {
  readonly fixed: readonly Condition[];
  readonly harm: readonly Condition[];
  readonly measures: Readonly<Record<string, Measure>>;
  readonly holdMs: number;
  readonly timeoutMs: number;
}

/** The hold of an incident without any playbook, before it counts as healthy by itself (DESIGN 3). */
const DEFAULT_HOLD_MS = 10 * 60_000;

function distinct(conditions: readonly Condition[]): readonly Condition[] {
  return [...new Map(conditions.map((condition) => [condition.text, condition])).values()];
}

export function verificationOf(all: readonly Playbook[], flow: Pick<Flow, 'settings'>): Verification {
  const { holdCapMs, proofTimeoutCapMs } = flow.settings.timings;
  const holdMs = Math.max(...all.map(({ verify }) => verify.holdMs), all.length === 0 ? DEFAULT_HOLD_MS : 0);
  const timeoutMs = Math.max(...all.map(({ verify }) => verify.timeoutMs), 0);
  return {
    fixed: distinct(all.flatMap(({ verify }) => verify.fixed)),
    harm: distinct(all[0]?.verify.harm ?? []),
    measures: Object.assign({}, ...all.map(({ measures }) => measures)) as Record<string, Measure>,
    holdMs: Math.min(holdMs, holdCapMs ?? holdMs),
    timeoutMs: Math.min(timeoutMs, proofTimeoutCapMs ?? timeoutMs),
  };
}
