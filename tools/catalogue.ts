// `npm run catalogue [-- --file FILE --seed N --json --misses tuned|held-out|all]`: how far the shipped catalogue
// agrees with judged alert rules.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCatalogue } from '../src/playbooks/load-catalogue.ts';
import { formatProblem } from '../src/yaml/problem.ts';
import {
  agreementOf,
  compare,
  isHeldOut,
  MARKED_CLASSES,
  readJudged,
  type Agreement,
  type Compared,
} from './catalogue-agreement.ts';

const root = join(import.meta.dirname, '..');

interface Wanted {
  readonly file: string;
  readonly seed: number;
  readonly json: boolean;
  readonly misses: string | undefined;
}

type Parts = Readonly<Record<'all' | 'tuned' | 'held-out', readonly Compared[]>>;

function wanted(): Wanted {
  const { values } = parseArgs({
    options: {
      file: { type: 'string', default: join(root, 'tests/fixtures/catalogue/alerts.jsonl') },
      seed: { type: 'string', default: '7' },
      json: { type: 'boolean', default: false },
      misses: { type: 'string' },
    },
  });
  return { file: values.file, seed: Number(values.seed), json: values.json, misses: values.misses };
}

async function compareAll({ file, seed }: Wanted): Promise<Parts> {
  const loaded = await loadCatalogue(join(root, 'catalogue'));
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.map(formatProblem).join('\n'));
  const all = readJudged(await readFile(file, 'utf8')).map((one) => compare(one, loaded.catalogue));
  return {
    all,
    tuned: all.filter(({ judged }) => !isHeldOut(judged.alert, seed)),
    'held-out': all.filter(({ judged }) => isHeldOut(judged.alert, seed)),
  };
}

function tableOf(parts: Parts): string {
  const columns = Object.entries(parts).map(([name, part]) => ({ name, of: agreementOf(part) }));
  const line = (title: string, cell: (one: Agreement) => string): string =>
    `${title.padEnd(34)}${columns.map(({ of }) => cell(of).padStart(20)).join('')}\n`;
  return [
    `${''.padEnd(34)}${columns.map(({ name }) => name.padStart(20)).join('')}\n`,
    line('alerts', ({ alerts }) => String(alerts)),
    line('class agrees', (one) => share(one.classAgrees, one.alerts)),
    line('automatic against the expert', ({ unsafe }) => String(unsafe)),
    line('remedy agrees (both automatic)', (one) => share(one.remedyAgrees, one.remedies)),
    line('kind of target agrees', (one) => share(one.kindAgrees, one.alerts)),
    line('target named, where labels name it', (one) => share(one.targetAgrees, one.identifiable)),
    confusionOf(agreementOf(parts.all)),
  ].join('');
}

function confusionOf({ confusion }: Agreement): string {
  const row = (expected: (typeof MARKED_CLASSES)[number]): string =>
    `${expected.padEnd(16)}${MARKED_CLASSES.map((found) => String(confusion[expected][found]).padStart(15)).join('')}\n`;
  return [
    `\n${'expected \\ found'.padEnd(16)}${MARKED_CLASSES.map((one) => one.padStart(15)).join('')}\n`,
    ...MARKED_CLASSES.map(row),
  ].join('');
}

function share(part: number, of: number): string {
  return of === 0 ? '–' : `${part} of ${of}, ${((100 * part) / of).toFixed(1)} %`;
}

function missesOf(part: readonly Compared[]): string {
  return part
    .filter((one) => !one.classAgrees || !one.kindAgrees || !one.namedAgrees)
    .map(({ judged, found, ...agrees }) => {
      const says = [
        ...(agrees.classAgrees ? [] : [`${judged.safe_auto_action} ≠ ${found.class}`]),
        ...(agrees.kindAgrees ? [] : [`${judged.target_kind} ≠ ${found.target.of}`]),
        ...(agrees.namedAgrees ? [] : [`${judged.target_identifiable} ≠ ${found.target.kind}`]),
      ];
      return `${agrees.unsafe ? '!' : ' '} ${judged.alert} (${found.component}): ${says.join(', ')} [${found.why}]\n`;
    })
    .join('');
}

function jsonOf(parts: Parts, { file, seed }: Wanted): string {
  const agreements = Object.entries(parts).map(([name, part]) => [name, agreementOf(part)]);
  return `${JSON.stringify({ file, seed, ...Object.fromEntries(agreements) }, undefined, 2)}\n`;
}

try {
  const asked = wanted();
  const parts = await compareAll(asked);
  process.stdout.write(asked.json ? jsonOf(parts, asked) : tableOf(parts));
  const missed = Object.entries(parts).find(([name]) => name === asked.misses)?.[1];
  if (missed !== undefined) process.stdout.write(missesOf(missed));
  // A catalogue that would let a program touch what an expert leaves alone is not fit to ship.
  process.exitCode = parts.all.some(({ unsafe }) => unsafe) ? 1 : 0;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
