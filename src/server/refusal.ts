import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../contract/problem.ts';
import type { Log } from '../ports/log.ts';
import { OpsError } from '../ports/ops-error.ts';

export interface RefusalFields {
  readonly status: number;
  /** Stable name of this kind of problem. */
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly at?: string;
  readonly retryAfterSeconds?: number;
}

/** Thrown by a route to answer with a problem (RFC 9457): what happened, why, what to do. */
export class Refusal extends Error {
  readonly fields: RefusalFields;

  constructor(fields: RefusalFields) {
    super(fields.title);
    this.name = 'Refusal';
    this.fields = fields;
  }
}

/** How long a sender should wait when we are away or have too much to do. */
export const RETRY_AFTER_SECONDS = 2;

export function sendRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  fields: RefusalFields,
): FastifyReply {
  const { retryAfterSeconds, ...shown } = fields;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  const body: Problem = { ...shown, requestId: request.id };
  // Serialized here: a route's schemas describe its good answers.
  return reply
    .code(fields.status)
    .type('application/problem+json; charset=utf-8')
    .serializer((problem: unknown) => JSON.stringify(problem))
    .send(body);
}

/** Turns whatever a route threw into fields: ours as they are, the store's trouble as 503, the framework's as its own. */
export function refusalOf(error: unknown, log: Log, requestId: string): RefusalFields {
  if (error instanceof Refusal) return error.fields;
  if (error instanceof OpsError && error.code.startsWith('store/')) return away(error.message);
  const known = error instanceof Error ? ofFramework(error as FastifyError) : undefined;
  if (known !== undefined) return known;
  log.error('a request failed', { requestId, error });
  return {
    status: 500,
    type: 'bug',
    title: 'Runova made a mistake.',
    detail: 'The request could not be answered; the log has a line with this request id.',
    remedy: 'Please report it with that line.',
  };
}

export function away(why: string): RefusalFields {
  return {
    status: 503,
    type: 'store-away',
    title: 'The store cannot be written to, so nothing was taken.',
    detail: why,
    remedy: 'Nothing to do for a sender: send it again. For an operator: runova status',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  };
}

interface ZodIssueLike {
  readonly instancePath?: string;
  readonly message?: string;
}

function ofFramework(error: FastifyError): RefusalFields | undefined {
  if (error.validation !== undefined) return invalid(error);
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return {
        status: 415,
        type: 'media-type',
        title: 'The body is not JSON by its Content-Type.',
        detail: 'Only application/json is accepted, so that no web page can post here by a form.',
        remedy: 'Send the header Content-Type: application/json',
      };
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return {
        status: 413,
        type: 'too-large',
        title: 'The body is too large.',
        detail: 'It exceeds the limit of this address.',
        remedy: 'Send less at once; nothing of this body was taken.',
      };
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? {
            status: error.statusCode,
            type: 'bad-request',
            title: 'The request cannot be read.',
            detail: plainWords(error),
          }
        : undefined;
  }
}

function invalid(error: FastifyError): RefusalFields {
  const first = (error.validation as readonly ZodIssueLike[] | undefined)?.[0];
  const where = error.validationContext === 'body' ? '$' : (error.validationContext ?? 'request');
  const at = `${where}${(first?.instancePath ?? '').replaceAll('/', '.')}`;
  return {
    status: 400,
    type: 'shape',
    title: 'The request does not have the expected shape.',
    detail: `${at}: ${first?.message ?? 'invalid'}`,
    remedy: 'GET /api/v1/openapi.json describes every request.',
    at,
  };
}

/** The framework's messages for client errors name no input except JSON syntax errors, whose words quote the body. */
function plainWords(error: FastifyError): string {
  return error instanceof SyntaxError ? 'The body is not JSON.' : error.message;
}
