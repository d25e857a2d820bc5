// `npm run sim -- --seeds N [--first S]`: that many seeds, each twice. `--seed S --trace`: one, with its whole log.
import { parseArgs } from 'node:util';
import { missing } from './coverage.ts';
import { failureLine, runSeeds } from './fleet.ts';
import { shippedPlaybooks, simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    counts: { type: 'boolean', default: false },
  },
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function one(seed: string): Promise<number> {
  const result = await simulate({ seed, playbooks: await shippedPlaybooks(), trace: values.trace });
  for (const line of result.lines) print(line);
  const { violation, digest, simulatedMs, events } = result;
  print(
    `seed ${seed}: ${events} events in ${Math.round(simulatedMs / 60_000)} simulated minutes, log ${digest}`,
  );
  if (violation !== undefined)
    print(
      failureLine({
        ...result,
        violation: { invariant: violation.invariant, message: violation.message },
        counts: [],
      }),
    );
  return violation === undefined ? 0 : 1;
}

async function many(first: number, count: number): Promise<number> {
  const seeds = Array.from({ length: count }, (_, index) => String(first + index));
  const report = await runSeeds(seeds);
  for (const failure of report.failures) print(failureLine(failure));
  if (values.counts)
    for (const [what, times] of [...report.counts].toSorted(([a], [b]) => a.localeCompare(b)))
      print(`${String(times).padStart(8)} ${what}`);
  const never = missing(report.counts);
  if (never.length > 0) print(`never happened: ${never.join(', ')}`);
  print(
    `${report.seeds} seeds twice each, ${report.events} events, ${Math.round(report.simulatedMs / 3_600_000)} simulated hours, ${report.failures.length} failures`,
  );
  return report.failures.length === 0 ? 0 : 1;
}

process.exitCode =
  values.seed === undefined ? await many(Number(values.first), Number(values.seeds)) : await one(values.seed);
