import { z } from 'zod';
import type { EventFeed } from '../event-feed.ts';
import { RETRY_AFTER_SECONDS, Refusal } from '../refusal.ts';
import type { ZodApp } from '../zod-app.ts';

const CLIENTS_MAX = 64;
const query = z.object({ after: z.coerce.number().int().min(0).optional() });
const lastId = z.coerce.number().int().min(0).optional().catch(undefined);

/** The timeline of all incidents as it is written. */
export function eventRoutes(app: ZodApp, feed: EventFeed): void {
  app.get(
    '/api/v1/events',
    {
      // A HEAD would open a stream that nobody reads.
      exposeHeadRoute: false,
      config: { role: 'viewer' },
      schema: {
        querystring: query,
        summary: 'Server-sent events: timeline rows; Last-Event-ID or ?after resumes',
      },
    },
    async (request, reply) => {
      if (feed.clients >= CLIENTS_MAX) throw tooManyListeners();
      const after = lastId.parse(request.headers['last-event-id']) ?? request.query.after;
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '');
      // The last asks a proxy (nginx) not to gather what should arrive at once.
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
      reply.raw.write('retry: 2000\n\n');
      try {
        await feed.listen(reply.raw, after);
      } catch {
        reply.raw.end();
      }
      return reply;
    },
  );
}

function tooManyListeners(): Refusal {
  return new Refusal({
    status: 503,
    type: 'overload',
    title: 'Too many event streams.',
    detail: `${CLIENTS_MAX} are open, which is the limit.`,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
