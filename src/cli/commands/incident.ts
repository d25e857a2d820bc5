import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type IncidentDocument, incidentDocument } from '../../contract/incident.ts';
import { type TimelineRowDocument, timeline, timelineRow } from '../../contract/timeline.ts';
import { type Answer, ApiClient } from '../api-client.ts';
import { CliError } from '../cli-error.ts';
import type { IncidentFlags } from '../command-options.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { renderHandoverPage } from '../render/handover-page.ts';
import { type PageParts, renderDecisionPage, renderIncidentPage } from '../render/incident-page.ts';
import { clockTime } from '../render/moment-text.ts';
import { coloured, plain } from '../render/paint.ts';
import { plainText } from '../render/plain-text.ts';
import { type Terminal, isColoured } from '../terminal.ts';

/** Most lines of one incident that are read; a page beyond this is for `-o json` and its own paging. */
const TIMELINE_PAGES_MAX = 20;
const TIMELINE_PAGE = 500;

/** `runova incident N`: the page that fits its state, the decision alone, or everything into a folder. */
export async function showIncident(id: number, flags: IncidentFlags, terminal: Terminal): Promise<ExitCode> {
  const client = await ApiClient.open(flags, terminal);
  const { body: incident, nowMs } = await client.get(`/api/v1/incidents/${id}`, incidentDocument);
  const lines = await readTimeline(client, id);
  const parts: PageParts = {
    incident,
    timeline: lines,
    view: { nowMs, timeZone: terminal.timeZone },
    paint: isColoured(terminal) ? coloured : plain,
  };
  if (flags.bundle !== undefined) return await saveBundle(client, parts, flags.bundle, terminal);
  await print(terminal, flags.output, { ...incident, timeline: lines }, () => pageOf(parts, flags));
  if (flags.watch === true) await watchIncident(client, parts, terminal);
  return EXIT.good;
}

function pageOf(parts: PageParts, { decision }: IncidentFlags): string {
  if (decision === true) return renderDecisionPage(parts);
  return parts.incident.state === 'handed-over' ? renderHandoverPage(parts) : renderIncidentPage(parts);
}

async function readTimeline(client: ApiClient, id: number): Promise<readonly TimelineRowDocument[]> {
  const rows: TimelineRowDocument[] = [];
  let after = 0;
  for (let page = 0; page < TIMELINE_PAGES_MAX; page += 1) {
    const path = `/api/v1/incidents/${id}/timeline?limit=${TIMELINE_PAGE}&after=${after}`;
    const { body } = await client.get(path, timeline);
    rows.push(...body.items);
    if (body.next === undefined) break;
    after = body.next;
  }
  return rows;
}

async function watchIncident(
  client: ApiClient,
  { incident, timeline: lines, view }: PageParts,
  terminal: Terminal,
): Promise<void> {
  const after = lines.at(-1)?.sequence ?? 0;
  for await (const data of client.events(`/api/v1/events?after=${after}`)) {
    const row = timelineRow.parse(JSON.parse(data));
    if (row.incident !== incident.id) continue;
    terminal.out(`  ${clockTime(row.at, view)}  ${row.kind.padEnd(10)} ${plainText(row.text)}\n`);
  }
}

/** Writes what a person needs who has no Runova at hand: page, fields, timeline and evidence. */
async function saveBundle(
  client: ApiClient,
  parts: PageParts,
  folder: string,
  terminal: Terminal,
): Promise<ExitCode> {
  const { incident } = parts;
  const page = pageOf({ ...parts, paint: plain }, { output: 'table' });
  const decision = pageOf({ ...parts, paint: plain }, { output: 'table', decision: true });
  const files: [name: string, text: string][] = [
    ['incident.txt', page],
    ['decision.txt', decision],
    ['incident.json', `${JSON.stringify(incident, undefined, 2)}\n`],
    ['timeline.json', `${JSON.stringify(parts.timeline, undefined, 2)}\n`],
    ...(await evidenceFiles(client, incident)),
  ];
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of files) await writeFile(join(folder, name), text);
  } catch (error) {
    throw new CliError({ what: `bundle ${folder}`, why: (error as Error).message, exit: EXIT.usage });
  }
  terminal.err(`${files.length} files in ${folder}: ${files.map(([name]) => name).join(', ')}\n`);
  return EXIT.good;
}

const evidenceShape = z.looseObject({
  previousLogs: z.array(z.object({ pod: z.string(), container: z.string(), text: z.string() })).default([]),
});

async function evidenceFiles(client: ApiClient, incident: IncidentDocument): Promise<[string, string][]> {
  if (incident.evidence === undefined) return [];
  const { body }: Answer<z.output<typeof evidenceShape>> = await client.get(
    `/api/v1/incidents/${incident.id}/evidence`,
    evidenceShape,
  );
  const logs = body.previousLogs.map(({ pod, container, text }): [string, string] => [
    `${fileName(pod)}.${fileName(container)}.log`,
    text,
  ]);
  return [['evidence.json', `${JSON.stringify(body, undefined, 2)}\n`], ...logs];
}

/** Names come from the cluster: nothing of them may lead out of the folder. */
function fileName(name: string): string {
  return name.replaceAll(/[^a-z0-9.-]/gi, '_').replace(/^\.+/, '_');
}
