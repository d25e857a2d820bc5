import type { Clock } from '../../ports/clock.ts';
import { ActiveAlerts, alertSeries } from './active-alerts.ts';
import type { AlertSender } from './alert-sender.ts';
import { evaluate } from './evaluate.ts';
import type { Expression } from './expression.ts';
import { labelKey, METRIC_NAME, withLabels, type Labels } from './labels.ts';
import { QueryError } from './query-error.ts';
import type { AlertRule, RecordingRule, RuleGroup } from './rule-file.ts';
import type { SeriesStore } from './series-store.ts';
import { vectorOf, type Sample } from './value.ts';

/** A rule with what its evaluations have made of it. */
export interface RunningRule {
  readonly rule: AlertRule | RecordingRule;
  /** Undefined for a recording rule. */
  readonly alerts: ActiveAlerts | undefined;
  health: 'unknown' | 'ok' | 'err';
  lastError: string | undefined;
  lastEvaluationMs: number | undefined;
  evaluationSeconds: number;
  /** The series that the last evaluation wrote, so that the next can end those that are gone. */
  written: ReadonlyMap<string, Labels>;
}

/** A group of rules with its own interval. */
export interface RunningGroup {
  readonly name: string;
  readonly intervalMs: number;
  readonly rules: readonly RunningRule[];
  lastEvaluationMs: number | undefined;
  evaluationSeconds: number;
}

/** What the evaluation of rules needs from its surroundings. */
export interface RuleEngineOptions {
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly lookbackMs: number;
  readonly evaluationIntervalMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly sender: AlertSender;
}

/** Evaluates rule groups, writes their series and hands alerts to the sender. */
export class RuleEngine {
  readonly groups: readonly RunningGroup[];
  readonly #options: RuleEngineOptions;

  constructor(groups: readonly RuleGroup[], options: RuleEngineOptions) {
    this.#options = options;
    this.groups = groups.map((group) => ({
      name: group.name,
      intervalMs: group.intervalMs ?? options.evaluationIntervalMs,
      rules: group.rules.map((rule) => running(rule, options.externalLabels)),
      lastEvaluationMs: undefined,
      evaluationSeconds: 0,
    }));
  }

  /** Evaluates one group now; resolves when its alerts have been handed to every Alertmanager. */
  async evaluate(group: RunningGroup): Promise<void> {
    const { clock, sender } = this.#options;
    const nowMs = clock.now();
    const startedMs = clock.monotonic();
    for (const rule of group.rules) {
      const ruleStartedMs = clock.monotonic();
      this.#evaluateRule(rule, nowMs);
      rule.lastEvaluationMs = nowMs;
      rule.evaluationSeconds = (clock.monotonic() - ruleStartedMs) / 1000;
    }
    group.lastEvaluationMs = nowMs;
    group.evaluationSeconds = (clock.monotonic() - startedMs) / 1000;
    for (const { rule, alerts, health } of group.rules) {
      if (rule.kind === 'alert' && alerts !== undefined && health === 'ok') {
        await sender.send(rule, alerts.all(), { nowMs, intervalMs: group.intervalMs });
      }
    }
  }

  #evaluateRule(running: RunningRule, nowMs: number): void {
    const { rule, alerts } = running;
    try {
      const samples = this.#query(rule.expression, nowMs);
      if (alerts === undefined) {
        this.#write(running, recorded(rule, samples), nowMs);
      } else {
        alerts.update(samples, nowMs);
        this.#write(running, alerts.active().flatMap(alertSeries), nowMs);
      }
      running.health = 'ok';
      running.lastError = undefined;
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      running.health = 'err';
      running.lastError = error.message;
    }
  }

  #query(expression: Expression, nowMs: number): readonly Sample[] {
    const { store, lookbackMs, evaluationIntervalMs } = this.#options;
    const context = { store, startMs: nowMs, endMs: nowMs, lookbackMs, subqueryStepMs: evaluationIntervalMs };
    const value = evaluate(expression, nowMs, context);
    if (value.type === 'vector') return value.samples;
    if (value.type === 'scalar') return [{ labels: new Map(), value: value.value }];
    throw new QueryError('execution', 'rule result is not a vector or scalar');
  }

  #write(running: RunningRule, samples: readonly Sample[], nowMs: number): void {
    const { store } = this.#options;
    const written = new Map<string, Labels>();
    for (const { labels, value } of samples) {
      store.append(labels, nowMs, value);
      written.set(labelKey(labels), labels);
    }
    for (const [key, labels] of running.written) {
      if (!written.has(key)) store.append(labels, nowMs, 'stale');
    }
    running.written = written;
  }
}

function running(
  rule: AlertRule | RecordingRule,
  externalLabels: Readonly<Record<string, string>>,
): RunningRule {
  return {
    rule,
    alerts: rule.kind === 'alert' ? new ActiveAlerts(rule, externalLabels) : undefined,
    health: 'unknown',
    lastError: undefined,
    lastEvaluationMs: undefined,
    evaluationSeconds: 0,
    written: new Map(),
  };
}

function recorded(rule: AlertRule | RecordingRule, samples: readonly Sample[]): readonly Sample[] {
  const changes = [[METRIC_NAME, rule.name], ...Object.entries(rule.labels)] as [string, string][];
  const renamed = samples.map(({ labels, value }) => ({ labels: withLabels(labels, changes), value }));
  vectorOf(renamed); // two elements that became one series are an error of the rule
  return renamed;
}
