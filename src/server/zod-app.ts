import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { problem } from '../contract/problem.ts';

/** The framework, with requests and answers typed and checked by the contract's schemas. */
export type ZodApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The answers of a route: this one when it is good, a problem otherwise. */
export function answers<Schema extends z.ZodType>(
  good: Schema,
): { readonly 200: Schema; readonly '4xx': typeof problem; readonly '5xx': typeof problem } {
  return { 200: good, '4xx': problem, '5xx': problem };
}
