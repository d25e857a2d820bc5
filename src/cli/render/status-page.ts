import type { StatusDocument } from '../../contract/status.ts';
import { formatDuration } from '../../domain/duration.ts';
import { section } from './incident-page.ts';
import { targetText } from './incident-table.ts';
import { type TimeView, age, ahead } from './moment-text.ts';
import type { Paint } from './paint.ts';
import { plainText } from './plain-text.ts';
import { renderRows } from './table.ts';

const WAITS_FOR_PEOPLE = ['asking', 'handed-over'] as const;

/** How Runova stands, what waits for a person first. */
export function renderStatus(status: StatusDocument, view: TimeView, paint: Paint): string {
  const head = `Runova ${status.version}   ${plainText(status.cluster)}   ${status.mode}   ${paint('bold', isGood(status) ? 'good' : 'NOT GOOD')}\n`;
  const waiting = WAITS_FOR_PEOPLE.map((state) => [state, String(status.incidents[state])]).filter(
    ([, count]) => count !== '0',
  );
  const others = Object.entries(status.incidents).filter(
    ([state, count]) => count > 0 && !WAITS_FOR_PEOPLE.some((one) => one === state),
  );
  return [
    head,
    section('NOT READY', renderRows(status.notReady.map((why) => [plainText(why)]))),
    section(
      'PAUSED',
      renderRows(
        status.pauses.map(({ scope, by, because, at }) => [
          scopeText(scope),
          `by ${plainText(by)}`,
          `${age(at, view)} ago`,
          plainText(because),
        ]),
      ),
    ),
    section('WAITS FOR YOU', renderRows(waiting)),
    section(
      'INCIDENTS',
      others.length + waiting.length === 0
        ? '  none: nothing was reported\n'
        : renderRows(others.map(([state, count]) => [state, String(count)])),
    ),
    section(
      'OWED',
      renderRows(
        status.owed.map((owed) => [
          `incident ${owed.incident}`,
          targetText(owed),
          plainText(owed.summary),
          ahead(owed.dueAt, view),
          plainText(owed.note ?? ''),
        ]),
      ),
    ),
    section(
      'TAKEN',
      renderRows(
        status.takes.map(({ target, by, because }) => [
          plainText(target),
          `by ${plainText(by)}`,
          plainText(because),
        ]),
      ),
    ),
    section(
      'CONNECTIONS',
      renderRows(
        status.connections.map(({ name, state, why, since }) => [
          name,
          state,
          since === undefined ? '' : `since ${age(since, view)}`,
          plainText(why ?? ''),
        ]),
      ),
    ),
    section(
      'SHORTENED, not for real use',
      renderRows(
        status.shortened.map(({ what, isMs, usuallyMs }) => [
          what,
          formatDuration(isMs),
          `usually ${formatDuration(usuallyMs)}`,
        ]),
      ),
    ),
  ]
    .filter((block) => block !== '')
    .join('\n');
}

/** Degraded is what a person should look at: not ready, or a system that cannot be reached. */
export function isGood({ ready, connections }: StatusDocument): boolean {
  return ready && connections.every(({ state }) => state !== 'failing');
}

export function scopeText(scope: StatusDocument['pauses'][number]['scope']): string {
  return scope.kind === 'everywhere' ? 'everywhere' : plainText(`${scope.kind} ${scope.name}`);
}
