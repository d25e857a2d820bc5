import { OpsError } from '../ports/ops-error.ts';
import type { Effect, OpsCode } from '../ports/ops-error.ts';
import { serverWords, shown } from './server-words.ts';

/** The outside systems that are reached over HTTP; the first half of an `OpsCode`. */
export type Area = 'kubernetes' | 'metrics' | 'alerts';

const NAMES: Readonly<Record<Area, string>> = {
  kubernetes: 'The Kubernetes API',
  metrics: 'The metrics source',
  alerts: 'Alertmanager',
};

/** Who is spoken to, as it is shown: without credentials and query. */
export interface Call {
  readonly area: Area;
  /** `GET https://host/path` */
  readonly line: string;
  /** A write may have had an effect; a read never has. */
  readonly write: boolean;
}

/** `late`: a write did not begin to be sent in time. */
type CutReason = 'timeout' | 'too-large' | 'aborted' | 'late';

/** Why we ended a call ourselves. */
export class Cut extends Error {
  readonly reason: CutReason;

  constructor(reason: CutReason) {
    super(reason);
    this.name = 'Cut';
    this.reason = reason;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function whatHappened(error: unknown): string {
  if (error instanceof Cut) {
    switch (error.reason) {
      case 'timeout':
        return 'did not answer in time';
      case 'too-large':
        return 'answered with more than we are ready to read';
      case 'aborted':
        return 'was not waited for any longer';
      case 'late':
        return 'could not be asked soon enough (credentials or connection took too long), so nothing was changed';
    }
  }
  const code = codeOf(error);
  const words = error instanceof Error ? shown(error.message, 200) : '';
  return `could not be reached (${code !== '' ? code : words})`;
}

/**
 * A call without a usable answer. `sent` says whether any byte of the request may have left: a write that never
 * left had no effect, of all others nobody can know.
 */
export function transportFailure(call: Call, error: unknown, sent: boolean): OpsError {
  const tooLarge = error instanceof Cut && error.reason === 'too-large';
  return new OpsError({
    code: `${call.area}/${tooLarge ? 'invalid-answer' : 'unreachable'}`,
    retry: 'later',
    message: `${NAMES[call.area]} ${whatHappened(error)}: ${call.line}`,
    effect: call.write && sent ? 'unknown' : 'none',
    cause: error,
  });
}

function problemOf(area: Area, status: number): OpsCode {
  if (status === 401) return `${area}/unauthorized`;
  if (status === 403) return area === 'kubernetes' ? 'kubernetes/forbidden' : `${area}/unauthorized`;
  if (status === 429 || status >= 500) return `${area}/overloaded`;
  if (area === 'kubernetes') return status === 404 ? 'kubernetes/not-served' : 'kubernetes/refused';
  if (area === 'metrics' && (status === 400 || status === 422)) return 'metrics/bad-query';
  return `${area}/invalid-answer`;
}

/** What an error status says about the effect of a write: 4xx was refused before anything happened (408 was not). */
function effectOf(call: Call, status: number): Effect {
  if (!call.write) return 'none';
  return status >= 500 || status === 408 ? 'unknown' : 'none';
}

/** An answer with an error status, as an `OpsError` with the server's own words. */
export function statusFailure(
  call: Call,
  answer: { readonly status: number; readonly body: string; readonly retryAfterMs?: number },
): OpsError {
  const code = problemOf(call.area, answer.status);
  return new OpsError({
    code,
    retry: code.endsWith('/overloaded') ? 'later' : 'never',
    message: `${NAMES[call.area]} answered ${answer.status} to ${call.line}: ${serverWords(answer.body)}`,
    effect: effectOf(call, answer.status),
    ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
    details: { status: answer.status },
  });
}

/** A 2xx answer that is not what was asked for: HTML, truncated JSON, wrong types. `why` is the end of a sentence. */
export function answerFailure(call: Call, why: string, cause?: unknown): OpsError {
  return new OpsError({
    code: `${call.area}/invalid-answer`,
    retry: 'later',
    message: `${NAMES[call.area]} gave an answer that we cannot use to ${call.line}: ${why}`,
    effect: call.write ? 'unknown' : 'none',
    cause,
  });
}
