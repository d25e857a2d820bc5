import type { AddressInfo, Socket } from 'node:net';
import swagger from '@fastify/swagger';
import { type FastifyInstance, fastify } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { installDoor } from './door.ts';
import { installEtags } from './etag.ts';
import { EventFeed } from './event-feed.ts';
import { refusalOf, sendRefusal } from './refusal.ts';
import { commandRoutes } from './routes/command-routes.ts';
import { eventRoutes } from './routes/event-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { incidentRoutes } from './routes/incident-routes.ts';
import { pageRoutes } from './routes/page-routes.ts';
import { pauseRoutes } from './routes/pause-routes.ts';
import { statusRoutes } from './routes/status-routes.ts';
import { SERVER_TIMES, type ServerOptions } from './server-options.ts';
import { socketAnswer } from './socket-answer.ts';
import { BodyReader } from './webhook/body-reader.ts';
import { webhookRoutes } from './webhook/webhook-routes.ts';
import type { ZodApp } from './zod-app.ts';

/** Everything but webhooks is a short order from a person. */
const ORDER_BYTES_MAX = 64 * 1024;
/** More than an attacker with a thousand or two slow lines can take before they are cut (headers: 5 s). */
const CONNECTIONS_MAX = 4_096;
const REQUEST_ID = /^[\w.-]{1,64}$/;
const LOOPBACK = '127.0.0.1';

export interface Server {
  readonly app: FastifyInstance;
  /** Starts listening; the base URL. Rejects with the system's error when it cannot. */
  start(): Promise<string>;
  /** Stops listening, ends event streams, lets running requests finish. */
  stop(): Promise<void>;
}

/** The HTTP server: webhooks, the API, health, metrics, a page. Decides nothing by itself. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const app = createApp(options);
  const reader = new BodyReader(options.clock);
  const times = { ...SERVER_TIMES, ...options.times };
  const feedTimes = { pollMs: times.eventPollMs, heartbeatMs: times.eventHeartbeatMs };
  const feed = new EventFeed(options.store, options.clock, feedTimes, (clients) =>
    options.meters.eventClients(clients),
  );
  installDoor(app, options);
  installEtags(app);
  installAnswers(app, options);
  await describe(app, options);
  await app.register(async (scope) => webhookRoutes(scope, options, reader));
  await app.register(async (scope) => {
    const typed = scope as unknown as ZodApp;
    for (const routes of [
      incidentRoutes,
      commandRoutes,
      pauseRoutes,
      statusRoutes,
      healthRoutes,
      pageRoutes,
    ]) {
      routes(typed, options);
    }
    eventRoutes(typed, feed);
    typed.get('/api/v1/openapi.json', { config: { role: 'viewer' }, schema: { hide: true } }, () =>
      app.swagger(),
    );
  });
  app.addHook('preClose', async () => feed.close());
  app.addHook('onClose', () => reader.close());
  await app.ready();
  return { app, start: () => start(app, options), stop: () => app.close() };
}

function createApp(options: ServerOptions): FastifyInstance {
  const times = { ...SERVER_TIMES, ...options.times };
  const app = fastify({
    // node:http checks for slow senders only as often as this; its own default is half a minute.
    http: { headersTimeout: times.headersMs, connectionsCheckingInterval: times.checkEveryMs },
    requestTimeout: times.requestMs,
    bodyLimit: ORDER_BYTES_MAX,
    forceCloseConnections: 'idle',
    logger: false,
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given)
        ? given
        : options.chance.uuid(options.clock.now());
    },
    clientErrorHandler: (error, socket) => answerOnSocket(error, socket),
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  return app;
}

/** What went wrong before there was a request: too slow, not HTTP. */
function answerOnSocket(error: Error & { readonly code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') socket.end(socketAnswer(error.code));
  else socket.destroy();
}

function installAnswers(app: FastifyInstance, { log }: ServerOptions): void {
  app.setErrorHandler((error, request, reply) =>
    sendRefusal(request, reply, refusalOf(error, log, request.id)),
  );
  app.setNotFoundHandler((request, reply) =>
    sendRefusal(request, reply, {
      status: 404,
      type: 'no-such-address',
      title: 'There is nothing here.',
      detail: `${request.method} is not answered at this address.`,
      remedy: 'GET /api/v1/openapi.json lists what is.',
    }),
  );
}

async function describe(app: FastifyInstance, options: ServerOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Runova',
        version: options.facts().version,
        description: 'Incidents, decisions, and what to do about them.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

async function start(app: FastifyInstance, { access, listen, log }: ServerOptions): Promise<string> {
  const host = access.length === 0 ? LOOPBACK : listen.host;
  if (access.length === 0) {
    log.warn('no access is configured: listening on this computer only, where everybody may do everything', {
      listen: `${LOOPBACK}:${listen.port}`,
      configured: listen.host,
    });
  }
  await app.listen({ host, port: listen.port });
  const { address, port } = app.server.address() as AddressInfo;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
