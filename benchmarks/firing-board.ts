import type { Labels } from '../src/domain/alert.ts';
import type { AlertRule, RuleAlert } from '../src/domain/source.ts';
import { BENCH_ALERTS } from './bench-playbook.ts';

const INTERVAL_MS = 15_000;

/** What fires at the source at this moment: one rule for each alert name of the benchmark, evaluated all the time. */
export class FiringBoard {
  readonly #active = new Map<string, Map<string, RuleAlert>>(BENCH_ALERTS.map((name) => [name, new Map()]));
  readonly #names = new Map<string, string>();

  /** `labels` name one deployment; only one alert of it fires at a time. */
  fire(labels: Labels, nowMs: number): void {
    const name = labels['alertname'] ?? '';
    const key = keyOf(labels['namespace'], labels['deployment']);
    this.#names.set(key, name);
    this.#active.get(name)?.set(key, { labels, state: 'firing', activeAtMs: nowMs, value: '9.3e+01' });
  }

  /** Its trouble is over. */
  clear(namespace: string, deployment: string): void {
    const key = keyOf(namespace, deployment);
    this.#active.get(this.#names.get(key) ?? '')?.delete(key);
  }

  rules(nowMs: number): readonly AlertRule[] {
    return [...this.#active].map(([name, active]) => ({
      name,
      query: 'bench_memory > 90',
      labels: {},
      health: 'ok',
      lastEvaluationMs: nowMs,
      intervalMs: INTERVAL_MS,
      durationMs: 0,
      alerts: [...active.values()],
    }));
  }
}

function keyOf(namespace = '', deployment = ''): string {
  return `${namespace}/${deployment}`;
}
