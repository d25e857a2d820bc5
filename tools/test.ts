// `npm test [-- LAYER...]`: the layers one after another, a line each, then what failed and what was skipped.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LAYERS, type Layer } from './layers.ts';
import { runLayer, type LayerResult } from './run-layer.ts';

/** What the whole run should take on a machine with two cores, in seconds. */
const TOTAL_BUDGET_SECONDS = 360;

const EMPTY: LayerResult = { passed: 0, failed: [], skipped: [], seconds: 0 };

const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((name) => LAYERS.every((layer) => layer.name !== name));
if (unknown.length > 0) {
  print(`error: no such layer: ${unknown.join(', ')}`);
  print(`hint: the layers are ${LAYERS.map((layer) => layer.name).join(', ')}`);
  process.exitCode = 2;
} else {
  process.exitCode = await runAll(
    LAYERS.filter((layer) => positionals.length === 0 || positionals.includes(layer.name)),
  );
}

async function runAll(layers: readonly Layer[]): Promise<number> {
  process.chdir(join(import.meta.dirname, '..'));
  const done: LayerResult[] = [orphans()];
  for (const layer of layers) {
    const files = layer.files.flatMap((pattern) => globSync(pattern)).toSorted();
    const result = files.length === 0 ? EMPTY : await runLayer(layer, files);
    done.push(result);
    print(layerLine(layer, files.length, result));
    for (const failure of result.failed)
      print(indent(`✗ ${failure.name}\n${failure.file}\n${failure.error}`));
  }
  return summary(done);
}

/** A test file outside every layer would never run, and nobody would notice: it fails the run. */
function orphans(): LayerResult {
  const owned = new Set(LAYERS.flatMap((layer) => layer.files.flatMap((pattern) => globSync(pattern))));
  const all = globSync('{src,tests,tools,benchmarks,web}/**/*.test.{ts,tsx}', {
    exclude: ['**/node_modules/**'],
  });
  const error = 'No layer of tools/layers.ts holds this file.';
  const failed = all
    .filter((file) => !owned.has(file))
    .map((file) => ({ name: 'belongs to no layer', file, error }));
  for (const { file } of failed) print(`${file} belongs to no layer of tools/layers.ts`);
  return { ...EMPTY, failed };
}

function layerLine(layer: Layer, files: number, result: LayerResult): string {
  const name = layer.name.padEnd(12);
  if (files === 0) return `${name} empty: no files yet`;
  const counts = `${pad(result.passed)} passed ${pad(result.failed.length)} failed ${pad(result.skipped.length)} skipped`;
  return `${name}${counts}   ${time(result.seconds, layer.budgetSeconds)}`;
}

/** Prints the end of the run and returns the exit code. */
function summary(done: readonly LayerResult[]): number {
  const failed = done.flatMap((one) => one.failed);
  const skipped = done.flatMap((one) => one.skipped);
  const passed = done.reduce((sum, one) => sum + one.passed, 0);
  const seconds = done.reduce((sum, one) => sum + one.seconds, 0);
  print(`${'total'.padEnd(51)}${time(seconds, TOTAL_BUDGET_SECONDS)}`);
  if (skipped.length > 0) print('\nSkipped, and why:');
  for (const one of skipped) print(`  ${one.name} (${one.file}): ${one.why}`);
  if (failed.length > 0) print('\nFailed (details above):');
  for (const one of failed) print(`  ${one.name} (${one.file})`);
  const isStrict = process.env['CI'] === 'true';
  if (isStrict && skipped.length > 0) print('\nUnder CI=true a skipped test is a failure.');
  if (passed + failed.length === 0) print('\nNo test ran, which is a failure.');
  print(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
  return failed.length > 0 || (isStrict && skipped.length > 0) || passed === 0 ? 1 : 0;
}

function time(seconds: number, budget: number): string {
  return `${seconds.toFixed(1).padStart(6)} s of ${budget} s${seconds > budget ? '  over budget' : ''}`;
}

function pad(count: number): string {
  return String(count).padStart(5);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
