/** How Node's `util.inspect` finds a value's own view of itself. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const HIDDEN = '[secret]';

/**
 * A text that must not be shown. It hides itself wherever a value is turned into text by habit (JSON, template
 * strings, `console.log`, an error's details); only `reveal` gives it out, so that each place which needs it says so.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [INSPECT](): string {
    return HIDDEN;
  }
}
