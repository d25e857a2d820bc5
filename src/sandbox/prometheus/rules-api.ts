import type { ActiveAlert } from './active-alerts.ts';
import { formatExpression } from './format-expression.ts';
import { labelRecord } from './labels.ts';
import { formatScientific } from './number-format.ts';
import { QueryError } from './query-error.ts';
import type { RuleEngine, RunningRule } from './rule-engine.ts';

/** How Go prints a time that never was. */
const NEVER = '0001-01-01T00:00:00Z';

/** `/api/v1/rules`: the data of the answer; `type` is alert, record or absent. Throws a `QueryError`. */
export function rulesAnswer(parameters: URLSearchParams, engine: RuleEngine): object {
  const type = (parameters.get('type') ?? '').toLowerCase();
  if (!['', 'alert', 'record'].includes(type)) {
    throw new QueryError('bad_data', `invalid query parameter type='${type}'`);
  }
  return {
    groups: engine.groups.map((group) => ({
      name: group.name,
      file: 'rules.yml',
      rules: group.rules.filter((running) => type === '' || running.rule.kind === type).map(shownRule),
      interval: group.intervalMs / 1000,
      limit: 0,
      evaluationTime: group.evaluationSeconds,
      lastEvaluation: shownTime(group.lastEvaluationMs),
    })),
  };
}

/** `/api/v1/alerts`: the data of the answer. */
export function alertsAnswer(engine: RuleEngine): object {
  const rules = engine.groups.flatMap((group) => group.rules);
  return { alerts: rules.flatMap((running) => (running.alerts?.active() ?? []).map(shownAlert)) };
}

function shownRule(running: RunningRule): object {
  const { rule } = running;
  const evaluation = {
    health: running.health,
    ...(running.lastError === undefined ? {} : { lastError: running.lastError }),
    evaluationTime: running.evaluationSeconds,
    lastEvaluation: shownTime(running.lastEvaluationMs),
  };
  const query = formatExpression(rule.expression);
  if (rule.kind === 'record') {
    const labels = Object.keys(rule.labels).length === 0 ? {} : { labels: rule.labels };
    return { name: rule.name, query, ...labels, ...evaluation, type: 'recording' };
  }
  return {
    state: running.alerts?.state() ?? 'inactive',
    name: rule.name,
    query,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    labels: rule.labels,
    annotations: rule.annotations,
    alerts: (running.alerts?.active() ?? []).map(shownAlert),
    ...evaluation,
    type: 'alerting',
  };
}

function shownAlert(alert: ActiveAlert): object {
  return {
    labels: labelRecord(alert.labels),
    annotations: labelRecord(alert.annotations),
    state: alert.state,
    activeAt: shownTime(alert.activeAtMs),
    ...(alert.keepFiringSinceMs === undefined ? {} : { keepFiringSince: shownTime(alert.keepFiringSinceMs) }),
    value: formatScientific(alert.value),
  };
}

function shownTime(timeMs: number | undefined): string {
  // Go leaves out trailing zeros of the fraction.
  return timeMs === undefined ? NEVER : new Date(timeMs).toISOString().replace(/\.?0*Z$/, 'Z');
}
