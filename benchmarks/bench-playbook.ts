import type { Condition, Measure, Playbook } from '../src/domain/playbook.ts';

const measure = (name: string, unit: Measure['unit'], query: string): Measure => ({
  name,
  title: name,
  each: 'target',
  unit,
  query,
  rangeMs: 0,
});

/** Both are asked with a value and a freshness of their own: four questions a look. */
export const BENCH_MEASURES = {
  traffic: measure('traffic', 'per-second', 'sum(bench_requests{$target})'),
  memory: measure('memory', 'percent', 'max(bench_memory{$target})'),
} as const;

const below = (name: string, op: Condition['op'], number: number): Condition => ({
  text: `${name} ${op} ${number}`,
  of: { kind: 'measure', measure: name },
  op,
  value: { kind: 'number', number },
});

/** Alert names that it answers to: several, as on a platform where not everything is one rule. */
export const BENCH_ALERTS: readonly string[] = Array.from(
  { length: 20 },
  (_, index) => `BenchMemory${index}`,
);

/**
 * A shipped playbook in small: a condition to begin, one bounded change (a replica more), two conditions that prove
 * it and one that would be harm. `holdMs` is the quiet window.
 */
export function benchPlaybook(holdMs: number): Playbook {
  return {
    name: 'bench-memory',
    title: 'A workload of the benchmark runs close to its memory limit',
    version: 'bench00000',
    rank: 50,
    match: [[{ label: 'alertname', op: '=~', value: 'BenchMemory[0-9]+' }]],
    target: { kind: 'Deployment', from: ['deployment', 'pod'] },
    autonomy: 'auto',
    guards: { stateless: true },
    ladder: [{ action: 'scale', when: [below('traffic', '>', 1)], with: { add: 1, max: 1_000 } }],
    verify: {
      holdMs,
      timeoutMs: 600_000,
      fixed: [
        below('memory', '<', 80),
        {
          text: 'available = all',
          of: { kind: 'object', fact: 'available' },
          op: '=',
          value: { kind: 'all' },
        },
      ],
      harm: [
        { text: 'ready < before', of: { kind: 'object', fact: 'ready' }, op: '<', value: { kind: 'before' } },
      ],
    },
    handover: { look: [], try: [] },
    measures: BENCH_MEASURES,
  };
}
