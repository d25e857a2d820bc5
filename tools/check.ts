// `npm run check [-- --fix]`: everything that can be said about the code without running it, all at once.
// One line for each check; errors fail, notes (limits that are there to make one wonder) do not.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readLint } from './lint/read-lint.ts';
import { mendLock, readLock } from './lock.ts';
import { findSpeech } from './speech.ts';

/** What a check found. `errors` fail the run, `notes` are printed alone. */
interface Finding {
  readonly errors: readonly string[];
  readonly notes: readonly string[];
}

interface Ran {
  readonly code: number;
  readonly output: string;
}

const root = join(import.meta.dirname, '..');
const LOCK = join(root, 'package-lock.json');
const { values } = parseArgs({ options: { fix: { type: 'boolean', default: false } } });

const CHECKS: Readonly<Record<string, () => Promise<Finding>>> = {
  format: () => tool('oxfmt/bin/oxfmt', '--list-different'),
  types: () => tool('typescript/bin/tsc', '--noEmit', '-p', '.'),
  lint: lintTree,
  'dead code': () => tool('knip/bin/knip.js', '--no-progress', '--no-config-hints'),
  lock: async () => only(readLock(await readFile(LOCK, 'utf8'))),
  speech: async () => only(await findSpeech(root, (await git('ls-files', '-z')).split('\0').filter(Boolean))),
  package: checkPackage,
};

if (values.fix) await fixTree();
process.exitCode = await checkTree();

async function fixTree(): Promise<void> {
  await run('oxlint/bin/oxlint', '--fix', '--silent');
  await run('oxfmt/bin/oxfmt');
  const lock = await readFile(LOCK, 'utf8');
  const mended = mendLock(lock);
  if (mended !== lock) await writeFile(LOCK, mended);
}

/** Runs every check beside the others, prints them in their order and returns the exit code. */
async function checkTree(): Promise<number> {
  const begin = process.hrtime.bigint();
  const running = Object.entries(CHECKS).map(([name, check]) => timed(name, check));
  let failed = 0;
  for (const next of running) {
    const { name, seconds, errors, notes } = await next;
    if (errors.length > 0) failed += 1;
    const verdict = errors.length > 0 ? `FAILED (${errors.length})` : 'good';
    const aside = notes.length > 0 ? `, ${notes.length} to wonder about` : '';
    print(`${name.padEnd(10)} ${seconds.toFixed(1).padStart(5)} s  ${verdict}${aside}`);
    for (const line of errors) print(`    ${line.replaceAll('\n', '\n    ')}`);
    for (const line of notes) print(`    note: ${line}`);
  }
  const total = Number(process.hrtime.bigint() - begin) / 1e9;
  print(
    `${'total'.padEnd(10)} ${total.toFixed(1).padStart(5)} s  ${failed === 0 ? 'all good' : `${failed} checks failed`}`,
  );
  return failed === 0 ? 0 : 1;
}

interface Timed extends Finding {
  readonly name: string;
  readonly seconds: number;
}

async function timed(name: string, check: () => Promise<Finding>): Promise<Timed> {
  const begin = process.hrtime.bigint();
  const finding = await check().catch((error: unknown) => only([String(error)]));
  return { name, seconds: Number(process.hrtime.bigint() - begin) / 1e9, ...finding };
}

function only(errors: readonly string[]): Finding {
  return { errors, notes: [] };
}

async function tool(script: string, ...args: string[]): Promise<Finding> {
  const { code, output } = await run(script, ...args);
  if (code === 0) return only([]);
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return only(lines.length > 0 ? lines : [`${script} ended with ${code}`]);
}

/** Builds, and looks at the package as npm would pack it. */
async function checkPackage(): Promise<Finding> {
  const built = await capture(process.execPath, [join(root, 'tools/build.ts')]);
  if (built.code !== 0) return only([built.output.trim()]);
  return tool('publint/src/cli.js', '--pack=npm', '--strict');
}

/** The linter's limits are warnings; they become notes. A linter that could not run at all is an error. */
async function lintTree(): Promise<Finding> {
  const { code, output } = await run('oxlint/bin/oxlint', '--format=json');
  const finding = readLint(output);
  if (finding === undefined) return only([output.trim()]);
  return code !== 0 && finding.errors.length === 0 ? only([`oxlint ended with ${code}`]) : finding;
}

/** Runs a tool of node_modules under this very Node, whatever the path holds. */
function run(script: string, ...args: string[]): Promise<Ran> {
  return capture(process.execPath, [join(root, 'node_modules', script), ...args]);
}

async function git(...args: string[]): Promise<string> {
  const { code, output } = await capture('git', args);
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${output}`);
  return output;
}

function capture(command: string, args: readonly string[]): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const options = { cwd: root, maxBuffer: 1 << 28, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' } };
  const child = execFile(command, [...args], options, (error, stdout, stderr) => {
    resolve({
      code: error === null ? 0 : (child.exitCode ?? 1),
      output: stdout.trim() === '' ? stderr : stdout,
    });
  });
  return promise;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
