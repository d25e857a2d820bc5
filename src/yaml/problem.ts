/** One thing that is wrong with a file that a person wrote, and what to do about it. */
export interface Problem {
  /** As the person knows it: the path that was given, or the name below the folder that was given. */
  readonly file: string;
  /** Where in the file; absent when it is about the file as a whole. */
  readonly at?: ProblemPlace;
  /** The field, `spec.ladder.0.with`; empty for the file as a whole. */
  readonly field: string;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What to write instead. Never empty: an error that does not say this is a bug. */
  readonly remedy: string;
}

export interface ProblemPlace {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** The line itself, without what could be a secret. */
  readonly source: string;
}

/** The widest piece of a source line that is shown. */
const SOURCE_WIDTH = 100;

/**
 * As compilers say it, with the remedy last:
 *
 *     high-memory.yaml:16:9: spec.ladder.0.with: unknown field "ad", did you mean "add"?
 *        16 |         ad: 1
 *           |         ^
 *     hint: the fields here are add, max, giveBack
 */
export function formatProblem(problem: Problem): string {
  const { file, at, field, message, remedy } = problem;
  const place = at === undefined ? file : `${file}:${at.line}:${at.column}`;
  const first = [place, ...(field === '' ? [] : [field]), message].join(': ');
  return [printable(first), ...(at === undefined ? [] : sourceLines(at)), printable(`hint: ${remedy}`)].join(
    '\n',
  );
}

function sourceLines({ line, column, source }: ProblemPlace): readonly string[] {
  const from = column > SOURCE_WIDTH - 10 ? column - 40 : 0;
  const shown = printable(source.slice(from, from + SOURCE_WIDTH));
  const number = String(line).padStart(5);
  return [
    `${number} | ${shown}`,
    `${' '.repeat(number.length)} | ${' '.repeat(Math.max(0, column - 1 - from))}^`,
  ];
}

/** Files are written by people, and the terminal obeys control characters: each becomes one visible mark. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => (char === '\t' ? ' ' : '·'));
}
