import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../yaml/problem.ts';
import { FILE_BYTES_MAX, wholeFile } from '../yaml/yaml-document.ts';
import type { PlaybookFolders } from './load-playbooks.ts';

/** One YAML file, read and not yet understood. */
export interface PlaybookSource {
  readonly file: string;
  readonly text: string;
}

export interface FoldersRead {
  readonly sources: readonly PlaybookSource[];
  /** Folders and files that could not be read. */
  readonly problems: readonly Problem[];
}

/** Far above any real set; a folder with more is the wrong folder. */
const FILES_MAX = 1_000;
const SUBFOLDERS = ['playbooks', 'measures'];

/** Reads every `*.yaml` and `*.yml` of the folders; names that begin with a dot (a mounted ConfigMap has them) are not files of ours. */
export async function readFolders({ shipped, extra }: PlaybookFolders): Promise<FoldersRead> {
  const problems: Problem[] = [];
  const files: string[] = [];
  if (shipped !== undefined) {
    for (const name of SUBFOLDERS) files.push(...(await listFolder(join(shipped, name), problems)));
  }
  for (const folder of extra) {
    files.push(...(await listFolder(folder, problems)));
    for (const name of SUBFOLDERS) files.push(...(await listFolder(join(folder, name))));
  }
  if (files.length > FILES_MAX) {
    return {
      sources: [],
      problems: [
        wholeFile(
          extra.join(', '),
          `${files.length} files, more than ${FILES_MAX}`,
          'name a folder that holds playbooks only',
        ),
      ],
    };
  }
  const sources: PlaybookSource[] = [];
  for (const file of files) {
    const text = await readText(file, problems);
    if (text !== undefined) sources.push({ file, text });
  }
  return { sources, problems };
}

/** Every YAML file of one folder that must exist. */
export async function readFolder(folder: string): Promise<FoldersRead> {
  const problems: Problem[] = [];
  const sources: PlaybookSource[] = [];
  for (const file of await listFolder(folder, problems)) {
    const text = await readText(file, problems);
    if (text !== undefined) sources.push({ file, text });
  }
  return { sources, problems };
}

/** Without `problems` a folder that does not exist is an empty one. */
async function listFolder(folder: string, problems?: Problem[]): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    problems?.push(
      wholeFile(
        folder,
        `the folder cannot be read (${codeOf(error)})`,
        "create it, correct `playbooks` in the configuration, or let Runova's user read it",
      ),
    );
    return [];
  }
}

async function readText(file: string, problems: Problem[]): Promise<string | undefined> {
  try {
    await using handle = await open(file, 'r');
    const bytes = Buffer.alloc(FILE_BYTES_MAX + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) break;
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } catch (error) {
    const remedy =
      error instanceof TypeError
        ? 'save it as UTF-8'
        : "let Runova's user read it, or take it out of the folder";
    problems.push(wholeFile(file, `cannot be read (${codeOf(error)})`, remedy));
    return undefined;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
