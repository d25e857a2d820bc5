import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { type Problem, problem } from '../contract/problem.ts';
import { OpsError } from '../ports/ops-error.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** Where `runova serve` listens when nothing else is said. */
export const DEFAULT_SERVER = 'http://127.0.0.1:8080';
const TIMEOUT_MS = 15_000;

export interface ServerFlags {
  readonly server?: string;
  readonly tokenFile?: string;
}

export interface Answer<T> {
  readonly body: T;
  /** The server's clock, for ages. */
  readonly nowMs: number;
}

/** Runova's API, as commands use it: every answer is checked against the contract, every failure is an `OpsError` `server/*`. */
export class ApiClient {
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #terminal: Terminal;

  private constructor(base: string, token: string | undefined, terminal: Terminal) {
    this.#base = base;
    this.#token = token;
    this.#terminal = terminal;
  }

  /** Flags win over `RUNOVA_SERVER` and `RUNOVA_TOKEN`. A token is never an argument: others see those. */
  static async open(flags: ServerFlags, terminal: Terminal): Promise<ApiClient> {
    const base = flags.server ?? terminal.env['RUNOVA_SERVER'] ?? DEFAULT_SERVER;
    if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
      throw new CliError({
        what: `server ${base}`,
        why: 'this is not a URL',
        hint: `--server ${DEFAULT_SERVER}`,
        exit: EXIT.usage,
      });
    }
    const token =
      flags.tokenFile === undefined ? terminal.env['RUNOVA_TOKEN'] : await readToken(flags.tokenFile);
    return new ApiClient(base.replace(/\/+$/, ''), token?.trim(), terminal);
  }

  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<Answer<z.output<Schema>>> {
    return this.#ask('GET', path, schema);
  }

  post<Schema extends z.ZodType>(
    path: string,
    body: object,
    schema: Schema,
  ): Promise<Answer<z.output<Schema>>> {
    return this.#ask('POST', path, schema, body);
  }

  delete<Schema extends z.ZodType>(path: string, schema: Schema): Promise<Answer<z.output<Schema>>> {
    return this.#ask('DELETE', path, schema);
  }

  /** The lines of an event stream, until the server or the person ends it. */
  async *events(path: string): AsyncGenerator<string> {
    const answer = await this.#send('GET', path, undefined, this.#terminal.signal);
    if (!answer.ok || answer.body === null) throw await this.#failure(answer);
    let rest = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) yield line.slice('data: '.length);
    }
  }

  async #ask<Schema extends z.ZodType>(
    method: string,
    path: string,
    schema: Schema,
    body?: object,
  ): Promise<Answer<z.output<Schema>>> {
    const answer = await this.#send(
      method,
      path,
      body,
      AbortSignal.any([this.#terminal.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    );
    if (!answer.ok) throw await this.#failure(answer);
    const parsed = schema.safeParse(await answer.json().catch(() => undefined));
    if (!parsed.success) throw this.#strange(parsed.error.issues[0]?.path.join('.') ?? '');
    const date = Date.parse(answer.headers.get('date') ?? '');
    return { body: parsed.data, nowMs: Number.isNaN(date) ? this.#terminal.now() : date };
  }

  async #send(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    try {
      return await fetch(`${this.#base}${path}`, {
        method,
        signal,
        // A redirect would carry the token elsewhere.
        redirect: 'manual',
        headers: {
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new OpsError({
        code: 'server/unreachable',
        retry: 'later',
        message: `Runova at ${this.#base}: ${whyUnreachable(error)}`,
        hint: 'is it running (runova serve, runova demo)? Elsewhere: --server URL or RUNOVA_SERVER',
        cause: error,
      });
    }
  }

  async #failure(answer: Response): Promise<OpsError> {
    const parsed = problem.safeParse(await answer.json().catch(() => undefined));
    return parsed.success ? toError(parsed.data) : this.#strange(`status ${answer.status}`);
  }

  #strange(where: string): OpsError {
    return new OpsError({
      code: 'server/unreachable',
      retry: 'never',
      message: `Runova at ${this.#base}: its answer is not what this version understands (${where})`,
      hint: 'runova version: are both of the same version, and is this Runova at all?',
    });
  }
}

/** A problem as the server told it; `details.status` says whether the request was wrong or only refused. */
function toError({ status, title, detail, remedy, requestId }: Problem): OpsError {
  const isOurs = status >= 500;
  const isAccess = status === 401 || status === 403;
  const hint = status === 401 ? 'RUNOVA_TOKEN=... or --token-file FILE' : remedy;
  return new OpsError({
    code: isOurs ? 'server/unreachable' : isAccess ? 'server/unauthorized' : 'server/refused',
    retry: isOurs ? 'later' : 'never',
    message: `${title.replace(/\.$/, '')}: ${detail}${isOurs ? ` (request ${requestId})` : ''}`,
    details: { status, requestId },
    ...(hint === undefined ? {} : { hint }),
  });
}

async function readToken(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError({
      what: `token file ${file}`,
      why:
        (error as NodeJS.ErrnoException).code === 'ENOENT'
          ? 'there is no such file'
          : (error as Error).message,
      exit: EXIT.usage,
    });
  }
}

function whyUnreachable(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { readonly code?: string }).code;
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no such host';
    default:
      if (error instanceof DOMException && error.name === 'TimeoutError')
        return `no answer within ${TIMEOUT_MS / 1_000} s`;
      return cause instanceof Error ? cause.message : String(cause);
  }
}
