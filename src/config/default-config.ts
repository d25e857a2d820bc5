import { DEFAULT_TIMINGS, type Timings } from '../domain/settings.ts';
import { writeDuration } from '../yaml/units.ts';

/** Milliseconds of `DEFAULT_TIMINGS` by their names in the file: without `Ms`, and with a unit. */
export type TimingName = {
  [Key in keyof Timings]: Key extends `${infer Name}Ms` ? Name : never;
}[keyof Timings] &
  string;

/** `approval` is absent: its default is `approval.expires`. */
export function writtenTimings(): Readonly<Record<string, string>> {
  const written = Object.entries(DEFAULT_TIMINGS).map(
    ([name, ms]) => [name.replace(/Ms$/, ''), writeDuration(ms as number)] as const,
  );
  return Object.fromEntries(written.filter(([name]) => name !== 'approval'));
}

/**
 * Every default, written as a person would write it; `config show` prints these, and the schema reads them like
 * anything else. Sources: guards (limits), engine 5 (storm), DESIGN 5 (autonomy, tell, approval) and 10 (executors).
 */
export const DEFAULT_CONFIG = {
  mode: 'observe',
  cluster: { name: 'default', kubernetes: 'in-cluster', timeZone: 'UTC', ownNamespaces: [] },
  executors: ['gitea', 'direct'],
  platform: { tenants: [], namespaces: {} },
  changes: { allow: [], never: [] },
  limits: {
    target: { changes: '3 per 24h', cooldown: '30m' },
    playbook: '4 per 1h',
    namespace: '6 per 1h',
    cluster: '10 per 1h',
    parallel: 3,
    unavailable: '34%',
    storm: { targets: 10, share: '20%', within: '10m', calmFor: '15m' },
    breaker: { failures: 3, of: 5 },
  },
  autonomy: { earn: { successes: 5, promote: 'propose' }, demote: { failures: 2 } },
  approval: { expires: writeDuration(DEFAULT_TIMINGS.approvalMs), fourEyes: false },
  freeze: [],
  tell: { through: 'alertmanager', unknownAlerts: { newIssuesPerDay: 5 } },
  maintenance: { daily: 'off', weekly: 'off', monthly: 'off', quarterly: 'off' },
  server: { listen: '0.0.0.0:8080' },
  access: [],
  store: 'sqlite:runova.db',
  keep: { incidents: '180d', evidence: '90d', ledger: 'forever' },
  playbooks: ['shipped'],
  timings: writtenTimings(),
} as const;

/** Of a section that is absent unless it is written. */
export const DEFAULT_BUDGET = { warn: '80%', exceeded: 'refuse-all' } as const;

/**
 * What may not be changed even where `changes.allow` has a wide pattern, until an `allow` line names it without
 * `*` (guards, *scope*).
 */
export const NEVER_UNLESS_NAMED = {
  namespaces: ['kube-system'],
  kinds: ['StatefulSet', 'PersistentVolumeClaim', 'Node', 'Secret'],
} as const;
