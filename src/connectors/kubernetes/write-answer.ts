import { z } from 'zod';
import type { Written } from '../../ports/cluster.ts';
import { answerFailure, statusFailure } from '../http-failure.ts';
import type { Call } from '../http-failure.ts';
import type { HttpAnswer } from '../http.ts';
import { serverWords, shown } from '../server-words.ts';
import { saysObjectIsAbsent, statusOf } from './client.ts';

/** The cause by which an eviction's 429 (and its 500 for several budgets) is told from an overloaded server's. */
const BUDGET_CAUSE = 'DisruptionBudget';
/** Admission runs before anything is stored, so a failing webhook's 500 had no effect (apiserver `webhook/errors`). */
const ADMISSION_500 =
  /failed calling webhook|admission webhook .* denied the request|more than one PodDisruptionBudget/;
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 413, 415, 422]);

const writtenSchema = z.object({
  kind: z.string().optional(),
  metadata: z.object({ resourceVersion: z.string().optional() }).optional(),
});

function wordsOf(answer: HttpAnswer): string {
  const status = statusOf(answer);
  const causes = (status?.details?.causes ?? []).flatMap(({ message }) =>
    message === undefined ? [] : [message],
  );
  const words = serverWords(answer.body);
  const more = causes.filter((cause) => !words.includes(shown(cause)));
  return shown([words, ...more].join(' '));
}

function refusedByBudget(answer: HttpAnswer): boolean {
  return (statusOf(answer)?.details?.causes ?? []).some(({ reason }) => reason === BUDGET_CAUSE);
}

function isRefusal(answer: HttpAnswer): boolean {
  if (REFUSALS.has(answer.status)) return true;
  if (answer.status === 429) return refusedByBudget(answer);
  return answer.status === 500 && ADMISSION_500.test(statusOf(answer)?.message ?? '');
}

function versionOf(answer: HttpAnswer, call: Call): string {
  try {
    const written = writtenSchema.parse(JSON.parse(answer.body));
    const version = written.metadata?.resourceVersion;
    if (typeof version === 'string') return version;
    // An eviction is answered with a Status, which has no version; neither has a pod that was only asked about.
    if (written.kind === 'Status' || written.kind === 'Pod') return '';
  } catch (error) {
    throw answerFailure(call, 'it is not JSON, or cut off', error);
  }
  throw answerFailure(call, 'an object without metadata.resourceVersion');
}

/**
 * What an answer to a write means.
 * @throws OpsError for what is neither yes nor no: 401, an overloaded server (429 without a disruption budget in
 *   it), 5xx, an unreadable yes. Its `effect` is `unknown` where the write may have happened.
 */
export function writtenFrom(answer: HttpAnswer, call: Call): Written {
  if (answer.status >= 200 && answer.status < 300) {
    return { kind: 'accepted', resourceVersion: versionOf(answer, call) };
  }
  if (answer.status === 409) return { kind: 'conflict', why: wordsOf(answer) };
  if (saysObjectIsAbsent(answer)) return { kind: 'gone' };
  if (isRefusal(answer)) return { kind: 'refused', why: wordsOf(answer) };
  throw statusFailure(call, answer);
}
