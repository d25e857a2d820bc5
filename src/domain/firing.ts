import { alertName, type Alert, type Labels } from './alert.ts';
import { formatDuration } from './duration.ts';
import { round } from './measure.ts';
import type { AlertRule, AlertsAnswer, ListedAlert, RuleAlert, RulesAnswer } from './source.ts';

/**
 * Does an alert fire where it is evaluated? *Not firing* needs proof (engine 3): silence, an empty answer, HTML or
 * a dead source prove nothing.
 */
export type Firing =
  | { readonly kind: 'firing'; readonly read: string }
  | { readonly kind: 'not-firing'; readonly read: string; readonly by: 'rule' | 'alertmanager' }
  /** No rule at the source and not listed: the first of the two looks that Alertmanager's word needs. */
  | { readonly kind: 'absent'; readonly read: string }
  | { readonly kind: 'cannot-tell'; readonly read: string };

export interface FiringFreshness {
  readonly ruleFreshMs: number;
}

/** `Watchdog` always fires by convention (kube-prometheus): while it is listed, the way from rule to Alertmanager works. */
const WATCHDOG = 'Watchdog';

/** Three significant digits of what the source formatted; a text that is no number is left out. */
function shownValue(value: string): string {
  const number = Number(value);
  return Number.isNaN(number) ? '?' : round(number);
}

/** The rule's labels lack the external labels that the alert got on its way, so it must be contained in the alert. */
function contained(part: Labels, whole: Labels): boolean {
  return Object.entries(part).every(([name, value]) => value === '' || whole[name] === value);
}

function ruleAlertOf(rules: readonly AlertRule[], alert: Alert): RuleAlert | undefined {
  const found = rules.flatMap((rule) => rule.alerts.filter((one) => contained(one.labels, alert.labels)));
  return found.find((one) => one.state === 'firing') ?? found[0];
}

function rulesOf(answer: RulesAnswer & { kind: 'answered' }, alert: Alert): readonly AlertRule[] {
  const name = alertName(alert);
  return answer.rules.filter((rule) => rule.name === name);
}

function unproven(rules: readonly AlertRule[], nowMs: number, fresh: FiringFreshness): string | undefined {
  for (const rule of rules) {
    if (rule.health !== 'ok')
      return `the rule's health is ${rule.health}${rule.lastError === undefined ? '' : ', its evaluation failed'}`;
    const ageMs = nowMs - rule.lastEvaluationMs;
    if (ageMs > Math.max(fresh.ruleFreshMs, 3 * rule.intervalMs))
      return `the rule was last evaluated ${formatDuration(ageMs)} ago`;
  }
  return undefined;
}

export function listedAs(alerts: AlertsAnswer, alert: Alert): ListedAlert | undefined {
  return alerts.kind === 'answered'
    ? alerts.alerts.find((one) => one.fingerprint === alert.fingerprint)
    : undefined;
}

function byAlertmanager(alert: Alert, alerts: AlertsAnswer): Firing {
  if (alerts.kind === 'unknown')
    return { kind: 'cannot-tell', read: `no rule at the source, and Alertmanager: ${alerts.why}` };
  if (listedAs(alerts, alert) !== undefined)
    return { kind: 'firing', read: 'no rule at the source; Alertmanager lists it' };
  if (!alerts.alerts.some((one) => one.labels['alertname'] === WATCHDOG)) {
    return { kind: 'cannot-tell', read: 'no rule at the source; Alertmanager lists neither it nor Watchdog' };
  }
  return { kind: 'absent', read: 'no rule at the source; Alertmanager does not list it, Watchdog is there' };
}

/**
 * Judges one alert from one look at the source's rules and at Alertmanager.
 * `afterMs`: an evaluation before this time says nothing about now (an effect lies between).
 */
export function judgeFiring(
  alert: Alert,
  facts: {
    readonly rules: RulesAnswer;
    readonly alerts: AlertsAnswer;
    readonly nowMs: number;
    readonly afterMs?: number;
  },
  fresh: FiringFreshness,
): Firing {
  if (facts.rules.kind === 'unknown') return { kind: 'cannot-tell', read: facts.rules.why };
  const rules = rulesOf(facts.rules, alert);
  if (rules.length === 0) return byAlertmanager(alert, facts.alerts);
  const active = ruleAlertOf(rules, alert);
  if (active?.state === 'firing') {
    const evaluatedMs = Math.max(...rules.map((rule) => rule.lastEvaluationMs));
    return {
      kind: 'firing',
      read: `rule firing at source, value ${shownValue(active.value)}, ${formatDuration(facts.nowMs - evaluatedMs)} old`,
    };
  }
  if (active?.state === 'pending')
    return { kind: 'cannot-tell', read: 'the rule is pending: true again, not yet for long enough' };
  const doubt = unproven(rules, facts.nowMs, fresh);
  if (doubt !== undefined) return { kind: 'cannot-tell', read: doubt };
  const evaluatedMs = Math.min(...rules.map((rule) => rule.lastEvaluationMs));
  if (facts.afterMs !== undefined && evaluatedMs <= facts.afterMs) {
    return { kind: 'cannot-tell', read: 'the rule was not evaluated since the effect' };
  }
  return {
    kind: 'not-firing',
    by: 'rule',
    read: `the rule is inactive at its source, evaluated ${formatDuration(facts.nowMs - evaluatedMs)} ago`,
  };
}

/**
 * Second half of the rule for alerts without a rule: absent twice, at least `absentTwiceMs` apart. Returns the
 * judgement and the memory to keep (first absence by alert key).
 */
export function settleAbsence(
  firing: ReadonlyMap<string, Firing>,
  since: Readonly<Record<string, number>>,
  now: { readonly nowMs: number; readonly absentTwiceMs: number },
): { readonly firing: ReadonlyMap<string, Firing>; readonly since: Readonly<Record<string, number>> } {
  const settled = new Map<string, Firing>();
  const kept: Record<string, number> = {};
  for (const [key, one] of firing) {
    if (one.kind !== 'absent') {
      settled.set(key, one);
      continue;
    }
    const firstMs = since[key] ?? now.nowMs;
    kept[key] = firstMs;
    settled.set(
      key,
      now.nowMs - firstMs >= now.absentTwiceMs
        ? {
            kind: 'not-firing',
            by: 'alertmanager',
            read: `${one.read}; missing for ${formatDuration(now.nowMs - firstMs)}`,
          }
        : { kind: 'cannot-tell', read: `${one.read}; to be asked again` },
    );
  }
  return { firing: settled, since: kept };
}

/** All alerts of an incident in one word: one that fires decides, then one that cannot be told. */
export function summarise(firing: ReadonlyMap<string, Firing>): Firing {
  const all = [...firing.values()];
  return (
    all.find((one) => one.kind === 'firing') ??
    all.find((one) => one.kind === 'cannot-tell') ??
    all.find((one) => one.kind === 'absent') ??
    all[0] ?? { kind: 'cannot-tell', read: 'no alert' }
  );
}
