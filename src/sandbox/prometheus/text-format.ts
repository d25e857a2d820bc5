import { labelsOf, METRIC_NAME, type Labels } from './labels.ts';
import { parseNumber } from './number-format.ts';

/** One line of an exposition: a series, its value and, where the exporter gives it, the time in milliseconds. */
export interface ScrapedSample {
  readonly labels: Labels;
  readonly value: number;
  readonly timeMs?: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,?)/y;
const REST = /\s+(\S+)(?:\s+(-?\d+))?\s*$/y;

/**
 * Reads the Prometheus text format (0.0.4). Throws an `Error` naming the line for anything else: a scrape is
 * taken whole or not at all.
 */
export function parseTextFormat(text: string): ScrapedSample[] {
  const samples: ScrapedSample[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    samples.push(parseLine(trimmed, index + 1));
  }
  return samples;
}

function parseLine(line: string, number: number): ScrapedSample {
  const name = sticky(NAME, line, 0);
  if (name === null) throw malformed(number, line);
  const { pairs, end } = parseLabels(line, name[0].length, number);
  const rest = sticky(REST, line, end);
  const value = rest === null ? undefined : parseNumber(rest[1] ?? '');
  if (rest === null || value === undefined) throw malformed(number, line);
  const labels = labelsOf([...pairs, [METRIC_NAME, name[0]]]);
  return rest[2] === undefined ? { labels, value } : { labels, value, timeMs: Number(rest[2]) };
}

function parseLabels(
  line: string,
  start: number,
  number: number,
): { pairs: [string, string][]; end: number } {
  const pairs: [string, string][] = [];
  if (line[start] !== '{') return { pairs, end: start };
  let position = start + 1;
  for (;;) {
    const label = sticky(LABEL, line, position);
    if (label === null) break;
    pairs.push([label[1] ?? '', unescaped(label[2] ?? '')]);
    position += label[0].length;
    if (label[3] === '') break;
  }
  while (line[position] === ' ') position += 1;
  if (line[position] !== '}') throw malformed(number, line);
  return { pairs, end: position + 1 };
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (whole: string, char: string) => {
    if (char === 'n') return '\n';
    return char === '\\' || char === '"' ? char : whole;
  });
}

function sticky(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function malformed(number: number, line: string): Error {
  return new Error(`line ${number} is not in the text format: ${line.slice(0, 120)}`);
}
