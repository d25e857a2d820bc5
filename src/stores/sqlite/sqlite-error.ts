import { OpsError } from '../../ports/ops-error.ts';

/**
 * Result codes by which SQLite says that the outside failed (disk, memory, lock, file), not the statement:
 * BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB (https://sqlite.org/rescode.html).
 */
const OUTSIDE = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 26]);
const BUSY = 5;

/** The primary result code is the low byte of the extended one. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY;
}

export function isOutside(error: unknown): boolean {
  const code = resultCode(error);
  return code !== undefined && OUTSIDE.has(code);
}

export function unavailable(why: string, cause?: unknown): OpsError {
  const detail = cause instanceof Error ? ` (${cause.message})` : '';
  return new OpsError({
    code: 'store/unavailable',
    retry: 'later',
    message: `The store is unavailable: ${why}${detail}.`,
    hint: 'Look at the free space and the health of the disk that the store is on.',
    cause,
  });
}
