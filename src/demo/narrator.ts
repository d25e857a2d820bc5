import type { TimelineRowDocument } from '../contract/timeline.ts';
import type { Clock } from '../ports/clock.ts';

/** What a timeline's kinds are called in the story; kinds that are not here are left out. */
const WORDS: Readonly<Record<string, string>> = {
  alert: 'alert',
  target: 'target',
  decided: 'decided',
  planned: 'plan',
  changed: 'changed',
  fixed: 'looks good',
  resolved: 'RESOLVED',
  closed: 'closed',
  'handed-over': 'HANDED OVER',
  noted: 'noted',
};
const WORD_WIDTH = 11;
/** Lines fit 104 columns (samples/README). */
const LINE_WIDTH = 104;

/** Tells what happens, line by line, with the time since the demo began. */
export class Narrator {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  readonly #startedMs: number;

  constructor(clock: Clock, write: (line: string) => void) {
    this.#clock = clock;
    this.#write = write;
    this.#startedMs = clock.monotonic();
  }

  title(text: string): void {
    this.#write('');
    this.#write(text);
  }

  say(word: string, text: string): void {
    const seconds = Math.floor((this.#clock.monotonic() - this.#startedMs) / 1_000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    const start = `   ${time}  ${word.padEnd(WORD_WIDTH)} `;
    wrap(text, LINE_WIDTH - start.length).forEach((line, index) =>
      this.#write(`${index === 0 ? start : ' '.repeat(start.length)}${line}`.trimEnd()),
    );
  }

  tell(row: TimelineRowDocument): void {
    const word = WORDS[row.kind];
    if (word !== undefined) this.say(word, row.text);
  }

  get elapsedSeconds(): number {
    return Math.round((this.#clock.monotonic() - this.#startedMs) / 1_000);
  }
}

/** Breaks at spaces; a word that is longer than the line is left whole. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
