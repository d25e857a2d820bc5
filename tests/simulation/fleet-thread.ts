import { parentPort } from 'node:worker_threads';
import type { SeedReport } from './fleet.ts';
import { shippedPlaybooks, simulate, type SimulationResult } from './simulation.ts';

const playbooks = await shippedPlaybooks();

/** The same seed must give the same log, to the last line; a second run is worth as much as a proof. */
function differs(first: SimulationResult, second: SimulationResult): SeedReport['violation'] {
  if (first.violation !== undefined)
    return { invariant: first.violation.invariant, message: first.violation.message };
  return first.digest === second.digest
    ? undefined
    : { invariant: 'the same seed gives the same log', message: `${first.digest} and ${second.digest}` };
}

parentPort?.on('message', (seed: string) => {
  void (async () => {
    const first = await simulate({ seed, playbooks });
    const second = await simulate({ seed, playbooks });
    const { digest, counts, simulatedMs, events } = first;
    const report: SeedReport = {
      seed,
      violation: differs(first, second),
      digest,
      counts: [...counts],
      simulatedMs,
      events,
    };
    parentPort?.postMessage(report);
  })();
});
