import type { StatusDocument } from '../../contract/status.ts';
import { formatDuration } from '../../domain/duration.ts';
import { section } from './incident-page.ts';
import { targetText } from './incident-table.ts';
import { type TimeView, age, ahead } from './moment-text.ts';
import type { Paint } from './paint.ts';
import { plainText } from './plain-text.ts';
import { renderRows } from './table.ts';

const WAITS_FOR_PEOPLE: ReadonlySet<string> = new Set(['asking', 'handed-over']);

/** How Runova stands; what keeps it from working and what waits for a person come first. */
export function renderStatus(status: StatusDocument, view: TimeView, paint: Paint): string {
  const standing = paint('bold', isGood(status) ? 'good' : 'NOT GOOD');
  const head = `Runova ${status.version}   ${plainText(status.cluster)}   ${status.mode}   ${standing}\n`;
  const sections: readonly (readonly [title: string, rows: Rows])[] = [
    ['NOT READY', status.notReady.map((why) => [plainText(why)])],
    ['PAUSED', pausedRows(status, view)],
    ['WAITS FOR YOU', stateRows(status, true)],
    ['INCIDENTS', incidentRows(status)],
    ['OWED', owedRows(status, view)],
    [
      'TAKEN',
      status.takes.map(({ target, by, because }) => [
        plainText(target),
        `by ${plainText(by)}`,
        plainText(because),
      ]),
    ],
    ['CONNECTIONS', connectionRows(status, view)],
    ['SHORTENED, not for real use', shortenedRows(status)],
  ];
  return [head, ...sections.map(([title, rows]) => section(title, renderRows(rows)))]
    .filter((block) => block !== '')
    .join('\n');
}

type Rows = readonly (readonly string[])[];

function pausedRows({ pauses }: StatusDocument, view: TimeView): Rows {
  return pauses.map(({ scope, by, because, at }) => [
    scopeText(scope),
    `by ${plainText(by)}`,
    `${age(at, view)} ago`,
    plainText(because),
  ]);
}

function incidentRows(status: StatusDocument): Rows {
  const total = Object.values(status.incidents).reduce((sum, count) => sum + count, 0);
  return total === 0 ? [['none: nothing was reported']] : stateRows(status, false);
}

function stateRows({ incidents }: StatusDocument, forPeople: boolean): Rows {
  return Object.entries(incidents)
    .filter(([state, count]) => count > 0 && WAITS_FOR_PEOPLE.has(state) === forPeople)
    .map(([state, count]) => [state, String(count)]);
}

function owedRows({ owed }: StatusDocument, view: TimeView): Rows {
  return owed.map(({ incident, target, summary, dueAt, note }) => [
    `incident ${incident}`,
    targetText({ target }),
    plainText(summary),
    ahead(dueAt, view),
    plainText(note ?? ''),
  ]);
}

function connectionRows({ connections }: StatusDocument, view: TimeView): Rows {
  return connections.map(({ name, state, since, why }) => [
    name,
    state,
    since === undefined ? '' : `for ${age(since, view)}`,
    plainText(why ?? ''),
  ]);
}

function shortenedRows({ shortened }: StatusDocument): Rows {
  return shortened.map(({ what, isMs, usuallyMs }) => [
    what,
    formatDuration(isMs),
    `usually ${formatDuration(usuallyMs)}`,
  ]);
}

/** Degraded is what a person should look at: not ready, or a system that cannot be reached. */
export function isGood({ ready, connections }: StatusDocument): boolean {
  return ready && connections.every(({ state }) => state !== 'failing');
}

export function scopeText(scope: StatusDocument['pauses'][number]['scope']): string {
  return scope.kind === 'everywhere' ? 'everywhere' : plainText(`${scope.kind} ${scope.name}`);
}
