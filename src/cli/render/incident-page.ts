import type { IncidentDocument } from '../../contract/incident.ts';
import type { TimelineRowDocument } from '../../contract/timeline.ts';
import { formatDuration } from '../../domain/duration.ts';
import { renderDecision, renderNothingElse, renderObstacles } from './decision.ts';
import { targetText } from './incident-table.ts';
import {
  type TimeView,
  age,
  ahead,
  between,
  clockTime,
  clockTimeSeenFrom,
  dayAndZone,
} from './moment-text.ts';
import type { Paint } from './paint.ts';
import { plainText } from './plain-text.ts';
import { renderRows } from './table.ts';

/** Everything that a page is made of. */
export interface PageParts {
  readonly incident: IncidentDocument;
  readonly timeline: readonly TimelineRowDocument[];
  readonly view: TimeView;
  readonly paint: Paint;
}

/** Width that the right end of a heading is set to. */
const PAGE_WIDTH = 96;

/** The whole page of an incident that is not a person's to see to: what happened, why, and how it is known. */
export function renderIncidentPage(parts: PageParts): string {
  const { incident } = parts;
  return [
    renderHeader(parts),
    obstaclesFirst(parts),
    section(whatHappenedTitle(parts), whatHappened(parts)),
    decisionSection(parts),
    section('WHY NOTHING ELSE', renderNothingElse(incident, notesOf(parts.timeline))),
    proofSection(parts),
    section('NOW', renderRows(nowRows(parts))),
    `Also: --bundle DIR (evidence)   -o yaml${incident.playbook === undefined ? '' : `   runova playbooks explain ${incident.playbook.name}`}\n`,
  ]
    .filter((block) => block !== '')
    .join('\n');
}

/** The guards of the last decision alone. */
export function renderDecisionPage(parts: PageParts): string {
  const blocks = [renderHeader(parts), obstaclesFirst(parts), decisionSection(parts)];
  const shown = blocks.filter((block) => block !== '');
  return parts.incident.trace === undefined
    ? `${shown.join('\n')}\nNothing was decided yet.\n`
    : shown.join('\n');
}

/** Two lines: which, on what, how it stands; and which alert and playbook led to it. */
export function renderHeader({ incident, view, paint }: PageParts): string {
  const changes =
    incident.changes === 0
      ? 'nothing changed'
      : `${incident.changes} change${incident.changes === 1 ? '' : 's'}`;
  const first = [
    `INCIDENT ${incident.id}`,
    ...(incident.target === undefined ? [] : [targetText(incident)]),
    paint('bold', standing(incident, view)),
    changes,
    plainText(incident.cluster),
  ];
  const joined = incident.alerts.length > 1 ? ` and ${incident.alerts.length - 1} more` : '';
  const { playbook } = incident;
  const second = [
    `${plainText(incident.alert)}${joined}, ${incident.severity}`,
    ...(playbook === undefined
      ? ['no playbook']
      : [`playbook ${playbook.name} ${playbook.version}`, playbook.autonomy]),
    ...executors(incident),
  ];
  return `${first.join('   ')}\n${second.join(' · ')}\n`;
}

export function section(title: string, body: string): string {
  return body === '' ? '' : `${title}\n${body}`;
}

function decisionSection({ incident, paint }: PageParts): string {
  if (incident.trace === undefined) return '';
  const acted = incident.trace.lines.every(({ verdict }) => verdict === 'allow');
  return section(acted ? 'WHY IT ACTED' : 'WHY IT DID NOT ACT', renderDecision(incident.trace, paint));
}

/** What stood in the way comes before everything else. */
function obstaclesFirst({ incident, paint }: PageParts): string {
  if (incident.trace === undefined) return '';
  return section(
    `IN THE WAY of ${plainText(incident.trace.summary)}`,
    renderObstacles(incident.trace, paint),
  );
}

function standing(incident: IncidentDocument, view: TimeView): string {
  const { state, openedAt, ended } = incident;
  switch (state) {
    case 'resolved':
      return `RESOLVED in ${between(openedAt, ended?.at ?? openedAt)}`;
    case 'closed':
      return `CLOSED after ${between(openedAt, ended?.at ?? openedAt)}: ${ended?.how ?? 'closed'}`;
    case 'handed-over':
      return incident.handover === undefined
        ? 'HANDED OVER'
        : `HANDED OVER ${age(incident.handover.at, view)} ago: ${incident.handover.reason}`;
    default:
      return `${state.toUpperCase()} for ${age(openedAt, view)}`;
  }
}

function executors({ operations }: IncidentDocument): readonly string[] {
  const used = [...new Set(operations.map(({ executor }) => executor))];
  return used.length === 0 ? [] : [`through ${used.join(', ')}`];
}

function whatHappenedTitle({ incident, view }: PageParts): string {
  const day = dayAndZone(incident.openedAt, view);
  return `WHAT HAPPENED${day.padStart(PAGE_WIDTH - 'WHAT HAPPENED'.length)}`;
}

function whatHappened({ timeline, incident, view, paint }: PageParts): string {
  const rows = timeline
    .filter(({ kind }) => kind !== 'noted')
    .map(({ at, kind, text }) => [
      clockTimeSeenFrom(at, incident.openedAt, view),
      isEnd(kind) ? kind.toUpperCase() : kind,
      plainText(text),
    ]);
  const due = incident.owed.map(({ dueAt, summary, note }) => [
    clockTimeSeenFrom(dueAt, incident.openedAt, view),
    'due',
    plainText(`give back: ${summary}${note === undefined ? ', if the proof still holds' : ` (${note})`}`),
  ]);
  return renderRows([...rows, ...due]).replaceAll(/(RESOLVED|HANDED-OVER|CLOSED)/g, (word) =>
    paint('bold', word),
  );
}

function isEnd(kind: string): boolean {
  return kind === 'resolved' || kind === 'handed-over' || kind === 'closed';
}

function notesOf(timeline: readonly TimelineRowDocument[]): readonly string[] {
  return timeline.filter(({ kind }) => kind === 'noted').map(({ text }) => text);
}

function proofSection({ incident, view }: PageParts): string {
  const { proof, playbook } = incident;
  if (proof === undefined || proof.looks === 0) return '';
  const quiet = playbook === undefined ? '' : `, to hold for ${formatDuration(playbook.holdMs)}`;
  const rows = [
    ...proof.readings.map(({ condition, verdict, read }) => [
      plainText(condition),
      plainText(read),
      verdict === 'true' ? '' : verdict,
    ]),
    ['the rule at its source', plainText(proof.rule), ''],
  ];
  return section(
    `PROOF, last look ${clockTime(proof.lastLookAt, view)}, ${proof.trueLooks} of ${proof.looks} looks true${quiet}`,
    renderRows(rows),
  );
}

/** For what is still under way: what is waited for, and what a person may do. */
function nowRows({ incident, view }: PageParts): readonly (readonly string[])[] {
  const { id, wait, asking, take } = incident;
  return [
    ...(wait === undefined
      ? []
      : [['waits', plainText(`${wait.guard}: ${wait.why}`), `for ${age(wait.since, view)}`]]),
    ...(asking === undefined
      ? []
      : [
          ['asks', plainText(asking.plan.summary), `expires ${ahead(asking.expiresAt, view)}`],
          ['', `runova approve ${id}`, 'or'],
          ['', `runova reject ${id} --because "..."`, ''],
        ]),
    ...(take === undefined
      ? []
      : [
          [
            'taken',
            plainText(`by ${take.by}: ${take.because}`),
            take.until === undefined ? '' : `until ${clockTime(take.until, view)}`,
          ],
        ]),
    ...(incident.joinedInto === undefined
      ? []
      : [['joined', `its alerts belong to incident ${incident.joinedInto}`, '']]),
  ];
}
