import type { Terminal } from './terminal.ts';

/** A terminal that keeps what was written to it. Nobody is there to be asked, unless answers are given. */
export class FakeTerminal implements Terminal {
  stdout = '';
  stderr = '';
  readonly columns = Number.POSITIVE_INFINITY;
  readonly timeZone = 'Europe/Berlin';
  readonly isWatched = false;
  readonly #answers: string[];
  readonly #interrupt = new AbortController();
  env: Record<string, string | undefined>;

  constructor(env: Record<string, string | undefined> = {}, answers: readonly string[] = []) {
    this.env = env;
    this.#answers = [...answers];
  }

  get isAnswered(): boolean {
    return this.#answers.length > 0;
  }

  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  interrupt(): void {
    this.#interrupt.abort();
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  now(): number {
    return Date.UTC(2026, 10, 3, 1, 20);
  }

  ask(question: string): Promise<string> {
    this.stderr += question;
    return Promise.resolve(this.#answers.shift() ?? '');
  }
}
