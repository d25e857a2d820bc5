import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { ProofState, Reading } from './incident.ts';
import { advance, HARM_LOOKS, newProof, type ProofLook } from './proof.ts';

const START = 1_000_000;
const HOLD_MS = 600_000;
const EVERY_MS = 15_000;
const GAP_MS = 4 * EVERY_MS;

const reading = (verdict: Reading['verdict'], rangeMs = 0): Reading => ({
  condition: 'c',
  verdict,
  read: '',
  rangeMs,
});
const look = (verdict: Reading['verdict'], change: Partial<ProofLook> = {}): ProofLook => ({
  fixed: [reading(verdict)],
  harm: [],
  rule: { kind: 'not-firing', by: 'rule', read: 'inactive' },
  restarts: undefined,
  holdMs: HOLD_MS,
  timeoutMs: 1_800_000,
  ...change,
});
const see = (proof: ProofState, nowMs: number, given: ProofLook): ProofState =>
  advance(proof, given, { nowMs, gapMs: GAP_MS });

/** Looks at these times, one after another. */
function watch(
  times: readonly (readonly [number, Reading['verdict']])[],
  start = newProof(START, {}),
): ProofState {
  return times.reduce((proof, [nowMs, verdict]) => see(proof, nowMs, look(verdict)), start);
}

const steady = (from: number, forMs: number): readonly (readonly [number, 'true'])[] =>
  Array.from(
    { length: Math.floor(forMs / EVERY_MS) + 1 },
    (_, index) => [from + index * EVERY_MS, 'true'] as const,
  );

describe('a proof', () => {
  test('is there when every look was true for the whole quiet window, and not a look earlier', () => {
    assert.equal(watch(steady(START, HOLD_MS - EVERY_MS)).provedAtMs, undefined);
    assert.equal(watch(steady(START, HOLD_MS)).provedAtMs, START + HOLD_MS);
  });

  for (const verdict of ['false', 'cannot-tell', 'settling'] as const) {
    test(`begins anew after a look that is ${verdict}`, () => {
      const once = START + HOLD_MS / 2;
      const before = steady(START, HOLD_MS / 2 - EVERY_MS);
      assert.equal(
        watch([...before, [once, verdict], ...steady(once + EVERY_MS, HOLD_MS - EVERY_MS)]).provedAtMs,
        undefined,
      );
      assert.equal(
        watch([...before, [once, verdict], ...steady(once + EVERY_MS, HOLD_MS)]).provedAtMs,
        once + EVERY_MS + HOLD_MS,
      );
    });

    test(`is no proof any more after a look that is ${verdict}`, () => {
      assert.equal(
        watch([...steady(START, HOLD_MS), [START + HOLD_MS + EVERY_MS, verdict]]).provedAtMs,
        undefined,
      );
    });
  }

  test('begins anew after a gap in which nobody looked', () => {
    const proof = watch([
      [START, 'true'],
      [START + GAP_MS + 1, 'true'],
    ]);
    assert.equal(proof.trueSinceMs, START + GAP_MS + 1);
    assert.equal(
      watch([
        [START, 'true'],
        [START + GAP_MS, 'true'],
      ]).trueSinceMs,
      START,
    );
  });

  test('begins anew where the clock stepped back', () => {
    assert.equal(
      watch([
        [START, 'true'],
        [START + EVERY_MS, 'true'],
        [START + 5, 'true'],
      ]).trueSinceMs,
      START + 5,
    );
  });

  test('sees nothing while the clock stands before the effect', () => {
    assert.equal(
      watch([
        [START, 'true'],
        [START - 1, 'true'],
      ]).trueSinceMs,
      undefined,
    );
  });

  test('counts no reading that still reaches back before the effect, good or bad', () => {
    for (const verdict of ['true', 'false'] as const) {
      const given = { ...look(verdict), fixed: [reading(verdict, 300_000)] };
      assert.equal(see(newProof(START, {}), START + 299_999, given).readings[0]?.verdict, 'settling');
      assert.equal(see(newProof(START, {}), START + 300_000, given).readings[0]?.verdict, verdict);
    }
  });

  test('sees harm only twice in a row, and none that reaches back before the effect', () => {
    const harm = look('true', { harm: [reading('true')] });
    const once = see(newProof(START, {}), START + 1, harm);
    assert.equal(once.harmLooks, 1);
    assert.equal(see(once, START + 2, harm).harmLooks, HARM_LOOKS);
    assert.equal(see(once, START + 2, look('true')).harmLooks, undefined);
    assert.equal(see(once, START + 2, look('true', { harm: [reading('cannot-tell')] })).harmLooks, undefined);
    assert.equal(
      see(newProof(START, {}), START + 1, look('true', { harm: [reading('true', 300_000)] })).harmLooks,
      undefined,
    );
  });

  test('without any condition never holds', () => {
    const empty = look('true', { fixed: [] });
    const proof = steady(START, 2 * HOLD_MS).reduce(
      (state, [nowMs]) => see(state, nowMs, empty),
      newProof(START, {}),
    );
    assert.equal(proof.provedAtMs, undefined);
  });

  test('never shortens its window, whatever was seen and however the clock stepped', () => {
    const step = fc.record({
      byMs: fc.integer({ min: -HOLD_MS, max: HOLD_MS }),
      verdict: fc.constantFrom<Reading['verdict']>(
        'true',
        'true',
        'true',
        'true',
        'false',
        'cannot-tell',
        'settling',
      ),
    });
    const smooth = fc.record({
      byMs: fc.integer({ min: 0, max: GAP_MS }),
      verdict: fc.constantFrom<Reading['verdict']>(
        'true',
        'true',
        'true',
        'true',
        'true',
        'true',
        'true',
        'false',
      ),
    });
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 1, arbitrary: step }, { weight: 9, arbitrary: smooth }), {
          maxLength: 80,
        }),
        (steps) => {
          let proof = newProof(START, {});
          let nowMs = START;
          // The oracle: all looks since the last one that was not true, came after a gap, or after a step back.
          let run: number[] = [];
          for (const [index, { byMs, verdict }] of steps.entries()) {
            const lastMs = nowMs;
            nowMs += byMs;
            proof = see(proof, nowMs, look(verdict));
            if (verdict !== 'true' || nowMs < START) run = [];
            else if (nowMs < lastMs || (index > 0 && nowMs - lastMs > GAP_MS)) run = [nowMs];
            else run.push(nowMs);
            const heldMs = (run.at(-1) ?? 0) - (run[0] ?? 0);
            assert.equal(
              proof.provedAtMs !== undefined,
              run.length > 0 && heldMs >= HOLD_MS,
              `look ${index} at ${nowMs}`,
            );
            assert.equal(proof.trueSinceMs, run[0]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
