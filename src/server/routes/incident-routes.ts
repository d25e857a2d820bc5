import { z } from 'zod';
import { alertList } from '../../contract/alert.ts';
import { STATES, incidentDocument, incidentList } from '../../contract/incident.ts';
import { timeline } from '../../contract/timeline.ts';
import type { IncidentRow } from '../../ports/store.ts';
import {
  type IncidentParts,
  presentAlertRow,
  presentIncident,
  presentSummary,
  presentTimelineRow,
} from '../present-incident.ts';
import { Refusal } from '../refusal.ts';
import type { ServerOptions, ServerStore } from '../server-options.ts';
import { type ZodApp, answers } from '../zod-app.ts';

const PAGE_MAX = 500;
const limit = z.coerce.number().int().min(1).max(PAGE_MAX).default(100);

/** `?state=open&state=waiting` or `?state=open,waiting` */
const states = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat().flatMap((part) => part.split(',')))
  .pipe(z.array(z.enum(STATES)));

export const incidentId = z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

const listQuery = z.object({
  state: states.optional(),
  namespace: z.string().max(63).optional(),
  before: z.coerce.number().int().min(1).optional(),
  limit,
});
const timelineQuery = z.object({ after: z.coerce.number().int().min(0).optional(), limit });

/** Looking at incidents and their alerts. */
export function incidentRoutes(app: ZodApp, { store, facts }: ServerOptions): void {
  app.get(
    '/api/v1/incidents',
    {
      config: { role: 'viewer' },
      schema: { querystring: listQuery, response: answers(incidentList), summary: 'Incidents, newest first' },
    },
    async ({ query }) => {
      const rows = await store.incidents({
        limit: query.limit,
        ...(query.state === undefined ? {} : { states: query.state }),
        ...(query.namespace === undefined ? {} : { namespace: query.namespace }),
        ...(query.before === undefined ? {} : { before: query.before }),
      });
      const last = rows.length === query.limit ? rows.at(-1)?.incident.id : undefined;
      return {
        cluster: facts().cluster,
        items: rows.map(presentSummary),
        ...(last === undefined ? {} : { before: last }),
      };
    },
  );
  app.get(
    '/api/v1/incidents/:id',
    {
      config: { role: 'viewer' },
      schema: {
        params: incidentId,
        response: answers(incidentDocument),
        summary: 'All that is known about one',
      },
    },
    async ({ params }) => {
      const { cluster, timings } = facts();
      const parts = await partsOf(store, await rowOf(store, params.id));
      return presentIncident({ ...parts, cluster, holdCapMs: timings.holdCapMs });
    },
  );
  app.get(
    '/api/v1/incidents/:id/timeline',
    {
      config: { role: 'viewer' },
      schema: {
        params: incidentId,
        querystring: timelineQuery,
        response: answers(timeline),
        summary: 'What happened, oldest first',
      },
    },
    async ({ params, query }) => {
      await rowOf(store, params.id);
      const rows = await store.timeline({ incident: params.id, after: query.after ?? 0, limit: query.limit });
      const next = rows.length === query.limit ? rows.at(-1)?.sequence : undefined;
      return { items: rows.map(presentTimelineRow), ...(next === undefined ? {} : { next }) };
    },
  );
  app.get(
    '/api/v1/alerts',
    {
      config: { role: 'viewer' },
      schema: {
        querystring: z.object({ limit }),
        response: answers(alertList),
        summary: 'Alerts, newest first',
      },
    },
    async ({ query }) => ({ items: (await store.alerts(query.limit)).map(presentAlertRow) }),
  );
  evidenceRoute(app, store);
}

function evidenceRoute(app: ZodApp, store: ServerStore): void {
  app.get(
    '/api/v1/incidents/:id/evidence',
    {
      config: { role: 'viewer' },
      schema: {
        params: incidentId,
        response: answers(z.record(z.string(), z.unknown())),
        summary: 'What was kept before anything was touched, redacted',
      },
    },
    async ({ params }) => {
      await rowOf(store, params.id);
      const json = await store.evidence(params.id);
      if (json !== undefined) return JSON.parse(json) as Record<string, unknown>;
      throw new Refusal({
        status: 404,
        type: 'no-evidence',
        title: 'There is no evidence.',
        detail: `Nothing was taken for incident ${params.id}: it is taken before the first change and before a handover.`,
      });
    },
  );
}

async function rowOf(store: ServerStore, id: number): Promise<IncidentRow> {
  const row = await store.incident(id);
  if (row === undefined) throw noSuchIncident(id);
  return row;
}

export function noSuchIncident(id: number): Refusal {
  return new Refusal({
    status: 404,
    type: 'unknown-incident',
    title: 'There is no such incident.',
    detail: `No incident has the number ${id}.`,
    remedy: 'runova incidents',
  });
}

async function partsOf(
  store: ServerStore,
  row: IncidentRow,
): Promise<Omit<IncidentParts, 'cluster' | 'holdCapMs'>> {
  const { id, playbook } = row.incident;
  const [operations, owed, evidence, version] = await Promise.all([
    store.operations(id),
    store.allOwed(),
    store.evidence(id),
    playbook === undefined ? undefined : store.playbook(playbook.version),
  ]);
  return {
    row,
    operations,
    owed: owed.filter(({ incident }) => incident === id),
    playbook: version,
    evidence,
  };
}
