import type { IncidentDocument } from '../../contract/incident.ts';
import { type PageParts, renderHeader, section } from './incident-page.ts';
import { targetText } from './incident-table.ts';
import { clockTime } from './moment-text.ts';
import { plainText } from './plain-text.ts';
import { renderRows, wrap } from './table.ts';

const TEXT_WIDTH = 82;
const LABEL_WIDTH = 18;

/**
 * The page of an incident that waits for a person, in the order in which a person asks: who was told, am I racing
 * the machine, what is wrong, what were its last words, what was done and left behind, what do I type.
 */
export function renderHandoverPage(parts: PageParts): string {
  const { incident } = parts;
  const name = incident.target === undefined ? 'it' : `${incident.target.namespace}/${incident.target.name}`;
  return [
    renderHeader(parts) + told(parts),
    `Runova does not touch ${plainText(name)} again until you say so. You are not racing it.\n`,
    paragraphs(parts),
    section('WHAT RUNOVA DID', whatRunovaDid(parts)),
    section('WHAT TO DO NEXT', whatToDoNext(incident)),
    evidenceSection(parts),
  ]
    .filter((block) => block !== '')
    .join('\n');
}

function told({ timeline, view }: PageParts): string {
  const lines = timeline
    .filter(({ kind }) => kind === 'told')
    .map(({ at, text }) => `${plainText(text)} ${clockTime(at, view)}`);
  return lines.length === 0 ? '' : `told: ${lines.join(', ')}\n`;
}

function paragraphs({ incident }: PageParts): string {
  const words = incident.evidence?.lastWords;
  const failing = (incident.proof?.readings ?? []).filter(({ verdict }) => verdict !== 'true');
  return [
    ...labelled('WHAT IS WRONG', [
      summaryOf(incident),
      ...failing.map(({ condition, read }) => `${condition}: ${read}`),
    ]),
    ...labelled('WHY YOU', [incident.handover?.why ?? incident.why]),
    ...(words === undefined
      ? []
      : labelled('LAST WORDS', [
          `${words.pod}, container ${words.container}`,
          ...words.lines.map((line) => `> ${line}`),
        ])),
  ].join('');
}

/** What the alert itself says, which is about users; else its name. */
function summaryOf(incident: IncidentDocument): string {
  const annotations = incident.alerts[0]?.annotations ?? {};
  return annotations['description'] ?? annotations['summary'] ?? `${incident.alert} fires`;
}

function labelled(label: string, texts: readonly string[]): readonly string[] {
  const lines = texts.flatMap((text) => wrap(plainText(text), TEXT_WIDTH));
  return lines.map((line, at) => `${(at === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}\n`);
}

function whatRunovaDid({ incident, timeline, view }: PageParts): string {
  const reservedAt = new Map(incident.operations.map(({ number, reservedAt }) => [number, reservedAt]));
  const attempts = incident.attempts.map(({ number, rung, action, summary, outcome, why }) => {
    const at = reservedAt.get(number);
    const time = at === undefined ? '' : clockTime(at, view);
    return [
      time,
      number,
      plainText(`rung ${rung + 1}, ${action}: ${summary}`),
      plainText(`${outcome}: ${why}`),
    ];
  });
  const notes = timeline
    .filter(({ kind }) => kind === 'noted')
    .map(({ at, text }) => [clockTime(at, view), '', plainText(text), '']);
  const rows = [...attempts, ...notes];
  return `${rows.length === 0 ? '  nothing was changed\n' : renderRows(rows)}${leftBehind(incident)}`;
}

/** What is still on the object after it all. */
function leftBehind(incident: IncidentDocument): string {
  const live = incident.operations.filter(({ state }) => state === 'done' || state === 'unknown');
  const last = live.at(-1);
  if (last === undefined)
    return live.length === 0 && incident.operations.length > 0
      ? '  Left behind: nothing, no write took effect\n'
      : '';
  const certain = last.state === 'done' ? '' : ' (whether it took effect is not known)';
  return `  Left behind: ${plainText(`${targetText({ target: last.plan.target })}, ${last.plan.summary}`)}, mark of operation ${last.number}${certain}\n`;
}

function whatToDoNext(incident: IncidentDocument): string {
  const { id, playbook, handover } = incident;
  const { look, try: tries } = playbook ?? handover?.advice ?? { look: [], try: [] };
  const steps = [...look, ...tries].map((text) => fill(text, incident));
  const numbered = [...steps, 'When the cause is gone, let Runova try again and prove it:'];
  const lines = numbered.flatMap((text, at) =>
    wrap(plainText(text), TEXT_WIDTH).map(
      (line, row) => `  ${(row === 0 ? String(at + 1) : '').padEnd(3)}${line}\n`,
    ),
  );
  const rung = (incident.attempts.at(-1)?.rung ?? 0) + 1;
  return [
    ...lines,
    `       runova retry ${id} --rung ${rung}\n`,
    `  or you have fixed it by hand:         runova close ${id} --because "..."\n`,
    `  or it can wait until morning:         runova take ${id} --until 08:00 --because "..."\n`,
  ].join('');
}

/** Playbooks may name the target in their advice. Kubernetes' names are safe in a shell. */
function fill(text: string, { target }: IncidentDocument): string {
  if (target === undefined) return text;
  return text
    .replaceAll('$target', `${target.namespace}/${target.name}`)
    .replaceAll('$namespace', target.namespace)
    .replaceAll('$name', target.name);
}

function evidenceSection({ incident, view }: PageParts): string {
  const { id, evidence } = incident;
  const commands = `  runova incident ${id} --bundle ./${id}          runova incident ${id} --decision\n`;
  if (evidence === undefined) return section('EVIDENCE   none was taken', commands);
  const size = `${Math.ceil(evidence.bytes / 1_000)} kB`;
  const title = `EVIDENCE   taken ${clockTime(evidence.takenAt, view)}; ${size}; ${evidence.redacted} values redacted`;
  const parts = [
    `previous logs of ${evidence.logs} container${evidence.logs === 1 ? '' : 's'}`,
    `${evidence.events} events`,
    ...evidence.missing.map((one) => `not read: ${one}`),
  ];
  return section(title, `  ${parts.map(plainText).join(' · ')}\n${commands}`);
}
