import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Programs that tests hold our stand-ins against, with the Debian package that brings them. */
const PACKAGES = {
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  amtool: 'prometheus-alertmanager',
} as const;

/** A real program that a test can need. */
export type Neighbour = keyof typeof PACKAGES;

/** The path of a program, or undefined where it is not installed. */
export function findProgram(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/**
 * Whether the program is there. Where it is not, the test is skipped with the reason and the remedy in its report;
 * under CI it fails instead, because there nobody reads skips.
 */
export function needs(t: TestContext, program: Neighbour): boolean {
  if (findProgram(program) !== undefined) return true;
  const reason = `${program} is not installed: apt-get install ${PACKAGES[program]}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  t.skip(reason);
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
