import type { StoreChange } from '../../domain/decision.ts';
import { withinLimits } from '../../domain/limits.ts';
import type { ReserveCheck } from '../../domain/limits.ts';
import type { Operation, Owed } from '../../domain/operation.ts';
import type { Playbook } from '../../domain/playbook.ts';
import type { Committed, NoticeDraft } from '../../ports/store.ts';
import { integer } from '../column.ts';
import { first, query } from '../sql.ts';
import type { Context, Transaction } from '../sql.ts';
import { releaseHolds } from './incident-row.ts';
import { feedStorm, limitFacts } from './limits.ts';
import { nudgeFiring } from './nudge.ts';
import { insertOperation } from './operation-row.ts';
import { take, untake } from './people.ts';
import { appendTimeline } from './timeline.ts';

export type Obstacle = Exclude<Committed, { readonly kind: 'committed' }>;

/**
 * Applies the changes in their order, all or none: at the first obstacle everything that went before it is undone,
 * while the transaction itself goes on.
 */
export function* applyChanges(
  context: Context,
  incident: number,
  changes: readonly StoreChange[],
): Transaction<Obstacle | undefined> {
  yield query('SAVEPOINT changes');
  for (const change of changes) {
    const obstacle = yield* applyChange(context, incident, change);
    if (obstacle === undefined) continue;
    yield query('ROLLBACK TO SAVEPOINT changes');
    yield query('RELEASE SAVEPOINT changes');
    return obstacle;
  }
  yield query('RELEASE SAVEPOINT changes');
  return undefined;
}

function* applyChange(
  context: Context,
  incident: number,
  change: StoreChange,
): Transaction<Obstacle | undefined> {
  switch (change.kind) {
    case 'hold':
      return yield* takeHold(context, incident, change.key);
    case 'hand-alerts':
      return yield* handAlerts(context, incident, change.to);
    case 'reserve':
      return yield* reserve(context, incident, change);
    case 'end-operation':
      return yield* endOperation(context, change);
    default:
      yield* write(context, incident, change);
      return undefined;
  }
}

type Refusable = Extract<
  StoreChange,
  { readonly kind: 'hold' | 'hand-alerts' | 'reserve' | 'end-operation' }
>;

/** The changes that nothing can stand in the way of. */
function* write(
  context: Context,
  incident: number,
  change: Exclude<StoreChange, Refusable>,
): Transaction<void> {
  switch (change.kind) {
    case 'timeline':
      return yield* appendTimeline(context, incident, change.entry);
    case 'release':
      return yield* releaseHolds(context, incident);
    case 'verdict':
      yield query(
        'UPDATE operations SET verdict = $2, verdict_at_ms = $3 WHERE id = $1',
        change.operation,
        change.verdict,
        context.nowMs,
      );
      return;
    case 'owe':
      return yield* owe(change.owed);
    case 'playbook':
      return yield* keepPlaybook(context, change.playbook);
    case 'storm':
      return yield* feedStorm(context, change.scope, change.calmAtMs);
    case 'tell':
      return yield* tell(context, change.notice);
    case 'take':
      return yield* take(context, change.take);
    case 'untake':
      yield* untake(context, change.target);
      return;
  }
}

function* takeHold(context: Context, incident: number, key: string): Transaction<Obstacle | undefined> {
  const taken = yield* first(
    `INSERT INTO holds (key, incident, taken_at_ms) VALUES ($1, $2, $3)
     ON CONFLICT (key) WHERE released_at_ms IS NULL DO NOTHING RETURNING id`,
    key,
    incident,
    context.nowMs,
  );
  if (taken !== undefined) return undefined;
  const row = yield* first('SELECT incident FROM holds WHERE key = $1 AND released_at_ms IS NULL', key);
  if (row === undefined) return { kind: 'lost' };
  const by = integer(row, 'incident');
  return by === incident ? undefined : { kind: 'held', by };
}

/** An incident that has ended is woken by what it gets, to ask the source whether it begins again: nothing is lost with it. */
function* handAlerts(context: Context, from: number, to: number): Transaction<Obstacle | undefined> {
  if (from === to) throw new Error(`incident ${from} cannot hand its alerts to itself`);
  const row = yield* first('SELECT id FROM incidents WHERE id = $1', to);
  if (row === undefined) return { kind: 'lost' };
  yield* nudgeFiring(context, to);
  const moved = yield query(
    `UPDATE alerts SET incident = $2, nudge = (SELECT nudges FROM incidents WHERE id = $2)
     WHERE incident = $1 RETURNING id`,
    from,
    to,
  );
  yield* appendTimeline(context, to, {
    kind: 'alert',
    text: `${moved.length} ${moved.length === 1 ? 'alert' : 'alerts'} joined from incident ${from}`,
    fields: { from, alerts: moved.length },
  });
  return undefined;
}

interface Reservation {
  readonly operation: Operation;
  readonly check: ReserveCheck;
}

/** Checks every limit again, in the transaction that takes the place. */
export function* reserve(
  context: Context,
  incident: number,
  { operation, check }: Reservation,
): Transaction<Obstacle | undefined> {
  if (operation.incident !== incident)
    throw new Error(`operation ${operation.number} is not of incident ${incident}`);
  const facts = yield* limitFacts(context, check);
  if (!withinLimits(facts, check)) return { kind: 'limited', facts };
  yield* insertOperation(operation);
  return undefined;
}

function* endOperation(
  context: Context,
  end: Extract<StoreChange, { readonly kind: 'end-operation' }>,
): Transaction<Obstacle | undefined> {
  const ended = yield* first(
    `UPDATE operations SET state = $3, how = $4, ended_at_ms = $5, adopted = $6
     WHERE id = $1 AND state = $2 RETURNING id`,
    end.id,
    end.from,
    end.to,
    end.how,
    context.nowMs,
    end.adopted === undefined ? null : Number(end.adopted),
  );
  return ended === undefined ? { kind: 'lost' } : undefined;
}

function* owe(owed: Omit<Owed, 'id'>): Transaction<void> {
  yield query(
    `INSERT INTO owed (
       incident, caused_by, playbook, purpose, target, change, due_at_ms, give_back_ms, operation, note)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    owed.incident,
    owed.causedBy,
    owed.playbook,
    owed.purpose,
    JSON.stringify(owed.target),
    JSON.stringify(owed.change),
    owed.dueAtMs,
    owed.giveBackMs,
    owed.operation?.id ?? null,
    owed.note ?? null,
  );
}

function* keepPlaybook(context: Context, playbook: Playbook): Transaction<void> {
  yield query(
    `INSERT INTO playbooks (version, name, first_used_at_ms, document) VALUES ($1, $2, $3, $4)
     ON CONFLICT (version) DO NOTHING`,
    playbook.version,
    playbook.name,
    context.nowMs,
    JSON.stringify(playbook),
  );
}

function* tell(context: Context, notice: NoticeDraft): Transaction<void> {
  yield query(
    `INSERT INTO notices (incident, kind, title, text, severity, created_at_ms, due_at_ms, tries)
     VALUES ($1, $2, $3, $4, $5, $6, $6, 0)`,
    notice.incident,
    notice.kind,
    notice.title,
    notice.text,
    notice.severity,
    context.nowMs,
  );
  context.wake();
}
