import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Principal, type Role, LOCAL, authenticate, mayUse } from './access.ts';
import { Refusal } from './refusal.ts';
import type { ServerOptions } from './server-options.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which role this route is for; without one it is open to everybody who reaches the server. */
    readonly role?: Role;
  }
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

/**
 * Nothing from elsewhere, no framing, no guessing of types, nothing kept by caches. The front page, which alone
 * has a style, widens the first by that style's hash.
 */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/** What every request passes before anything of its body is read: headers, origin, then who it is and may be. */
export function installDoor(app: FastifyInstance, options: ServerOptions): void {
  const isLocalOnly = options.access.length === 0;
  app.decorateRequest('principal', undefined);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    checkOrigin(request, isLocalOnly);
    await admit(request, reply, options);
  });
}

/**
 * A page of another site must not be able to use a browser's reach: where no token guards us the name asked for
 * must be this computer's (DNS rebinding), and a request that says where it comes from must come from here.
 */
function checkOrigin(request: FastifyRequest, isLocalOnly: boolean): void {
  const { host, origin } = request.headers;
  if (isLocalOnly && host !== undefined && !LOOPBACK_HOST.test(host)) {
    throw new Refusal({
      status: 403,
      type: 'host',
      title: 'This name is not answered.',
      detail: 'Without configured access Runova answers on this computer only, under localhost or 127.0.0.1.',
      remedy: 'Configure access (runova.yaml, access) to be reached from elsewhere.',
    });
  }
  if (origin === undefined || isReading(request.method)) return;
  if (hostOf(origin) === host?.toLowerCase()) return;
  throw new Refusal({
    status: 403,
    type: 'origin',
    title: 'The request comes from another site.',
    detail: 'Its Origin is not the Host that it was sent to.',
  });
}

async function admit(request: FastifyRequest, reply: FastifyReply, options: ServerOptions): Promise<void> {
  const need = request.routeOptions.config.role;
  const principal =
    options.access.length === 0 ? LOCAL : await authenticate(options.access, request.headers.authorization);
  request.principal = principal;
  if (need === undefined) return;
  if (principal === undefined) {
    void reply.header('www-authenticate', 'Bearer realm="runova", Basic realm="runova", charset="UTF-8"');
    throw new Refusal({
      status: 401,
      type: 'unauthorized',
      title: 'Not let in.',
      detail:
        request.headers.authorization === undefined ? 'No token was sent.' : 'Nobody here has this token.',
      remedy: 'Send Authorization: Bearer TOKEN with the token of an entry of `access` in runova.yaml.',
    });
  }
  if (mayUse(principal, need)) return;
  throw new Refusal({
    status: 403,
    type: 'forbidden',
    title: 'Not allowed.',
    detail: `${principal.name} has the role ${principal.role}; this needs ${need}.`,
    remedy: `Use a token of an entry of \`access\` with the role ${need}.`,
  });
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
