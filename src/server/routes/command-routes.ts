import type { FastifyRequest } from 'fastify';
import {
  approveBody,
  closeBody,
  commandAnswer,
  rejectBody,
  retryBody,
  takeBody,
} from '../../contract/command.ts';
import type { CommandAnswer } from '../../contract/command.ts';
import type { PersonCommand } from '../../domain/command.ts';
import { Refusal } from '../refusal.ts';
import type { ServerOptions } from '../server-options.ts';
import { type ZodApp, answers } from '../zod-app.ts';
import { incidentId, noSuchIncident } from './incident-routes.ts';

/** Deciding: a person's word about one incident. Who says it is known by the token, never by the body. */
export function commandRoutes(app: ZodApp, { decide }: ServerOptions): void {
  const run = async (request: FastifyRequest, command: PersonCommand): Promise<CommandAnswer> => {
    const outcome = await decide(command, request.principal?.name ?? 'nobody');
    switch (outcome.kind) {
      case 'accepted':
        return { incident: command.incident, text: outcome.text };
      case 'unknown-incident':
        throw noSuchIncident(command.incident);
      case 'refused':
        throw new Refusal({
          status: 409,
          type: 'refused',
          title: `Incident ${command.incident}: ${command.kind} does not apply.`,
          detail: outcome.why,
          remedy: `runova incident ${command.incident}`,
        });
    }
  };
  const about = { params: incidentId, response: answers(commandAnswer) };
  const config = { role: 'operator' } as const;
  app.post(
    '/api/v1/incidents/:id/approve',
    { config, schema: { ...about, body: approveBody, summary: 'Let this exact plan be carried out, once' } },
    (request) => run(request, { kind: 'approve', incident: request.params.id, ...defined(request.body) }),
  );
  app.post(
    '/api/v1/incidents/:id/reject',
    { config, schema: { ...about, body: rejectBody, summary: 'Do not carry it out; hand over' } },
    (request) => run(request, { kind: 'reject', incident: request.params.id, ...defined(request.body) }),
  );
  app.post(
    '/api/v1/incidents/:id/retry',
    { config, schema: { ...about, body: retryBody, summary: 'Let Runova try again what was handed over' } },
    (request) => run(request, { kind: 'retry', incident: request.params.id, ...defined(request.body) }),
  );
  app.post(
    '/api/v1/incidents/:id/close',
    { config, schema: { ...about, body: closeBody, summary: 'It was seen to by a person' } },
    (request) => run(request, { kind: 'close', incident: request.params.id, because: request.body.because }),
  );
  app.post(
    '/api/v1/incidents/:id/take',
    { config, schema: { ...about, body: takeBody, summary: 'Hold the target; Runova keeps off' } },
    (request) => {
      const { because, until } = request.body;
      const untilMs = until === undefined ? {} : { untilMs: Date.parse(until) };
      return run(request, { kind: 'take', incident: request.params.id, because, ...untilMs });
    },
  );
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Without the fields that were left out: an optional field of a command is absent, not undefined. */
function defined<T extends object>(body: T): Defined<T> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Defined<T>;
}
