import { EXIT, type ExitCode } from './exit-code.ts';

export interface CliErrorFields {
  /** What did not work, a few words. */
  readonly what: string;
  /** Why, a sentence. */
  readonly why: string;
  /** What to do next, best as an exact command. */
  readonly hint?: string;
  readonly exit?: ExitCode;
}

/** Ends a command with `error: what: why` and a hint on stderr. */
export class CliError extends Error {
  readonly fields: CliErrorFields;

  constructor(fields: CliErrorFields) {
    super(`${fields.what}: ${fields.why}`);
    this.name = 'CliError';
    this.fields = fields;
  }

  get exit(): ExitCode {
    return this.fields.exit ?? EXIT.failed;
  }
}
