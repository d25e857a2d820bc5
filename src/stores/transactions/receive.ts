import { alertName, alertSummary } from '../../domain/alert.ts';
import type { Alert, AlertNotice } from '../../domain/alert.ts';
import { openIncident } from '../../domain/open-incident.ts';
import type { Received } from '../../ports/store.ts';
import { flag, integer, text } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';
import { insertIncident } from './incident-row.ts';
import { nudge, nudgeFiring } from './nudge.ts';
import { appendTimeline } from './timeline.ts';

type Counted = keyof Received;

const KNOWN = `SELECT a.id, a.incident, a.status, i.ended_at_ms, i.refired
  FROM alerts a JOIN incidents i ON i.id = a.incident WHERE a.key = $1`;

const LATEST = `SELECT a.incident, i.ended_at_ms FROM alerts a JOIN incidents i ON i.id = a.incident
  WHERE a.fingerprint = $1 ORDER BY a.id DESC LIMIT 1`;

/** Writes one webhook. A repeat that brings nothing new costs one look-up and writes nothing. */
export function* receive(context: Context, notices: readonly AlertNotice[]): Transaction<Received> {
  const received = { opened: 0, news: 0, duplicates: 0 };
  for (const notice of notices) {
    const rows = yield query(KNOWN, notice.alert.key);
    const known = rows[0];
    received[known === undefined ? yield* meet(context, notice) : yield* repeat(context, notice, known)] += 1;
  }
  return received;
}

/** A known episode. Only a changed status, or firing after the end of its incident, is news. */
function* repeat(context: Context, notice: AlertNotice, known: Row): Transaction<Counted> {
  const changed = text(known, 'status') !== notice.status;
  const ended = known['ended_at_ms'] !== null;
  const firing = notice.status === 'firing';
  const refires = ended && firing && !flag(known, 'refired');
  if (!changed && !refires) return 'duplicates';

  const incident = integer(known, 'incident');
  if (firing) yield* nudgeFiring(context, incident);
  else yield* nudge(context, incident);
  yield query(
    `UPDATE alerts SET status = $2, received_at_ms = $3,
       nudge = (SELECT nudges FROM incidents WHERE id = incident) WHERE id = $1`,
    integer(known, 'id'),
    notice.status,
    context.nowMs,
  );
  yield* appendAlertLine(
    context,
    incident,
    notice.alert,
    firing ? 'fires again' : 'resolved, says Alertmanager',
  );
  return 'news';
}

/** An episode that nobody knows. The end of one opens nothing: there would be nothing to prove. */
function* meet(context: Context, notice: AlertNotice): Transaction<Counted> {
  if (notice.status === 'resolved') return 'duplicates';
  const { alert } = notice;
  const latest = yield* first(LATEST, alert.fingerprint);
  if (latest !== undefined && joins(context, latest)) {
    const incident = integer(latest, 'incident');
    yield* nudgeFiring(context, incident);
    yield* insertAlert(context, alert, incident);
    yield* appendAlertLine(context, incident, alert, `fires anew${summarySaid(alert)}`);
    return 'opened';
  }
  const incident = yield* insertIncident(context, (id) => openIncident(alert, id, context.nowMs));
  yield* insertAlert(context, alert, incident);
  yield* appendAlertLine(context, incident, alert, `fires${summarySaid(alert)}`);
  context.wake();
  return 'opened';
}

/** Does a new episode belong to the latest incident of its fingerprint? Yes while that lives, and for a while after. */
function joins(context: Context, latest: Row): boolean {
  const endedAtMs = latest['ended_at_ms'];
  return typeof endedAtMs !== 'number' || context.nowMs < endedAtMs + context.reopenWithinMs;
}

function* insertAlert(context: Context, alert: Alert, incident: number): Transaction<void> {
  yield query(
    `INSERT INTO alerts (key, incident, status, nudge, fingerprint, starts_at_ms, received_at_ms, labels, annotations)
     VALUES ($1, $2, 'firing', (SELECT nudges FROM incidents WHERE id = $2), $3, $4, $5, $6, $7)`,
    alert.key,
    incident,
    alert.fingerprint,
    alert.startsAtMs,
    context.nowMs,
    JSON.stringify(alert.labels),
    JSON.stringify(alert.annotations),
  );
}

function summarySaid(alert: Alert): string {
  const summary = alertSummary(alert);
  return summary === undefined ? '' : `: ${summary}`;
}

function* appendAlertLine(context: Context, incident: number, alert: Alert, what: string): Transaction<void> {
  yield* appendTimeline(context, incident, {
    kind: 'alert',
    text: `${alertName(alert)} ${what}`,
    fields: { key: alert.key, fingerprint: alert.fingerprint, startsAtMs: alert.startsAtMs },
  });
}
