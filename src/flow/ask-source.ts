import type { JoinedAlert } from '../domain/alert.ts';
import { judgeFiring, settleAbsence, summarise, type Firing } from '../domain/firing.ts';
import type { Incident } from '../domain/incident.ts';
import type { AlertsAnswer, RulesAnswer } from '../domain/source.ts';
import type { Flow } from './flow.ts';

export interface SourceWord {
  /** All alerts of the incident in one word. */
  readonly firing: Firing;
  readonly listed: AlertsAnswer;
  readonly absentSinceMs: Readonly<Record<string, number>>;
}

/** Joins what the source and Alertmanager say about all alerts of an incident. */
export function wordOn(
  alerts: readonly JoinedAlert[],
  answers: { readonly rules: RulesAnswer; readonly alerts: AlertsAnswer },
  memory: {
    readonly absentSinceMs: Readonly<Record<string, number>>;
    readonly nowMs: number;
    readonly afterMs?: number;
  },
  flow: Pick<Flow, 'settings'>,
): SourceWord {
  const { timings } = flow.settings;
  const { nowMs, afterMs } = memory;
  const facts = { ...answers, nowMs, ...(afterMs === undefined ? {} : { afterMs }) };
  const each = new Map<string, Firing>(
    alerts.map((alert) => [alert.key, judgeFiring(alert, facts, timings)]),
  );
  const settled = settleAbsence(each, memory.absentSinceMs, { nowMs, absentTwiceMs: timings.absentTwiceMs });
  return { firing: summarise(settled.firing), listed: answers.alerts, absentSinceMs: settled.since };
}

/** Asks (together with everybody else who asks now) whether the incident's alerts fire where they are evaluated. */
export async function askSource(
  flow: Flow,
  incident: Incident,
  nowMs: number,
  afterMs?: number,
): Promise<SourceWord> {
  const [rules, alerts] = await Promise.all([flow.source.rules(), flow.source.listed()]);
  const memory = {
    absentSinceMs: incident.absentSinceMs ?? {},
    nowMs,
    ...(afterMs === undefined ? {} : { afterMs }),
  };
  return wordOn(incident.alerts, { rules, alerts }, memory, flow);
}
