import type { IncidentDocument } from '../../contract/incident.ts';
import type { GuardLineDocument, TraceDocument } from '../../contract/trace.ts';
import type { Paint } from './paint.ts';
import { plainText } from './plain-text.ts';
import { renderRows, wrap } from './table.ts';

const REMEDY_WIDTH = 84;

/** The guards of a decision, by the question that each answers: what was read, its limit, its verdict. */
export function renderDecision(trace: TraceDocument, paint: Paint): string {
  const blocks: string[] = [];
  const cells = trace.lines.map((line) => cellsOf(line, paint));
  const width = (at: number): number => Math.max(0, ...cells.map((row) => row[at]?.length ?? 0));
  const byQuestion = Map.groupBy(trace.lines, ({ question }) => question);
  for (const [question, lines] of byQuestion) {
    blocks.push(`  ${question}\n`);
    for (const line of lines) {
      const [guard, read, limit, verdict] = cellsOf(line, paint);
      const limitCell = width(2) === 0 ? '' : `${limit.padEnd(width(2))}  `;
      blocks.push(`    ${guard.padEnd(width(0))}  ${read.padEnd(width(1))}  ${limitCell}${verdict}\n`);
    }
  }
  return blocks.join('');
}

/** For what did not happen: first the guards that were in the way, and what would change that. */
export function renderObstacles(trace: TraceDocument, paint: Paint): string {
  const obstacles = trace.lines.filter(({ verdict }) => verdict !== 'allow');
  return obstacles
    .map((line) => {
      const limit = line.limit === undefined ? '' : `, ${limitText(line.limit)}`;
      const first = `  ${paint('bold', line.guard)}: ${line.verdict}. ${plainText(line.read)}${limit}\n`;
      if (line.remedy === undefined) return first;
      const [head = '', ...rest] = wrap(plainText(line.remedy), REMEDY_WIDTH);
      return `${first}    what would change that: ${head}\n${rest.map((text) => `    ${text}\n`).join('')}`;
    })
    .join('');
}

/** Rungs that were not tried, and other things that were considered: said in the timeline as notes. */
export function renderNothingElse({ playbook }: IncidentDocument, notes: readonly string[]): string {
  const rungs = (playbook?.ladder ?? []).flatMap(({ action, reached }, at) =>
    reached ? [] : [[`rung ${at + 1}, ${action}`, 'not reached']],
  );
  return renderRows([...notes.map((note) => [plainText(note)]), ...rungs]);
}

function cellsOf(
  { guard, read, limit, verdict }: GuardLineDocument,
  paint: Paint,
): readonly [string, string, string, string] {
  const shown =
    verdict === 'allow' ? verdict : paint(verdict === 'refuse' ? 'red' : 'yellow', verdict.toUpperCase());
  return [guard, plainText(read), limit === undefined ? '' : limitText(limit), shown];
}

/** A guard gives a bare figure or says what it means. */
function limitText(limit: string): string {
  return /^[\d.]+(?: ?%)?$/.test(limit) ? `limit ${limit}` : plainText(limit);
}
