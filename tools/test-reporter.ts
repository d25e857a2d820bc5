import { relative, resolve } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect, stripVTControlCharacters } from 'node:util';

/** What the test runner learns about one test, as one line of JSON. Files are relative to the project. */
export type TestNote =
  | { readonly kind: 'started'; readonly name: string; readonly file: string }
  | { readonly kind: 'passed'; readonly name: string; readonly file: string }
  | { readonly kind: 'skipped'; readonly name: string; readonly file: string; readonly why: string }
  | { readonly kind: 'failed'; readonly name: string; readonly file: string; readonly error: string }
  | { readonly kind: 'printed'; readonly text: string; readonly file: string }
  | { readonly kind: 'finished' };

/** A reporter for `node --test`: notes for tools/test.ts to count. A run that died has no `finished` at its end. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = [];
  const open = new OpenTests();
  for await (const event of events) {
    open.watch(event);
    const note = noteOf(event, path);
    if (note !== undefined) yield lineOf(note);
  }
  for (const note of open.failures()) yield lineOf(note);
  yield lineOf({ kind: 'finished' });
}

function lineOf(note: TestNote): string {
  return `${JSON.stringify(note)}\n`;
}

/** Node calls a file good whose process ended with 0 in the middle of its tests. Here they are missed. */
class OpenTests {
  readonly #open = new Map<string, { readonly name: string; readonly file: string; count: number }>();

  watch({ type, data }: TestEvent): void {
    if (type !== 'test:enqueue' && type !== 'test:complete') return;
    const { name, nesting } = data;
    const file = fileOf(data);
    const key = JSON.stringify([file, data.line, data.column, nesting, name]);
    const entry = this.#open.get(key) ?? { name, file, count: 0 };
    entry.count += type === 'test:enqueue' ? 1 : -1;
    this.#open.set(key, entry);
  }

  failures(): TestNote[] {
    const lost = [...this.#open.values()].filter((entry) => entry.count > 0);
    const error = 'The process ended before this test did.';
    return lost.map(({ name, file }) => ({ kind: 'failed', name, file, error }));
  }
}

function noteOf(event: TestEvent, path: string[]): TestNote | undefined {
  switch (event.type) {
    case 'test:start':
      path.length = event.data.nesting;
      path.push(event.data.name);
      return { kind: 'started', name: path.join(' › '), file: fileOf(event.data) };
    case 'test:pass':
      return outcome(event.data, path);
    case 'test:fail':
      return outcome(event.data, path);
    case 'test:stdout':
    case 'test:stderr':
    case 'test:diagnostic':
      // Node tells of an error outside any test (a forgotten timer that throws) as a diagnostic.
      if (event.type === 'test:diagnostic' && event.data.level !== 'error' && event.data.level !== 'warn')
        return undefined;
      return { kind: 'printed', text: event.data.message, file: fileOf(event.data) };
    default:
      return undefined;
  }
}

type Ended = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>['data'];

function outcome(data: Ended, path: readonly string[]): TestNote | undefined {
  const file = fileOf(data);
  const name = isWholeFile(data) ? file : [...path.slice(0, data.nesting), data.name].join(' › ');
  const why = data.skip ?? data.todo;
  if (why !== undefined && why !== false) {
    return {
      kind: 'skipped',
      name,
      file,
      why: typeof why === 'string' && why !== '' ? why : 'no reason given',
    };
  }
  const error = 'error' in data.details ? data.details.error : undefined;
  if (error !== undefined)
    return isOnlyAboutChildren(error) ? undefined : { kind: 'failed', name, file, error: show(error) };
  // Node reports a file by its own name only where no test in it did.
  if (isWholeFile(data)) return { kind: 'failed', name, file, error: 'The file ran no test to its end.' };
  return data.details.type === 'suite' ? undefined : { kind: 'passed', name, file };
}

function isWholeFile({ name, file, nesting }: Ended): boolean {
  return nesting === 0 && file !== undefined && resolve(name) === file;
}

/** A parent fails with its children; counting it again would hide how many really failed. */
function isOnlyAboutChildren(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'failureType' in error &&
    error.failureType === 'subtestsFailed'
  );
}

function show(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return stripVTControlCharacters(cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause));
}

function fileOf(data: { readonly file?: string | undefined }): string {
  return data.file === undefined ? '' : relative(process.cwd(), data.file);
}
