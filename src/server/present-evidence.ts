import type { IncidentDocument } from '../contract/incident.ts';
import { toMoment } from '../contract/moment.ts';
import type { Evidence } from '../ports/cluster.ts';

/** How many of a container's last lines are shown on an incident's page. */
const LAST_WORDS_LINES = 3;
const LINE_LENGTH_MAX = 300;

/** What the stored bundle holds, in numbers, and the last words of a container. `json` was written by ourselves. */
export function summarizeEvidence(json: string): NonNullable<IncidentDocument['evidence']> {
  const evidence = JSON.parse(json) as Evidence;
  const lastWords = lastWordsOf(evidence);
  return {
    takenAt: toMoment(evidence.takenAtMs),
    logs: evidence.previousLogs.length,
    events: evidence.events.length,
    redacted: evidence.redacted,
    missing: [...evidence.missing],
    bytes: Buffer.byteLength(json),
    ...(lastWords === undefined ? {} : { lastWords }),
  };
}

function lastWordsOf(evidence: Evidence): NonNullable<IncidentDocument['evidence']>['lastWords'] {
  const log = evidence.previousLogs.find(({ text }) => text.trim() !== '');
  if (log === undefined) return undefined;
  const lines = log.text.trimEnd().split('\n').slice(-LAST_WORDS_LINES);
  return {
    pod: log.pod,
    container: log.container,
    lines: lines.map((line) => line.slice(0, LINE_LENGTH_MAX)),
  };
}
