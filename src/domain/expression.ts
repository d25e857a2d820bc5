/** One `label="value"` of a selector, negative ones left out: they say what the rule is not about. */
export interface Selector {
  readonly label: string;
  readonly value: string;
}

/** What a rule's query is made of, as far as it tells what the rule is about. */
export interface Expression {
  readonly metrics: readonly string[];
  /** `absent`, `histogram_quantile`, `predict_linear`, …, in small letters. */
  readonly calls: readonly string[];
  readonly selectors: readonly Selector[];
}

/** No rule is longer; the rest of a longer text is not read. */
const QUERY_MAX = 32_768;
/** Of each kind; a rule with more is not told by them. */
const PARTS_MAX = 64;

const KEYWORDS: ReadonlySet<string> = new Set(
  'by without on ignoring group_left group_right and or unless bool offset atan2 inf nan start end'.split(
    ' ',
  ),
);
const GROUPING: ReadonlySet<string> = new Set('by without on ignoring group_left group_right'.split(' '));

/**
 * Comments, texts, names, numbers with their units, and single characters. A text that is not closed goes on to the
 * end, so that nothing is ever read twice.
 */
const TOKEN =
  /#[^\n]*|"(?:[^"\\]|\\.)*\\?(?:"|$)|'(?:[^'\\]|\\.)*\\?(?:'|$)|`[^`]*(?:`|$)|[a-zA-Z_:][a-zA-Z0-9_:.]*|[0-9][0-9a-zA-Z_.]*|=~|!~|!=|==|\S/gs;

/**
 * Reads PromQL (or LogQL) for its names. This is no parser: a text that is no query gives names that no catalogue
 * knows, and never an error.
 */
export function readExpression(query: string): Expression {
  const tokens = (query.slice(0, QUERY_MAX).match(TOKEN) ?? []).filter((token) => !token.startsWith('#'));
  const found = { metrics: new Set<string>(), calls: new Set<string>() };
  const selectors: Selector[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    if (token === '{') at = readSelectors(tokens, at, selectors, found.metrics);
    else if (token === '[') at = skipTo(tokens, at, ']');
    else if (isName(token)) at = readName(tokens, at, found);
  }
  return {
    metrics: [...found.metrics].slice(0, PARTS_MAX),
    calls: [...found.calls].slice(0, PARTS_MAX),
    selectors: selectors.slice(0, PARTS_MAX),
  };
}

const isName = (token: string): boolean => /^[a-zA-Z_:]/.test(token);

function skipTo(tokens: readonly string[], from: number, closing: string): number {
  const at = tokens.indexOf(closing, from);
  return at === -1 ? tokens.length : at;
}

function readName(
  tokens: readonly string[],
  at: number,
  found: { readonly metrics: Set<string>; readonly calls: Set<string> },
): number {
  const name = tokens[at] ?? '';
  const word = name.toLowerCase();
  const opens = tokens[at + 1] === '(';
  if (GROUPING.has(word)) return opens ? skipTo(tokens, at, ')') : at;
  if (KEYWORDS.has(word)) return at;
  if (opens || AGGREGATIONS.has(word)) found.calls.add(word);
  else found.metrics.add(name);
  return at;
}

/** These may be followed by `by (…)` instead of a parenthesis. */
const AGGREGATIONS: ReadonlySet<string> = new Set(
  'sum min max avg count group stddev stdvar topk bottomk quantile count_values'.split(' '),
);

function readSelectors(
  tokens: readonly string[],
  from: number,
  selectors: Selector[],
  metrics: Set<string>,
): number {
  const to = skipTo(tokens, from, '}');
  for (let at = from + 1; at < to; at += 1) {
    const [label, op, text] = [tokens[at] ?? '', tokens[at + 1], tokens[at + 2]];
    if ((op !== '=' && op !== '=~') || text === undefined || !isName(label)) continue;
    const value = text.slice(1, -1);
    if (label === '__name__') metrics.add(value);
    else selectors.push({ label, value });
    at += 2;
  }
  return to;
}
