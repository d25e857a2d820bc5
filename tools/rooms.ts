import { posix } from 'node:path';

/** A folder of the house and whom it may know. */
export interface Room {
  /** Other rooms, or single files of them (`ports/clock.ts`). A room always knows itself. */
  readonly mayImport: readonly string[];
  /** Node's own modules and npm packages that it may use: any, or the ones in the list. */
  readonly outside: 'any' | readonly string[];
  /**
   * Its folders do not know each other (one outside system each), except those named here, which all may know; files
   * directly in the room are shared.
   */
  readonly foldersApart?: readonly string[];
}

const PURE = ['node:crypto'];

/**
 * Who may import whom. This table is the shape of the system: the lint rule `runova/rooms` and
 * tests/architecture.test.ts both read it. Files in src/ itself wire everything and are the room `app`.
 */
export const ROOMS: Readonly<Record<string, Room>> = {
  domain: { mayImport: [], outside: PURE },
  ports: { mayImport: ['domain'], outside: PURE },
  flow: { mayImport: ['domain', 'ports', 'actions'], outside: PURE },
  actions: { mayImport: ['domain', 'ports'], outside: 'any' },
  checks: { mayImport: ['domain', 'ports'], outside: 'any' },
  maintenance: { mayImport: ['domain', 'ports'], outside: 'any' },
  stores: { mayImport: ['domain', 'ports'], outside: 'any', foldersApart: ['transactions'] },
  connectors: { mayImport: ['domain', 'ports'], outside: 'any', foldersApart: [] },
  platform: { mayImport: ['domain', 'ports'], outside: 'any' },
  yaml: { mayImport: ['domain'], outside: 'any' },
  playbooks: { mayImport: ['domain', 'yaml'], outside: 'any' },
  config: { mayImport: ['domain', 'yaml'], outside: 'any' },
  contract: { mayImport: ['domain'], outside: 'any' },
  server: { mayImport: ['domain', 'ports', 'contract', 'flow', 'playbooks'], outside: 'any' },
  cli: {
    mayImport: ['app', 'domain', 'ports', 'contract', 'config', 'playbooks', 'platform', 'demo'],
    outside: 'any',
  },
  demo: { mayImport: ['domain', 'ports', 'contract', 'platform', 'sandbox'], outside: 'any' },
  sandbox: { mayImport: ['ports/clock.ts'], outside: 'any' },
  app: {
    mayImport:
      'domain ports flow actions checks maintenance stores connectors platform playbooks config contract server'.split(
        ' ',
      ),
    outside: 'any',
  },
  main: { mayImport: ['cli'], outside: 'any' },
  web: { mayImport: ['contract'], outside: 'any' },
};

/** The command files that start the sandbox: the one door from the program to it. */
const SANDBOX_DOORS = /^src\/cli\/(?:commands\/)?(?:demo|sandbox)(?:[-./]|$)/;

/** Tests, suites and fakes may look behind any door: they are no part of the program. */
export function isTestFile(file: string): boolean {
  return file.startsWith('tests/') || /(?:\.test\.tsx?|\.suite\.ts|(?:^|\/)fake-[^/]*\.ts)$/.test(file);
}

/** The room of a file, given by its path from the root of the project; none for tools, tests and benchmarks. */
export function roomOf(file: string): string | undefined {
  if (file === 'src/main.ts') return 'main';
  const [top, next, ...rest] = file.split('/');
  if (top === 'web') return 'web';
  if (top !== 'src' || next === undefined) return undefined;
  return rest.length === 0 ? 'app' : next;
}

/**
 * Judges one import of a file of the program. `specifier` is as written. Returns why it is not allowed, or
 * nothing where it is.
 */
export function whyForbidden(file: string, specifier: string): string | undefined {
  const from = roomOf(file);
  if (from === undefined || isTestFile(file)) return undefined;
  const room = ROOMS[from];
  if (room === undefined) return `the room ${from} is not in tools/rooms.ts`;
  if (!specifier.startsWith('.')) return whyNotOutside(from, room, specifier);
  const target = posix.join(posix.dirname(file), specifier);
  return isTestFile(target) ? 'fakes and suites are for tests alone' : whyNotInside(file, from, room, target);
}

function whyNotOutside(from: string, room: Room, specifier: string): string | undefined {
  if (room.outside === 'any' || room.outside.includes(specifier)) return undefined;
  return `${from} is pure: it knows neither packages nor Node's modules`;
}

function whyNotInside(file: string, from: string, room: Room, target: string): string | undefined {
  const to = roomOf(target);
  if (to === undefined)
    return target === 'package.json' ? undefined : `${target} is not a part of the program`;
  if (to === from)
    return room.foldersApart === undefined ? undefined : whyNotSibling(file, target, room.foldersApart);
  if (room.mayImport.includes(to) || room.mayImport.includes(target.replace(/^src\//, ''))) return undefined;
  if (to === 'sandbox' && SANDBOX_DOORS.test(file)) return undefined;
  return `${from} may not know ${to}`;
}

function whyNotSibling(file: string, target: string, shared: readonly string[]): string | undefined {
  const [, , from] = file.split('/');
  const [, room, to, ...rest] = target.split('/');
  return rest.length === 0 || from === to || shared.includes(to ?? '')
    ? undefined
    : `adapters do not know each other: share through src/${room}/`;
}
