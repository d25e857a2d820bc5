import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The last letter of each word stands in brackets, so that this file does not find itself. */
const NOT_OURS: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w./-])\/(?:wor[k]|far[m]|User[s])\//, 'a path of somebody’s machine'],
  [/registry\.(?:npmj[s]|yarnpk[g])|deb\.debia[n]\.org|proxy\.golan[g]/, 'a registry’s host'],
];

/**
 * Finds what the project must not say in its tracked files: paths of the machine it was written on, hosts of
 * registries. `files` are relative to `root`; the answer is a line for each place.
 */
export async function findSpeech(root: string, files: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    files.map(async (file) => findInFile(file, await readText(join(root, file)))),
  );
  return found.flat();
}

function findInFile(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      NOT_OURS.flatMap(([pattern, what]) => (pattern.test(line) ? [`${file}:${index + 1}: ${what}`] : [])),
    );
}

/** Empty for binary files and for files that are tracked but deleted in this work tree. */
async function readText(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.includes('\0') ? '' : text;
}
