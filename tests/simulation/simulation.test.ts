import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { missing } from './coverage.ts';
import { failureLine, runSeeds } from './fleet.ts';

const FIXED = 260;
const FRESH = 40;

/** Seeds that failed once: `tests/simulation/seeds.txt`. */
function kept(): readonly string[] {
  const lines = readFileSync(join(import.meta.dirname, 'seeds.txt'), 'utf8').split('\n');
  return lines.flatMap((line) => /^(?!#)(\S+)/.exec(line)?.[1] ?? []);
}

/** Other ones every day, so that the search goes on; printed, so that any of them can be run again. */
function fresh(): readonly string[] {
  const day = new Date().toISOString().slice(0, 10);
  return Array.from({ length: FRESH }, (_, index) => `${day}.${index + 1}`);
}

describe('the whole program on a virtual clock', () => {
  test('keeps its promises under every seed, each run twice with the same log', async (context) => {
    const fixed = Array.from({ length: FIXED }, (_, index) => String(index + 1));
    const seeds = [...new Set([...kept(), ...fixed, ...fresh()])];
    const report = await runSeeds(seeds);
    const hours = Math.round(report.simulatedMs / 3_600_000);
    context.diagnostic(
      `${report.seeds} seeds (${fresh()[0] ?? ''} to ${fresh().at(-1) ?? ''} are of today), ${hours} simulated hours, ${report.events} events`,
    );
    assert.deepEqual(report.failures.map(failureLine), []);
    assert.equal(report.seeds, seeds.length);
    // What never happened was never survived either.
    assert.deepEqual(missing(report.counts), []);
  });
});
