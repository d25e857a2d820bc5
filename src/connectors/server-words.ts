/** The longest piece of a foreign answer that is repeated in one of our sentences. */
const WORDS_LENGTH_MAX = 500;

/** Control characters, and those that reorder or hide text (bidirectional marks, zero width, line separators). */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** Makes foreign text fit to stand in a sentence: one line, bounded, without characters that act on a terminal. */
export function shown(text: string, lengthMax = WORDS_LENGTH_MAX): string {
  const clean = text
    .slice(0, lengthMax * 4)
    .replace(UNSHOWABLE, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return clean.length <= lengthMax ? clean : `${clean.slice(0, lengthMax - 1)}…`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function wordsOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isRecord(value)) return undefined;
  return [value['message'], value['error']].find((words) => typeof words === 'string');
}

/**
 * What a server said in an error answer: the `message` of a Kubernetes Status, the `error` of Prometheus, the JSON
 * text of Alertmanager, or plain text. An HTML page (a proxy, a login form) is named as such, not repeated.
 */
export function serverWords(body: string): string {
  const text = body.slice(0, 64 * 1_024).trim();
  if (text === '') return '(no words)';
  if (text.startsWith('<')) return '(an HTML page)';
  try {
    return shown(wordsOf(JSON.parse(text)) ?? '(JSON without a message)');
  } catch {
    return shown(text);
  }
}
