import { DEFAULT_TIMINGS } from '../src/domain/settings.ts';
import type { Settings, Timings } from '../src/domain/settings.ts';

/** Limits that hold nothing back and windows of no length: what is measured is the machine, not its caution. */
export function wideSettings(timings: Partial<Timings> = {}): Settings {
  // The default limits let a handful through in their hour, so a handful is what is ever counted: at a thousand
  // loops a second that is 10 ms.
  const perMs = 10;
  const rate = { count: 1_000_000, perMs };
  return {
    clusterName: 'bench',
    mode: 'auto',
    changes: { allow: [{ namespaces: ['*'] }], never: [] },
    ownNamespaces: ['runova'],
    limits: {
      target: { changes: rate, cooldownMs: 0 },
      playbook: rate,
      namespace: rate,
      cluster: rate,
      parallel: 1_000_000,
      unavailable: 1,
      storm: { targets: 1_000_000, share: 1, withinMs: perMs, calmForMs: 1 },
      breaker: { failures: 1_000_000, of: 5 },
    },
    autonomy: { earnSuccesses: 5, demoteFailures: 1_000_000 },
    timings: { ...DEFAULT_TIMINGS, ...timings },
    tell: 'alertmanager',
  };
}
