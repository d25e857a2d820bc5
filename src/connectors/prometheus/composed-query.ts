import type { Question } from '../../ports/metrics.ts';

/** Tells the samples of one question from those of another; no exporter uses it. */
export const QUESTION_LABEL = 'runova_question';

/** Questions in one request: deep enough to save round trips, shallow enough for every parser (`or` nests). */
const QUESTIONS_MAX = 100;
/** Some gateways in front of Mimir refuse more than 64 KiB of form. */
const BYTES_MAX = 48 * 1_024;

/**
 * One expression for many questions. `or` drops right-hand samples whose labels (metric name aside) are already on
 * the left, so each question's samples get a label of their own first. The line break ends a trailing comment.
 */
export function composed(questions: readonly Question[]): string {
  return questions
    .map(({ promql }, index) => `label_replace((${promql}\n), "${QUESTION_LABEL}", "${index}", "", "")`)
    .join(' or ');
}

/** Splits questions into groups that fit into one request each; a single large one stands alone. */
export function chunks(questions: readonly Question[]): readonly (readonly Question[])[] {
  const groups: Question[][] = [];
  let bytes = 0;
  for (const question of questions) {
    const size = Buffer.byteLength(question.promql) + 64;
    const last = groups.at(-1);
    if (last === undefined || last.length >= QUESTIONS_MAX || bytes + size > BYTES_MAX) {
      groups.push([question]);
      bytes = size;
    } else {
      last.push(question);
      bytes += size;
    }
  }
  return groups;
}
