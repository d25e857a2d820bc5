import { alertList } from '../../contract/alert.ts';
import { type IncidentSummary, incidentList } from '../../contract/incident.ts';
import { status } from '../../contract/status.ts';
import { timelineRow } from '../../contract/timeline.ts';
import { ApiClient } from '../api-client.ts';
import type { LookFlags } from '../command-options.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { renderAlerts, renderIncidents } from '../render/incident-table.ts';
import { coloured, plain } from '../render/paint.ts';
import { isGood, renderStatus } from '../render/status-page.ts';
import { type Terminal, isColoured } from '../terminal.ts';

/** `runova status`: exits 1 when something needs to be looked at. */
export async function showStatus(flags: LookFlags, terminal: Terminal): Promise<ExitCode> {
  const client = await ApiClient.open(flags, terminal);
  const { body } = await client.get('/api/v1/status', status);
  const view = { nowMs: Date.parse(body.now), timeZone: terminal.timeZone };
  await print(terminal, flags.output, body, () =>
    renderStatus(body, view, isColoured(terminal) ? coloured : plain),
  );
  return isGood(body) ? EXIT.good : EXIT.failed;
}

/** `runova incidents`, newest first; with `-w` every change is printed as one more row. */
export async function listIncidents(flags: LookFlags, terminal: Terminal): Promise<ExitCode> {
  const client = await ApiClient.open(flags, terminal);
  const query = new URLSearchParams({ limit: String(flags.limit ?? 100) });
  if (flags.namespace !== undefined) query.set('namespace', flags.namespace);
  if (flags.state !== undefined) query.set('state', flags.state);
  const { body, nowMs } = await client.get(`/api/v1/incidents?${query.toString()}`, incidentList);
  const how = { wide: flags.output === 'wide', width: terminal.columns };
  const view = { nowMs, timeZone: terminal.timeZone };
  if (body.items.length === 0 && isForPeople(flags)) {
    terminal.err(`No incidents${flags.namespace === undefined ? '' : ` in namespace ${flags.namespace}`}.\n`);
  } else await print(terminal, flags.output, body, () => renderIncidents(body.items, view, how));
  if (flags.watch === true) await watchIncidents(client, flags, terminal);
  return EXIT.good;
}

export async function listAlerts(flags: LookFlags, terminal: Terminal): Promise<ExitCode> {
  const client = await ApiClient.open(flags, terminal);
  const { body, nowMs } = await client.get(`/api/v1/alerts?limit=${flags.limit ?? 100}`, alertList);
  const items = body.items.filter(
    ({ labels }) => flags.namespace === undefined || labels['namespace'] === flags.namespace,
  );
  const how = { wide: flags.output === 'wide', width: terminal.columns };
  if (items.length === 0 && isForPeople(flags)) terminal.err('No alerts.\n');
  else
    await print(terminal, flags.output, { items }, () =>
      renderAlerts(items, { nowMs, timeZone: terminal.timeZone }, how),
    );
  return EXIT.good;
}

/** Prints the row of an incident whenever a line of its timeline changed how it stands. Ends with Ctrl-C or the server. */
async function watchIncidents(client: ApiClient, flags: LookFlags, terminal: Terminal): Promise<void> {
  const how = { wide: flags.output === 'wide', width: terminal.columns };
  const shown = new Map<number, string>();
  for await (const data of client.events('/api/v1/events')) {
    const { incident } = timelineRow.parse(JSON.parse(data));
    const { body, nowMs } = await client.get(
      `/api/v1/incidents?limit=1&before=${incident + 1}`,
      incidentList,
    );
    const [row] = body.items;
    if (row?.id !== incident || !isWanted(row, flags)) continue;
    // Several lines often come with one transition.
    const standing = `${row.state} ${row.why}`;
    if (shown.get(row.id) === standing) continue;
    shown.set(row.id, standing);
    const view = { nowMs, timeZone: terminal.timeZone };
    await print(terminal, flags.output, row, () => withoutHeader(renderIncidents([row], view, how)));
  }
}

function isWanted(row: IncidentSummary, { namespace, state }: LookFlags): boolean {
  const isInNamespace = namespace === undefined || row.target?.namespace === namespace;
  return isInNamespace && (state === undefined || state.split(',').includes(row.state));
}

function withoutHeader(table: string): string {
  return table.slice(table.indexOf('\n') + 1);
}

function isForPeople({ output }: LookFlags): boolean {
  return output === 'table' || output === 'wide';
}
