/** Where a command writes and what it is told by its surroundings: data to `out`, words to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Is a person looking at `out`? Otherwise nothing is cut, coloured or asked. */
  readonly isWatched: boolean;
  /** Can a person be asked? Both stdin and stderr are a terminal. */
  readonly isAnswered: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** IANA name; undefined: the system's. */
  readonly timeZone: string | undefined;
  now(): number;
  /** Asks on stderr; the line that a person typed. */
  ask(question: string): Promise<string>;
  /** Aborted by Ctrl-C, or when the system asks the program to end. */
  readonly signal: AbortSignal;
}

/** Colour only for a person's eyes, and not where it was declined (no-color.org). */
export function isColoured({ env, isWatched }: Terminal): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isWatched && env['TERM'] !== 'dumb';
}
