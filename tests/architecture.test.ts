import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { isTestFile, ROOMS, roomOf, whyForbidden } from '../tools/rooms.ts';

// Reads the tree itself, with no linter in between: a linter that was switched off, or that did not know a file,
// would pass over what this finds.
const root = join(import.meta.dirname, '..');
const files = globSync('{src,web}/**/*.{ts,tsx}', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/dist/**'],
}).toSorted();
const program = files.filter((file) => !isTestFile(file));
/** Rooms that the simulator runs on its virtual clock. */
const TIMELESS = new Set(['domain', 'ports', 'flow', 'stores', 'actions', 'checks', 'maintenance']);
const CLOCK_OR_CHANCE =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.|\bset(?:Timeout|Interval|Immediate)\b|\bAbortSignal\.timeout\b|\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bqueueMicrotask\b|\bprocess\.(?:hrtime|nextTick)\b|node:timers|node:perf_hooks/;
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(?<specifier>[^'"\n]+)\1/g;

function specifiersOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].flatMap((match) => match.groups?.['specifier'] ?? []);
}

/** Code without comments, good enough for a search: a `//` inside a string (an address) is left alone. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<![:'"`\w])\/\/.*$/gm, '');
}

function codeOf(file: string): string {
  return withoutComments(readFileSync(join(root, file), 'utf8'));
}

function linesMatching(file: string, pattern: RegExp): string[] {
  const lines = codeOf(file)
    .split('\n')
    .filter((line) => pattern.test(line));
  return lines.map((line) => `${file}: ${line.trim()}`);
}

describe('the house', () => {
  test('has no folder that the table of rooms does not know', () => {
    const unknown = files.filter((file) => !Object.hasOwn(ROOMS, roomOf(file) ?? ''));
    assert.deepEqual(unknown, []);
  });

  test('lets imports go only where the table of rooms lets them', () => {
    const broken = program.flatMap((file) =>
      specifiersOf(codeOf(file)).flatMap((specifier) => {
        const why = whyForbidden(file, specifier);
        return why === undefined ? [] : [`${file} → ${specifier}: ${why}`];
      }),
    );
    assert.deepEqual(broken, []);
  });

  test('has no file named for everything and nothing', () => {
    const vague = files.filter((file) =>
      /^(?:utils?|helpers?|manager|index|types?|common|misc)\./.test(basename(file)),
    );
    assert.deepEqual(vague, []);
  });

  test('names every file in kebab-case', () => {
    const others = files.filter(
      (file) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|suite|d|config))?\.tsx?$/.test(basename(file)),
    );
    assert.deepEqual(others, []);
  });

  test('takes time, timers and chance from ports wherever the simulator runs', () => {
    const timeless = program.filter((file) => TIMELESS.has(roomOf(file) ?? ''));
    assert.deepEqual(
      timeless.flatMap((file) => linesMatching(file, CLOCK_OR_CHANCE)),
      [],
    );
  });

  test('goes out to the network through one door', () => {
    const inside = program.filter((file) => !['cli', 'demo', 'sandbox', 'web'].includes(roomOf(file) ?? ''));
    const others = inside.filter((file) => file !== 'src/connectors/http.ts');
    assert.deepEqual(
      others.flatMap((file) => linesMatching(file, /(?<![.\w#])fetch\(/)),
      [],
    );
  });

  test('exports by name', () => {
    assert.deepEqual(
      files
        .filter((file) => !file.endsWith('.config.ts'))
        .flatMap((file) => linesMatching(file, /^export default\b/)),
      [],
    );
  });
});

describe('the table of rooms', () => {
  const forbidden: readonly (readonly [string, string])[] = [
    ['src/domain/incident.ts', '../ports/clock.ts'],
    ['src/domain/incident.ts', 'node:fs'],
    ['src/flow/receive.ts', '../stores/sqlite/store.ts'],
    ['src/flow/receive.ts', 'pino'],
    ['src/stores/sqlite/store.ts', '../postgres/store.ts'],
    ['src/connectors/gitea/gitea.ts', '../kubernetes/client.ts'],
    ['src/connectors/gitea/gitea.ts', './fake-gitea.ts'],
    ['src/server/server.ts', '../cli/cli.ts'],
    ['src/app.ts', './sandbox/platform.ts'],
    ['src/cli/commands/status.ts', '../../sandbox/platform.ts'],
    ['src/sandbox/platform.ts', '../domain/alert.ts'],
    ['src/sandbox/platform.ts', '../ports/log.ts'],
    ['src/main.ts', './app.ts'],
    ['src/elsewhere/thing.ts', './other.ts'],
    ['web/pages/incident.tsx', '../../src/domain/incident.ts'],
  ];
  for (const [file, specifier] of forbidden) {
    test(`keeps ${file} from ${specifier}`, () => {
      assert.notEqual(whyForbidden(file, specifier), undefined);
    });
  }

  const allowed: readonly (readonly [string, string])[] = [
    ['src/flow/receive.ts', '../domain/alert.ts'],
    ['src/stores/sqlite/store.ts', '../statements.ts'],
    ['src/connectors/gitea/gitea.ts', '../http.ts'],
    ['src/connectors/gitea/gitea.test.ts', './fake-gitea.ts'],
    ['src/cli/commands/demo.ts', '../../sandbox/platform.ts'],
    ['src/sandbox/platform.ts', '../ports/clock.ts'],
    ['src/app.ts', './stores/sqlite/store.ts'],
    ['src/main.ts', './cli/cli.ts'],
  ];
  for (const [file, specifier] of allowed) {
    test(`lets ${file} know ${specifier}`, () => {
      assert.equal(whyForbidden(file, specifier), undefined);
    });
  }
});
