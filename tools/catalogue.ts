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
const { values } = parseArgs({
  options: {
    file: { type: 'string', default: join(root, 'tests/fixtures/catalogue/alerts.jsonl') },
    seed: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
    misses: { type: 'string' },
  },
});

const loaded = await loadCatalogue(join(root, 'catalogue'));
if (loaded.kind === 'invalid') {
  process.stderr.write(`${loaded.problems.map(formatProblem).join('\n')}\n`);
  process.exit(2);
}
const seed = Number(values.seed);
const all = readJudged(await readFile(values.file, 'utf8')).map((one) => compare(one, loaded.catalogue));
const parts: Readonly<Record<string, readonly Compared[]>> = {
  all,
  tuned: all.filter(({ judged }) => !isHeldOut(judged.alert, seed)),
  'held-out': all.filter(({ judged }) => isHeldOut(judged.alert, seed)),
};
const agreements = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, agreementOf(part)]));
process.stdout.write(
  values.json ? `${JSON.stringify({ file: values.file, seed, ...agreements }, undefined, 2)}\n` : tableOf(),
);
if (values.misses !== undefined) process.stdout.write(missesOf(parts[values.misses] ?? []));
// A catalogue that would let a program touch what an expert leaves alone is not fit to ship.
process.exitCode = all.some(({ unsafe }) => unsafe) ? 1 : 0;

function tableOf(): string {
  const names = Object.keys(agreements);
  const line = (title: string, cell: (one: Agreement) => string): string =>
    `${title.padEnd(34)}${names.map((name) => cell(agreements[name] as Agreement).padStart(20)).join('')}\n`;
  return [
    `${''.padEnd(34)}${names.map((name) => name.padStart(20)).join('')}\n`,
    line('alerts', ({ alerts }) => String(alerts)),
    line('class agrees', (one) => share(one.classAgrees, one.alerts)),
    line('automatic against the expert', ({ unsafe }) => String(unsafe)),
    line('remedy agrees (both automatic)', (one) => share(one.remedyAgrees, one.remedies)),
    line('kind of target agrees', (one) => share(one.kindAgrees, one.alerts)),
    line('target named, where labels name it', (one) => share(one.targetAgrees, one.identifiable)),
    `\n${'expected \\ found'.padEnd(16)}${MARKED_CLASSES.map((one) => one.padStart(15)).join('')}\n`,
    ...MARKED_CLASSES.map(
      (expected) =>
        `${expected.padEnd(16)}${MARKED_CLASSES.map((found) => String(agreements['all']?.confusion[expected][found]).padStart(15)).join('')}\n`,
    ),
  ].join('');
}

function share(part: number, of: number): string {
  return of === 0 ? '–' : `${part} of ${of}, ${((100 * part) / of).toFixed(1)} %`;
}

function missesOf(part: readonly Compared[]): string {
  return part
    .filter((one) => !one.classAgrees || !one.kindAgrees || !one.namedAgrees)
    .map(
      ({ judged, expected, found, foundClass, kindAgrees, namedAgrees, unsafe }) =>
        `${unsafe ? '!' : ' '} ${judged.alert} (${judged.component} → ${found.component}): ${foundClass === expected ? 'class ok' : `${judged.safe_auto_action} ≠ ${found.class}`}${kindAgrees ? '' : `, ${judged.target_kind} ≠ ${found.target.of}`}${namedAgrees ? '' : `, ${judged.target_identifiable} ≠ ${found.target.kind} of ${(judged.labels_expected ?? []).join(' ')}`} [${found.why}]\n`,
    )
    .join('');
}
