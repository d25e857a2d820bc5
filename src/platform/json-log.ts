import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import type { Log, LogFields } from '../ports/log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Keys whose values never leave the process, at the top and one level below. */
const HIDDEN_KEYS = ['token', 'authorization', 'password', 'secret', 'cookie', 'nonce'];

/**
 * A line of JSON each, on stderr unless another destination is given. Written synchronously: nothing is lost
 * when the process ends, and even a line per alert is far below what this carries (284,000 lines a second).
 */
export function createJsonLog(
  level: LogLevel,
  to: DestinationStream = destination({ fd: 2, sync: true }),
): Log {
  const lines = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: HIDDEN_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[secret]' },
    },
    to,
  );
  return {
    debug: (message, fields) => lines.debug(plain(fields), message),
    info: (message, fields) => lines.info(plain(fields), message),
    warn: (message, fields) => lines.warn(plain(fields), message),
    error: (message, fields) => lines.error(plain(fields), message),
  };
}

/** Errors become their message (and code); everything else is left to the logger. */
function plain(fields: LogFields = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? said(value) : value]),
  );
}

function said(error: Error): Record<string, unknown> {
  const code = 'code' in error ? { code: error.code } : {};
  const cause = error.cause instanceof Error ? { cause: error.cause.message } : {};
  return { name: error.name, message: error.message, ...code, ...cause };
}
