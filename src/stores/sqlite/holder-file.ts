import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who has a store open. The database itself cannot tell while it is locked, so it stands beside it. */
export interface HolderFile {
  readonly pid: number;
  readonly host: string;
  readonly sinceMs: number;
}

function pathOf(store: string): string {
  return `${store}.holder`;
}

/** Says that this process has it. Only for people: the lock is the database's own. */
export function writeHolder(store: string, nowMs: number): void {
  const holder: HolderFile = { pid: process.pid, host: hostname(), sinceMs: nowMs };
  writeFileSync(pathOf(store), `${JSON.stringify(holder)}\n`, { mode: 0o600 });
}

export function removeHolder(store: string): void {
  rmSync(pathOf(store), { force: true });
}

/** Undefined when the file is missing or half written. */
export function readHolder(store: string): HolderFile | undefined {
  try {
    const read = JSON.parse(readFileSync(pathOf(store), 'utf8')) as Partial<HolderFile> | null;
    if (typeof read?.pid !== 'number' || typeof read.host !== 'string' || typeof read.sinceMs !== 'number')
      return undefined;
    return { pid: read.pid, host: read.host, sinceMs: read.sinceMs };
  } catch {
    return undefined;
  }
}
