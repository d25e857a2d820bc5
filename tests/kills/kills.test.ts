import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import type { IncidentDocument, IncidentSummary } from '../../src/contract/incident.ts';
import { eventually } from '../acceptance/eventually.ts';
import type { PatientPlan, Write } from '../acceptance/ground.ts';
import { runovaConfig } from '../acceptance/runova-config.ts';
import { RunovaServer } from '../acceptance/runova-server.ts';
import { startSandboxGround, type SandboxGround } from '../acceptance/sandbox-ground.ts';
import { startWatchers, type Watchers } from '../acceptance/watchers.ts';
import { Random } from '../simulation/random.ts';
import { AlertGenerator } from './alert-generator.ts';
import { killAgainAndAgain, type KillCounts } from './kill-run.ts';

/** Another one is another course of events: `RUNOVA_KILL_SEED=anything npm test -- kills`. */
const SEED = process.env['RUNOVA_KILL_SEED'] ?? '1';
const LIVES = 31;
const TARGETS = 30;
const NAMESPACE = 'shop';
const HOLD_MS = 2_000;
const ENDS: ReadonlySet<string> = new Set(['resolved', 'closed', 'handed-over']);

const plans = Array.from({ length: TARGETS }, (_, index): PatientPlan => ({
  namespace: NAMESPACE,
  name: `service-${index}`,
  replicas: 2,
  trouble: 'error-burst',
}));

describe(`a server that is killed ${LIVES} times (seed ${SEED})`, () => {
  let ground: SandboxGround;
  let watchers: Watchers;
  let server: RunovaServer;
  let generator: AlertGenerator;
  let kills: KillCounts;
  let targets: readonly IncidentDocument[];

  before(async () => {
    const chance = new Random(`kills ${SEED}`);
    ground = await startSandboxGround(plans);
    const nobody = { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] };
    watchers = await startWatchers({
      kind: 'stand-ins',
      scrape: ground.scrape,
      history: [],
      alertmanager: nobody,
    });
    server = await RunovaServer.prepare({ name: 'killed', kubeconfig: ground.kubeconfig, config: config() });
    generator = new AlertGenerator(server.url, chance.stream('alerts'));
    generator.start();
    kills = await killAgainAndAgain({ server, ground, chance: chance.stream('kills'), lives: LIVES, onLife });
    await server.start();
    // It goes on sending: what was not acknowledged comes again, as from Alertmanager.
    targets = await eventually('every target has come to its end', allEnded, {
      withinMs: 90_000,
      state: howTargetsStand,
    });
    await generator.stop();
  });

  after(async () => {
    await server.stop();
    await watchers.stop();
    await ground.stop();
  });

  function config(): ReturnType<typeof runovaConfig> {
    return runovaConfig({
      mode: 'auto',
      namespace: NAMESPACE,
      metrics: watchers.prometheusUrl,
      alerts: watchers.alertmanagerUrl,
      proofTimeout: '60s',
      hold: `${HOLD_MS}ms`,
      acting: { actBudget: '5s', requestTimeout: '2s', straggler: '2s' },
    });
  }

  /** One more target breaks at each beginning of a life. */
  async function onLife(life: number): Promise<void> {
    const plan = plans[life];
    if (plan === undefined) return;
    await ground.break('error-burst', plan);
    const { name } = plan;
    generator.fires({
      alertname: 'HighErrorRate',
      namespace: NAMESPACE,
      service: name,
      deployment: name,
      severity: 'critical',
    });
  }

  async function allEnded(): Promise<readonly IncidentDocument[] | undefined> {
    const list = await server.get<{ items: IncidentSummary[] }>(
      `/api/v1/incidents?namespace=${NAMESPACE}&limit=200`,
    );
    const holders = plans.map(({ name }) => list?.items.findLast((one) => one.target?.name === name));
    if (!holders.every((one) => one !== undefined && ENDS.has(one.state))) return undefined;
    return await Promise.all(
      holders.map(
        async (one) =>
          (await server.get<IncidentDocument>(`/api/v1/incidents/${one?.id}`)) as IncidentDocument,
      ),
    );
  }

  async function howTargetsStand(): Promise<string> {
    const list = await server.get<{ items: IncidentSummary[] }>(
      `/api/v1/incidents?namespace=${NAMESPACE}&limit=200`,
    );
    const open = list?.items.filter(({ state }) => !ENDS.has(state)) ?? [];
    const unheard = plans.filter(({ name }) => list?.items.every(({ target }) => target?.name !== name));
    return [
      ...open.map(({ id, state, target, why }) => `${id} ${target?.name} ${state}: ${why}`),
      ...unheard.map(({ name }) => `${name} has no incident`),
    ].join('\n');
  }

  const effects = (): readonly Write[] => plans.flatMap((plan) => ground.writes(plan));

  test('it was killed at writes and elsewhere, and has taken alerts all the same', (t) => {
    const { sent, acknowledged } = generator;
    t.diagnostic(
      `${kills.atWrites} kills at a write, ${kills.anywhere} anywhere; ${sent} webhooks, ${acknowledged.length} alerts acknowledged; ${effects().length} effects`,
    );
    assert.ok(kills.atWrites >= 3, `${kills.atWrites} kills at a write`);
    assert.ok(acknowledged.length >= 100, `${acknowledged.length} acknowledged`);
  });

  test('no operation has two effects, and no target was changed twice (L2)', () => {
    const operations = effects().map(operationOf);
    assert.equal(new Set(operations).size, operations.length);
    for (const plan of plans)
      assert.ok(ground.writes(plan).length <= 1, `${plan.name}: ${JSON.stringify(ground.writes(plan))}`);
  });

  test('every effect has its operation with a decision on record, and every operation that is done its effect (L3, L6)', () => {
    const done = targets.flatMap(({ operations }) => operations).filter(({ state }) => state === 'done');
    assert.deepEqual(done.map(({ id }) => id).toSorted(), effects().map(operationOf).toSorted());
    for (const { id, trace, operations } of targets) {
      if (operations.length === 0) continue;
      assert.ok(trace !== undefined && trace.lines.length > 0, `incident ${id} has a decision`);
      assert.ok(
        trace.lines.every(({ verdict }) => verdict === 'allow'),
        `incident ${id}: every guard allowed it`,
      );
    }
  });

  test('every target is resolved, after the quiet window (L4, L5)', () => {
    for (const [index, incident] of targets.entries()) {
      const [write] = ground.writes(plans[index] ?? { namespace: '', name: '' });
      assert.equal(incident.state, 'resolved', `${incident.target?.name}: ${incident.why}`);
      assert.ok(write !== undefined && Date.parse(incident.ended?.at ?? '') - write.atMs >= HOLD_MS);
    }
  });

  test('every incident has ended, is left to people, or is looked at again (L4)', async () => {
    let before: number | undefined;
    do {
      const more: string = before === undefined ? '' : `&before=${before}`;
      const page: { items: IncidentSummary[]; before?: number } | undefined = await server.get(
        `/api/v1/incidents?limit=200${more}`,
      );
      assert.ok(page !== undefined);
      const stuck = page.items.filter(({ state, dueAt }) => !ENDS.has(state) && dueAt === undefined);
      assert.deepEqual(stuck, []);
      before = page.before;
    } while (before !== undefined);
  });

  test('every alert that it acknowledged is in its store, in an incident (L1)', async () => {
    // Killed once more: the database is its alone while it lives, and what counts is what is on disk.
    await server.kill();
    const store = new DatabaseSync(join(server.folder, 'runova.db'), { readOnly: true });
    try {
      const find = store.prepare(
        'SELECT 1 FROM alerts JOIN incidents ON incidents.id = alerts.incident WHERE fingerprint = ? AND starts_at_ms = ?',
      );
      const lost = generator.acknowledged.filter(
        ({ fingerprint, startsAtMs }) => find.get(fingerprint, startsAtMs) === undefined,
      );
      assert.deepEqual(lost, []);
    } finally {
      store.close();
    }
  });
});

/** The operation that a write carries the mark of. */
function operationOf({ body }: Write): string {
  const found = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/.exec(JSON.stringify(body));
  assert.ok(found !== null, `a write without a mark: ${JSON.stringify(body)}`);
  return found[0];
}
