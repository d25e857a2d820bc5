import { stormScopes } from '../../domain/limits.ts';
import type { LimitFacts, ReserveCheck } from '../../domain/limits.ts';
import { integer, text } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Context, Row, Transaction } from '../sql.ts';
import { pausesOn, takerOf } from './people.ts';

/** The longest streak that is counted: no configuration asks for more. */
const STREAK_MAX = 100;

/** What had or may have had an effect, or still may get one. */
const COUNTED = `state IN ('reserved', 'claimed', 'done', 'unknown')`;

/** Everything that limits count, read in one transaction with the reservation that relies on it. */
export function* limitFacts(context: Context, check: ReserveCheck): Transaction<LimitFacts> {
  const takenBy = yield* takerOf(context, check.target);
  const lastEndedAtMs = yield* lastEnd(check);
  const storm = yield* stormOn(context, check);
  return {
    nowMs: context.nowMs,
    paused: yield* pausesOn(check),
    ...(takenBy !== undefined && { takenBy }),
    ...(yield* liveOperations(check)),
    ...(yield* changes(context, check)),
    ...(lastEndedAtMs !== undefined && { lastEndedAtMs }),
    recentProofs: yield* recentProofs(check),
    streak: yield* streak(check),
    newTargets: yield* newTargets(context, check),
    ...(storm !== undefined && { storm }),
  };
}

function* liveOperations(check: ReserveCheck): Transaction<Pick<LimitFacts, 'live' | 'liveOnTarget'>> {
  const rows = yield query(
    `SELECT number, target FROM operations WHERE state IN ('reserved', 'claimed') ORDER BY reserved_at_ms, id`,
  );
  const onTarget = rows.filter((row) => row['target'] === check.target);
  return { live: rows.length, liveOnTarget: onTarget.map((row) => text(row, 'number')) };
}

type ChangeCounts = Pick<
  LimitFacts,
  'changesOnTarget' | 'changesByPlaybook' | 'changesInNamespace' | 'changesInCluster'
>;

function* changes({ nowMs }: Context, { limits, ...check }: ReserveCheck): Transaction<ChangeCounts> {
  const row = yield* first(
    `SELECT
      (SELECT count(*) FROM operations WHERE target = $1 AND reserved_at_ms > $2 AND ${COUNTED}) AS on_target,
      (SELECT count(*) FROM operations WHERE playbook = $3 AND reserved_at_ms > $4 AND ${COUNTED}) AS by_playbook,
      (SELECT count(*) FROM operations WHERE namespace = $5 AND reserved_at_ms > $6 AND ${COUNTED}) AS in_namespace,
      (SELECT count(*) FROM operations WHERE reserved_at_ms > $7 AND ${COUNTED}) AS in_cluster`,
    check.target,
    nowMs - limits.target.changes.perMs,
    check.playbook,
    nowMs - limits.playbook.perMs,
    check.namespace,
    nowMs - limits.namespace.perMs,
    nowMs - limits.cluster.perMs,
  );
  const count = (column: string): number => (row === undefined ? 0 : integer(row, column));
  return {
    changesOnTarget: count('on_target'),
    changesByPlaybook: count('by_playbook'),
    changesInNamespace: count('in_namespace'),
    changesInCluster: count('in_cluster'),
  };
}

function* lastEnd(check: ReserveCheck): Transaction<number | undefined> {
  const row = yield* first(
    `SELECT max(i.ended_at_ms) AS ended_at_ms FROM incidents i
     WHERE i.id <> $2 AND i.id IN (SELECT incident FROM operations WHERE target = $1)`,
    check.target,
    check.incident,
  );
  const endedAtMs = row?.['ended_at_ms'];
  return typeof endedAtMs === 'number' ? endedAtMs : undefined;
}

/** A proof that found harm is a failure as much as one that found the trouble still there. */
function fixed(row: Row): boolean {
  return row['verdict'] === 'fixed';
}

function* recentProofs(check: ReserveCheck): Transaction<readonly boolean[]> {
  const rows = yield query(
    `SELECT verdict FROM operations
     WHERE playbook = $1 AND purpose = 'fix' AND verdict IN ('fixed', 'not-fixed', 'harm')
     ORDER BY verdict_at_ms DESC, id DESC LIMIT $2`,
    check.playbook,
    check.limits.breaker.of,
  );
  return rows.map(fixed);
}

function* streak(check: ReserveCheck): Transaction<LimitFacts['streak']> {
  const rows = yield query(
    `SELECT verdict FROM operations
     WHERE playbook = $1 AND alertname = $2 AND action = $3 AND purpose = 'fix'
       AND verdict IN ('fixed', 'not-fixed', 'harm')
     ORDER BY verdict_at_ms DESC, id DESC LIMIT $4`,
    check.playbook,
    check.alertname,
    check.action,
    STREAK_MAX,
  );
  const proofs = rows.map(fixed);
  const turn = proofs.findIndex((proof) => proof !== proofs[0]);
  const length = turn === -1 ? proofs.length : turn;
  return proofs[0] === true ? { fixed: length, notFixed: 0 } : { fixed: 0, notFixed: length };
}

/** An alert without a target counts while it may still get one; what was handed over without any is nobody's target. */
function* newTargets({ nowMs }: Context, check: ReserveCheck): Transaction<LimitFacts['newTargets']> {
  const row = yield* first(
    `SELECT count(DISTINCT target) AS in_cluster,
       count(DISTINCT CASE WHEN namespace = $2 THEN target END) AS in_namespace,
       coalesce(sum(CASE WHEN target IS NULL AND state IN ('open', 'waiting') THEN 1 ELSE 0 END), 0)
         AS unresolved
     FROM incidents WHERE opened_at_ms > $1`,
    nowMs - check.limits.storm.withinMs,
    check.namespace,
  );
  if (row === undefined) return { cluster: 0, namespace: 0, unresolved: 0 };
  return {
    cluster: integer(row, 'in_cluster'),
    namespace: integer(row, 'in_namespace'),
    unresolved: integer(row, 'unresolved'),
  };
}

function* stormOn({ nowMs }: Context, check: ReserveCheck): Transaction<LimitFacts['storm']> {
  const [cluster, namespace] = stormScopes(check.namespace);
  const row = yield* first(
    `SELECT * FROM storms WHERE scope IN ($1, $2) AND calm_at_ms > $3 ORDER BY calm_at_ms DESC LIMIT 1`,
    cluster,
    namespace,
    nowMs,
  );
  return (
    row && {
      sinceMs: integer(row, 'since_ms'),
      calmAtMs: integer(row, 'calm_at_ms'),
      scope: text(row, 'scope'),
    }
  );
}

/** A storm begins, or one that is on lasts longer. */
export function* feedStorm({ nowMs }: Context, scope: string, calmAtMs: number): Transaction<void> {
  const on = yield* first('SELECT calm_at_ms FROM storms WHERE scope = $1 AND calm_at_ms > $2', scope, nowMs);
  if (on === undefined) yield query('DELETE FROM storms WHERE scope = $1', scope);
  yield query(
    `INSERT INTO storms (scope, since_ms, calm_at_ms) VALUES ($1, $2, $3)
     ON CONFLICT (scope) DO UPDATE SET calm_at_ms = excluded.calm_at_ms
       WHERE excluded.calm_at_ms > storms.calm_at_ms`,
    scope,
    nowMs,
    calmAtMs,
  );
}
