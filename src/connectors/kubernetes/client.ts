import { z } from 'zod';
import { OpsError } from '../../ports/ops-error.ts';
import { answerFailure, statusFailure } from '../http-failure.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../http.ts';

/** Query parameters of a request; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

const PAGE_LIMIT = 500;
/** No list that we ask for is larger in a cluster that one process can watch over. */
const PAGES_MAX = 200;

/** Only names and metadata come over the wire, not the objects' contents (values of ConfigMaps stay where they are). */
export const METADATA_ONLY =
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';

const pageSchema = z.object({
  metadata: z.object({ continue: z.string().optional() }).optional(),
  items: z.array(z.unknown()).nullish(),
});

const statusSchema = z.object({
  kind: z.literal('Status'),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z
    .object({
      name: z.string().optional(),
      causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).nullish(),
    })
    .optional(),
});

/** What the API server says about a request that it did not carry out. */
export type Status = z.infer<typeof statusSchema>;

/** The answer as a Kubernetes Status; undefined for anything else (a proxy's page, plain text). */
export function statusOf(answer: Pick<HttpAnswer, 'body'>): Status | undefined {
  try {
    return statusSchema.safeParse(JSON.parse(answer.body)).data;
  } catch {
    return undefined;
  }
}

/** True only when the server says that this very object does not exist; an unknown path is something else. */
export function saysObjectIsAbsent(answer: HttpAnswer): boolean {
  if (answer.status !== 404) return false;
  const status = statusOf(answer);
  return status?.reason === 'NotFound' && (status.details?.name ?? '') !== '';
}

/** `/a/b` from its parts, each encoded: nothing in a name can reach another path. */
export function pathOf(...parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

export function withQuery(path: string, query: Query): string {
  const entries = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return entries.length === 0 ? path : `${path}?${new URLSearchParams(entries).toString()}`;
}

/** Reads and lists of the Kubernetes API, each answer checked against a schema of the fields that we use. */
export class KubernetesClient {
  readonly http: HttpClient;

  constructor(http: HttpClient) {
    this.http = http;
  }

  /** @returns the object, or undefined when the server says that it does not exist. */
  async find<T>(schema: z.ZodType<T>, path: string, signal: AbortSignal): Promise<T | undefined> {
    const request: HttpRequest = { method: 'GET', path, signal };
    const answer = await this.http.read(request);
    if (saysObjectIsAbsent(answer)) return undefined;
    return this.#parsed(schema, request, answer);
  }

  /**
   * All items of a list, page by page. A list whose continue token has expired (410) is read once more from its
   * beginning: half of an old list and half of a new one is no list.
   * @param options.accept e.g. `METADATA_ONLY`; options.itemsMax ends the reading early.
   */
  async list<T>(
    schema: z.ZodType<T>,
    path: string,
    options: {
      readonly query?: Query;
      readonly accept?: string;
      readonly itemsMax?: number;
      readonly signal: AbortSignal;
    },
  ): Promise<readonly T[]> {
    try {
      return await this.#pages(schema, path, options);
    } catch (error) {
      if (!(error instanceof OpsError) || error.details['status'] !== 410) throw error;
      return this.#pages(schema, path, options);
    }
  }

  /** Plain text, for logs. */
  async text(path: string, signal: AbortSignal): Promise<string> {
    const request: HttpRequest = { method: 'GET', path, headers: { accept: '*/*' }, signal };
    const answer = await this.http.read(request);
    if (answer.status !== 200) throw statusFailure(this.http.call(request, false), answer);
    return answer.body;
  }

  async #pages<T>(
    schema: z.ZodType<T>,
    path: string,
    options: {
      readonly query?: Query;
      readonly accept?: string;
      readonly itemsMax?: number;
      readonly signal: AbortSignal;
    },
  ): Promise<readonly T[]> {
    const items: T[] = [];
    let next: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const query = { ...options.query, limit: PAGE_LIMIT, continue: next };
      const request: HttpRequest = {
        method: 'GET',
        path: withQuery(path, query),
        ...(options.accept === undefined ? {} : { headers: { accept: options.accept } }),
        signal: options.signal,
      };
      const answer = this.#parsed(pageSchema, request, await this.http.read(request));
      for (const item of answer.items ?? []) items.push(this.#checked(schema, request, item));
      next = answer.metadata?.continue;
      if (next === undefined || next === '' || items.length >= (options.itemsMax ?? Infinity)) return items;
    }
    throw answerFailure(
      this.http.call({ method: 'GET', path }, false),
      `a list of more than ${PAGES_MAX} pages`,
    );
  }

  #parsed<T>(schema: z.ZodType<T>, request: HttpRequest, answer: HttpAnswer): T {
    const call = this.http.call(request, false);
    if (answer.status !== 200) throw statusFailure(call, answer);
    let value: unknown;
    try {
      value = JSON.parse(answer.body);
    } catch (error) {
      throw answerFailure(call, 'it is not JSON, or cut off', error);
    }
    return this.#checked(schema, request, value);
  }

  #checked<T>(schema: z.ZodType<T>, request: HttpRequest, value: unknown): T {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    const why = `${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'unreadable'}`;
    throw answerFailure(this.http.call(request, false), why);
  }
}
