/** A text without secrets, and how many values were cut out of it. */
export interface Redacted {
  readonly text: string;
  readonly count: number;
}

const CUT = '[redacted]';

/** A key that names a secret: `password`, `DB_PASSWORD`, `apiKey`, `x-auth-token`, … */
const KEY =
  '[\\w.-]{0,60}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|authorization|cookie|session[-_]?id|dsn)[\\w.-]{0,60}';

interface Pattern {
  readonly find: RegExp;
  readonly put: string;
}

/**
 * Applied in this order. Each is linear on hostile text: no nested repetition, every repetition bounded or over one
 * class of characters that its successor excludes.
 */
const PATTERNS: readonly Pattern[] = [
  // Authorization headers, with or without the header's name.
  { find: /\b(bearer|basic)(\s+)[\w+/.~=-]{8,}/gi, put: `$1$2${CUT}` },
  // JSON Web Tokens.
  { find: /\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g, put: CUT },
  // The password of a URL's userinfo.
  { find: /(\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:@/]{0,200}:)[^\s@/]{1,500}(@)/gi, put: `$1${CUT}$2` },
  // Well-known shapes: AWS, GitHub, GitLab, Slack, Google.
  { find: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, put: CUT },
  {
    find: /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|AIza[\w-]{30,})/g,
    put: CUT,
  },
  // "key": "value", also with escaped quotes (JSON in a JSON string).
  {
    find: new RegExp(
      `(\\\\?["']${KEY}\\\\?["']\\s{0,4}:\\s{0,4}\\\\?["'])(?!\\[redacted\\])[^"'\\\\]{1,2000}`,
      'gi',
    ),
    put: `$1${CUT}`,
  },
  // key=value, key: value, --key value.
  {
    find: new RegExp(
      `(\\b${KEY}\\s{0,4}[=:]\\s{0,4}["']?)(?!\\[redacted\\]|bearer\\s|basic\\s)[^\\s"',;&}\\]]{1,2000}`,
      'gi',
    ),
    put: `$1${CUT}`,
  },
  { find: new RegExp(`(--${KEY}\\s{1,4})(?!\\[redacted\\])[^\\s"',;]{1,2000}`, 'gi'), put: `$1${CUT}` },
];

/** Longer lines are cut before they are searched: a log line is evidence, not an archive. */
const LINE_LENGTH_MAX = 4_000;

function redactLine(line: string): Redacted {
  let text = line.length <= LINE_LENGTH_MAX ? line : `${line.slice(0, LINE_LENGTH_MAX)}…`;
  let count = 0;
  for (const { find, put } of PATTERNS) {
    count += text.match(find)?.length ?? 0;
    text = text.replace(find, put);
  }
  return { text, count };
}

/** PEM blocks, also cut off ones. */
const PEM = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g;

/** Cuts secrets out of foreign text, by the name of their key and by known shapes. Line breaks stay. */
export function redact(text: string): Redacted {
  // Before the lines are taken apart: a key in PEM form has several.
  const blocks = text.match(PEM)?.length ?? 0;
  const lines = text.replace(PEM, CUT).split('\n').map(redactLine);
  return {
    text: lines.map((line) => line.text).join('\n'),
    count: lines.reduce((sum, line) => sum + line.count, blocks),
  };
}
