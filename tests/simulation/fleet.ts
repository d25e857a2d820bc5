import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** What a worker says of one seed: plain values, so that they cross threads. */
export interface SeedReport {
  readonly seed: string;
  readonly violation: { readonly invariant: string; readonly message: string } | undefined;
  readonly digest: string;
  readonly counts: readonly (readonly [string, number])[];
  readonly simulatedMs: number;
  readonly events: number;
}

export interface FleetReport {
  readonly seeds: number;
  readonly failures: readonly SeedReport[];
  readonly counts: ReadonlyMap<string, number>;
  readonly simulatedMs: number;
  readonly events: number;
  /** Of all seeds together, in the order of the seeds. */
  readonly digests: ReadonlyMap<string, string>;
}

/** One line for a failure, with the command that shows it again. */
export function failureLine({ seed, violation }: SeedReport): string {
  return `SIM FAIL seed=${seed} invariant="${violation?.invariant ?? ''}" ${violation?.message ?? ''} | replay: npm run sim -- --seed ${seed} --trace`;
}

/** Runs every seed twice, on as many threads as there are cores, and adds up what they met. */
export async function runSeeds(seeds: readonly string[]): Promise<FleetReport> {
  const waiting = [...seeds];
  const reports: SeedReport[] = [];
  const threads = Math.max(1, Math.min(availableParallelism(), 4, seeds.length));
  await Promise.all(Array.from({ length: threads }, () => runThread(waiting, reports)));
  const counts = new Map<string, number>();
  for (const [what, count] of reports.flatMap((report) => report.counts))
    counts.set(what, (counts.get(what) ?? 0) + count);
  const bySeed = new Map(reports.map((report) => [report.seed, report]));
  return {
    seeds: reports.length,
    failures: seeds
      .flatMap((seed) => bySeed.get(seed) ?? [])
      .filter(({ violation }) => violation !== undefined),
    counts,
    simulatedMs: reports.reduce((sum, { simulatedMs }) => sum + simulatedMs, 0),
    events: reports.reduce((sum, { events }) => sum + events, 0),
    digests: new Map(seeds.map((seed) => [seed, bySeed.get(seed)?.digest ?? ''])),
  };
}

function runThread(waiting: string[], reports: SeedReport[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const worker = new Worker(new URL('./fleet-thread.ts', import.meta.url));
  const next = (): void => {
    const seed = waiting.shift();
    if (seed === undefined) void worker.terminate().then(() => resolve());
    else worker.postMessage(seed);
  };
  worker.on('message', (report: SeedReport) => {
    reports.push(report);
    next();
  });
  worker.on('error', reject);
  next();
  return promise;
}
