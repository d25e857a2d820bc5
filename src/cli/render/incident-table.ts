import type { AlertRowDocument } from '../../contract/alert.ts';
import type { IncidentSummary } from '../../contract/incident.ts';
import { type TimeView, age } from './moment-text.ts';
import { plainText } from './plain-text.ts';
import { type Column, renderTable } from './table.ts';

/** The list of incidents; `wide` adds when, how often and which playbook. */
export function renderIncidents(
  rows: readonly IncidentSummary[],
  view: TimeView,
  how: { readonly wide: boolean; readonly width: number },
): string {
  const wide: readonly Column<IncidentSummary>[] = [
    { header: 'PLAYBOOK', cell: ({ playbook }) => playbook ?? '-' },
    { header: 'ALERTS', cell: ({ alerts }) => String(alerts) },
    { header: 'CHANGES', cell: ({ changes }) => String(changes) },
    { header: 'OPENED', cell: ({ openedAt }) => openedAt },
  ];
  const columns: readonly Column<IncidentSummary>[] = [
    { header: 'ID', cell: ({ id }) => String(id) },
    { header: 'STATE', cell: ({ state }) => state },
    { header: 'SEVERITY', cell: ({ severity }) => severity },
    { header: 'ALERT', cell: ({ alert }) => plainText(alert) },
    { header: 'TARGET', cell: (row) => targetText(row) },
    { header: 'AGE', cell: ({ openedAt }) => age(openedAt, view) },
    ...(how.wide ? wide : []),
    { header: 'WHY', cell: ({ why }) => plainText(why) },
  ];
  return renderTable(columns, rows, how.wide ? Number.POSITIVE_INFINITY : how.width);
}

export function renderAlerts(
  rows: readonly AlertRowDocument[],
  view: TimeView,
  how: { readonly wide: boolean; readonly width: number },
): string {
  const columns: readonly Column<AlertRowDocument>[] = [
    { header: 'INCIDENT', cell: ({ incident }) => String(incident) },
    { header: 'STATUS', cell: ({ status }) => status },
    { header: 'ALERT', cell: ({ name }) => plainText(name) },
    { header: 'RECEIVED', cell: ({ receivedAt }) => age(receivedAt, view) },
    ...(how.wide
      ? [{ header: 'FINGERPRINT', cell: ({ fingerprint }: AlertRowDocument): string => fingerprint }]
      : []),
    { header: 'LABELS', cell: ({ labels }) => labelsText(labels) },
  ];
  return renderTable(columns, rows, how.wide ? Number.POSITIVE_INFINITY : how.width);
}

/** `Deployment shop/checkout`, or a dash. */
export function targetText({ target }: { readonly target?: IncidentSummary['target'] | undefined }): string {
  if (target === undefined) return '-';
  return plainText(`${target.kind} ${target.namespace === '' ? '' : `${target.namespace}/`}${target.name}`);
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const shown = Object.entries(labels).filter(([name]) => name !== 'alertname');
  return plainText(shown.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' '));
}
