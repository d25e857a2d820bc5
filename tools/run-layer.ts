import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Layer } from './layers.ts';
import type { TestNote } from './test-reporter.ts';

export interface LayerResult {
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly file: string; readonly error: string }[];
  readonly skipped: readonly { readonly name: string; readonly file: string; readonly why: string }[];
  readonly seconds: number;
}

/** A layer that has not ended by then hangs: it is stopped, and that is a failure. */
const HANG_SECONDS = 300;
/** A single test that takes longer fails by name, before the whole layer counts as hanging. */
const TEST_SECONDS = 240;
/** How much of what the tests printed is shown when their process dies. */
const LAST_LINES = 40;

/**
 * Runs the files of a layer in a child process and counts what happened there. A process that dies, hangs, ends
 * badly with all tests good, or never reports is a failure with the test it was in: no silence counts as good.
 */
export async function runLayer(layer: Layer, files: readonly string[]): Promise<LayerResult> {
  const begin = process.hrtime.bigint();
  const folder = await mkdtemp(join(tmpdir(), 'runova-test-'));
  try {
    const notesFile = join(folder, 'notes.jsonl');
    const end = await runChild(childArguments(layer, files, notesFile));
    const notes = await readNotes(notesFile);
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    return { ...count(notes, end), seconds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function childArguments(layer: Layer, files: readonly string[], notesFile: string): string[] {
  const isolation = layer.oneProcess ? ['--test-isolation=none'] : ['--test-concurrency=2'];
  const reporter = join(import.meta.dirname, 'test-reporter.ts');
  return [
    '--test',
    `--test-timeout=${TEST_SECONDS * 1000}`,
    ...isolation,
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${notesFile}`,
    ...files,
  ];
}

interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly hung: boolean;
}

async function runChild(args: readonly string[]): Promise<ChildEnd> {
  // Within a test (of this file) Node would take the child for a part of the outer run and report nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const { promise, resolve, reject } = Promise.withResolvers<ChildEnd>();
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    stopGroup(child.pid);
  }, HANG_SECONDS * 1000);
  const forward = (): void => {
    stopGroup(child.pid);
    process.exit(130);
  };
  process.once('SIGINT', forward);
  process.once('SIGTERM', forward);
  child.on('error', reject);
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    process.off('SIGINT', forward);
    process.off('SIGTERM', forward);
    resolve({ code, signal, output, hung });
  });
  return promise;
}

/** The child leads a process group of its own, so that what it started ends with it. */
function stopGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function readNotes(file: string): Promise<TestNote[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  // The file is our own reporter's, written a moment ago by a child of this process.
  return lines.map((line) => JSON.parse(line) as TestNote);
}

type Counts = Omit<LayerResult, 'seconds'>;

function count(notes: readonly TestNote[], end: ChildEnd): Counts {
  const failed = notes.filter((note) => note.kind === 'failed').map((note) => withLastWords(note, notes));
  const skipped = notes.filter((note) => note.kind === 'skipped');
  const passed = notes.filter((note) => note.kind === 'passed').length;
  const isWhole = notes.at(-1)?.kind === 'finished';
  if (isWhole && !end.hung && (end.code === 0 || failed.length > 0)) return { passed, failed, skipped };
  return { passed, failed: [...failed, death(notes, end)], skipped };
}

type Failure = LayerResult['failed'][number];

/** Node reports the death of a file's process as a failed test named as the file; what it printed says why. */
function withLastWords(failure: Failure, notes: readonly TestNote[]): Failure {
  if (failure.name !== failure.file) return failure;
  const words = printedText(notes.filter((note) => note.kind === 'printed' && note.file === failure.file));
  return { ...failure, error: `${failure.error}\n${lastLines(words)}` };
}

function printedText(notes: readonly TestNote[]): string {
  return notes.flatMap((note) => (note.kind === 'printed' ? [note.text] : [])).join('');
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
}

/** The failure of the process itself, with the test that was running last and its last words. */
function death(notes: readonly TestNote[], end: ChildEnd): Failure {
  const last = notes.findLast((note) => note.kind === 'started');
  const how = end.hung
    ? `was stopped after ${HANG_SECONDS} s`
    : `ended with ${end.signal ?? `exit code ${end.code ?? '?'}`}`;
  const words = lastLines(`${printedText(notes)}${end.output}`);
  return {
    name: 'the test process itself',
    file: last?.file ?? '',
    error: `The test process ${how}${last === undefined ? '' : ` in “${last.name}”`}.\n${words}`,
  };
}
