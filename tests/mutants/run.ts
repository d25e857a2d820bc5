// `npm run mutants [-- --part 0..9] [--only TEXT]`: breaks the program in one place after another; each time the test
// that is named for it must fail. A mutant that nothing kills fails the run.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allMutants, killerName, sourceOf, type Killer, type Mutant } from './mutants.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HOOK = join(import.meta.dirname, 'hook.ts');
const PARTS = 10;
/** A mutant that makes the program wait for ever is as dead as one that breaks it. */
const LIMIT_MS = 90_000;

/** Enough of what a failing killer says to know where to look. */
const SHOWN = 400;

interface Verdict {
  readonly mutant: Mutant;
  readonly outcome: 'killed' | 'survived' | 'nothing to change';
  readonly said: string;
}

const { values } = parseArgs({ options: { part: { type: 'string' }, only: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'runova-mutants-'));

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function argumentsOf(killer: Killer): readonly string[] {
  if (killer.kind === 'simulation')
    return [join(import.meta.dirname, 'sim-kill.ts'), killer.shape, String(killer.seeds)];
  const skip = killer.without === undefined ? [] : [`--test-skip-pattern=${killer.without}`];
  return ['--test', '--test-reporter=dot', ...skip, killer.file];
}

/** Runs a killer, with or without a mutation. True: it found nothing wrong. */
function passes(
  killer: Killer,
  mutation: Readonly<Record<string, string>>,
): Promise<{ readonly passed: boolean; readonly said: string }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly passed: boolean; readonly said: string }>();
  const child = spawn(process.execPath, ['--import', HOOK, ...argumentsOf(killer)], {
    cwd: ROOT,
    env: { ...process.env, ...mutation },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  child.on('close', (code) => {
    clearTimeout(limit);
    resolve({ passed: code === 0, said: said.join('') });
  });
  return promise;
}

async function judge(mutant: Mutant, index: number): Promise<Verdict> {
  const source = sourceOf(mutant.file);
  const changed = mutant.change(source);
  if (changed === source) return { mutant, outcome: 'nothing to change', said: '' };
  const file = join(folder, `${index}.ts`);
  writeFileSync(file, changed);
  const { passed, said } = await passes(mutant.killer, {
    MUTANT_FILE: join(ROOT, mutant.file),
    MUTANT_SOURCE: file,
  });
  return { mutant, outcome: passed ? 'survived' : 'killed', said };
}

/** As many at a time as there are cores. */
async function eachOf<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    for (let index = next; index < items.length; index = next) {
      next += 1;
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, one));
  return results;
}

/** A killer that fails without any mutation would kill everything, and prove nothing. */
async function soundKillers(mutants: readonly Mutant[]): Promise<readonly string[]> {
  const killers = [...new Map(mutants.map(({ killer }) => [killerName(killer), killer])).values()];
  const results = await eachOf(killers, async (killer) => ({ killer, ...(await passes(killer, {})) }));
  return results.flatMap(({ killer, passed, said }) =>
    passed ? [] : [`${killerName(killer)} fails without a mutant: ${said.trim().slice(-SHOWN)}`],
  );
}

async function run(mutants: readonly Mutant[]): Promise<number> {
  const broken = await soundKillers(mutants);
  for (const line of broken) print(line);
  if (broken.length > 0) return 1;
  const verdicts = await eachOf(mutants, judge);
  for (const { mutant, outcome, said } of verdicts) {
    const by =
      outcome === 'killed'
        ? `by ${killerName(mutant.killer)}${/^seed "([^"]+)"/m.test(said) ? `: ${said.trim().split('\n')[0] ?? ''}` : ''}`
        : `(${killerName(mutant.killer)})`;
    print(`${outcome.padEnd(10)} ${mutant.name}, ${mutant.file}  ${by}`);
  }
  const alive = verdicts.filter(({ outcome }) => outcome !== 'killed');
  print(`${verdicts.length} mutants, ${verdicts.length - alive.length} killed, ${alive.length} not`);
  return alive.length === 0 ? 0 : 1;
}

try {
  const all = allMutants();
  const part =
    values.part === undefined ? all : all.filter((_, index) => index % PARTS === Number(values.part));
  const { only } = values;
  process.exitCode = await run(only === undefined ? part : part.filter(({ name }) => name.includes(only)));
} finally {
  rmSync(folder, { recursive: true });
}
