/** What the program's exit tells a script (docs/operations.md). */
export const EXIT = {
  good: 0,
  /** Degraded, failed, or refused. */
  failed: 1,
  /** The command or the configuration is wrong; nothing was done. */
  usage: 2,
  /** Runova could not be reached, or cannot tell. */
  unknown: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
