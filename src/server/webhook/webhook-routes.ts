import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WEBHOOK_LIMITS, alertmanagerWebhook, webhookAnswer } from '../../contract/alertmanager-webhook.ts';
import { RETRY_AFTER_SECONDS, Refusal, away } from '../refusal.ts';
import {
  SERVER_TIMES,
  type RefusedKind,
  type ServerOptions,
  type WebhookRefusal,
} from '../server-options.ts';
import { within } from '../within.ts';
import { Admission } from './admission.ts';
import type { BodyAnswer, BodyReader } from './body-reader.ts';
import type { BodyRead } from './read-webhook.ts';

const PATH = '/webhooks/alertmanager';
const MEBIBYTE = 1024 * 1024;

/**
 * Alertmanager's door. In this order: who (the server's door), what kind, how large, is there room; only then is
 * the body read, parsed and checked; and 202 only after everything in it is on disk. Overload and a store that is
 * away are 503, which Alertmanager repeats within seconds; never 429 or a redirect, which lose time or alerts.
 */
export function webhookRoutes(app: FastifyInstance, options: ServerOptions, reader: BodyReader): void {
  const admission = new Admission();
  const receiveMs = options.times?.receiveMs ?? SERVER_TIMES.receiveMs;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: WEBHOOK_LIMITS.bodyBytes },
    (_request, body, done) => done(null, body),
  );
  app.addHook('onRequest', async (request, reply) => {
    checkKind(request);
    checkSize(request);
    makeRoom(request, reply, admission);
  });
  app.addHook('onError', async (request, _reply, error) => countRefusal(request, error, options));
  app.post(
    PATH,
    {
      config: { role: 'webhook' },
      bodyLimit: WEBHOOK_LIMITS.bodyBytes,
      // Read by hand, documented by the schema.
      validatorCompiler: () => (body) => ({ value: body }),
      schema: {
        body: alertmanagerWebhook,
        response: { 202: webhookAnswer },
        summary: 'What Alertmanager reports',
      },
    },
    async (request, reply) => {
      const read = taken(await reader.read(request.body as Buffer));
      const received = await within(options.clock, receiveMs, options.receive(read.notices));
      if (received === 'late') throw new Refusal(away(`It did not answer within ${receiveMs / 1_000} s.`));
      options.meters.webhookAccepted(received);
      if (read.truncated > 0) noteTruncated(read.truncated, options);
      const { opened, news, duplicates } = received;
      return await reply.code(202).send({ opened, news, duplicates });
    },
  );
}

function checkKind(request: FastifyRequest): void {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (type === 'application/json' && encoding === 'identity') return;
  throw new Refusal({
    status: 415,
    type: 'media-type',
    title: 'The body is not plain JSON by its headers.',
    detail: 'Only Content-Type: application/json without Content-Encoding is accepted.',
    remedy: 'Point an Alertmanager webhook_config here; it sends that by itself.',
  });
}

function checkSize(request: FastifyRequest): void {
  if (declaredBytes(request) <= WEBHOOK_LIMITS.bodyBytes) return;
  throw tooLarge(
    `It has ${declaredBytes(request)} bytes, the limit is ${WEBHOOK_LIMITS.bodyBytes} (${WEBHOOK_LIMITS.bodyBytes / MEBIBYTE} MiB).`,
  );
}

/** What is sent in chunks may become as large as is allowed. */
function declaredBytes(request: FastifyRequest): number {
  const length = request.headers['content-length'];
  return length === undefined ? WEBHOOK_LIMITS.bodyBytes : Number(length);
}

function makeRoom(request: FastifyRequest, reply: FastifyReply, admission: Admission): void {
  const leave = admission.enter(declaredBytes(request));
  if (leave === undefined) {
    throw new Refusal({
      status: 503,
      type: 'overload',
      title: 'Too many webhooks at once.',
      detail: 'The body was not read.',
      remedy: 'Nothing to do: Alertmanager sends it again.',
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
  reply.raw.once('finish', leave).once('close', leave);
}

function taken(answer: BodyAnswer): BodyRead {
  switch (answer.kind) {
    case 'read':
      return answer;
    case 'not-read':
      throw new Refusal({
        status: 503,
        type: 'overload',
        title: 'The body was not read to its end.',
        detail: `A large body is read in a thread of its own, and ${answer.why}.`,
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    case 'refused':
      throw new Refusal({
        status: answer.reason === 'too-large' ? 413 : 400,
        type: answer.reason,
        title: TITLES[answer.reason],
        detail: answer.why,
        remedy: answer.remedy,
        ...(answer.at === undefined ? {} : { at: answer.at }),
      });
  }
}

const TITLES = {
  'too-large': 'The body holds more than is taken at once.',
  malformed: 'The body cannot be read.',
  shape: 'The body is not an Alertmanager webhook of version 4.',
} as const;

function tooLarge(detail: string): Refusal {
  return new Refusal({
    status: 413,
    type: 'too-large',
    title: TITLES['too-large'],
    detail,
    remedy: 'Group more finely (group_by); nothing of this body was taken.',
  });
}

/** Counts the refusal; of what a good sender sent in vain somebody must hear, since it will come again for ever. */
function countRefusal(request: FastifyRequest, error: unknown, options: ServerOptions): void {
  const { type, detail } = error instanceof Refusal ? error.fields : ofFramework(error);
  const reason = REASONS[type];
  if (reason === undefined) return;
  options.meters.webhookRefused(reason);
  if (isHopeless(reason)) {
    options.refused(reason, `${request.principal?.name ?? 'somebody'}: ${detail}`);
  }
}

const REASONS: Readonly<Record<string, WebhookRefusal>> = {
  unauthorized: 'unauthorized',
  forbidden: 'forbidden',
  host: 'forbidden',
  origin: 'forbidden',
  'media-type': 'media-type',
  'too-large': 'too-large',
  malformed: 'malformed',
  shape: 'shape',
  overload: 'overload',
  'store-away': 'away',
};

function isHopeless(reason: WebhookRefusal): reason is RefusedKind {
  return reason === 'too-large' || reason === 'malformed' || reason === 'shape' || reason === 'media-type';
}

function ofFramework(error: unknown): { readonly type: string; readonly detail: string } {
  const code = (error as { readonly code?: string }).code ?? '';
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return { type: 'too-large', detail: 'The body was larger than 16 MiB.' };
  return { type: code.startsWith('store/') ? 'store-away' : 'other', detail: '' };
}

function noteTruncated(alerts: number, options: ServerOptions): void {
  options.meters.webhookTruncated(alerts);
  options.log.warn('Alertmanager left alerts out of a webhook; set max_alerts to 0', { alerts });
}
