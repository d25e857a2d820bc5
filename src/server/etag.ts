import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Answers of the API that were read before are not sent again: 304 to an `If-None-Match` that still fits. */
export function installEtags(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const isRead = request.method === 'GET' && request.url.startsWith('/api/');
    if (!isRead || reply.statusCode !== 200 || typeof payload !== 'string') return payload;
    const etag = `"${createHash('sha1').update(payload).digest('base64url')}"`;
    // `no-cache` still asks each time, but may keep the answer to compare with.
    void reply.header('etag', etag).header('cache-control', 'private, no-cache');
    const known = (request.headers['if-none-match'] ?? '')
      .split(',')
      .map((one) => one.trim().replace(/^W\//, ''));
    if (!known.includes(etag)) return payload;
    void reply.code(304);
    return '';
  });
}
