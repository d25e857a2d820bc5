export type LogFields = Readonly<Record<string, unknown>>;

/** A log of static messages with fields, so that lines can be grouped. Secrets and labels' text never go into a message. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
