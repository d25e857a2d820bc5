/**
 * Regular expressions of matchers run on text that strangers wrote, so they must not be able to run long
 * (threat T22). Accepted is the part of the syntax whose worst case can be counted: characters, classes, `.`,
 * `|`, groups, `? * + {n,m}` on one character, `?` and small counts on a group. The count below bounds the steps
 * of a backtracking engine on a text of `TEXT_MAX` characters.
 */

/** As long as the text that `domain/playbook.ts` tries a matcher on. */
const TEXT_MAX = 1_024;
const PATTERN_MAX = 1_024;
/** About five milliseconds of matching. `.*a.*` fits, `.*a.*b.*` does not. */
const STEPS_MAX = 5_000_000;
const GROUP_DEPTH_MAX = 5;

export type RegexVerdict =
  | { readonly kind: 'safe' }
  | { readonly kind: 'unsafe'; readonly message: string; readonly remedy: string };

/** In how many ways a part can match (`paths`), and how many steps it takes to try them all. */
interface Cost {
  readonly paths: number;
  readonly steps: number;
}

/** Ends the reading of a pattern that is outside the accepted part; never leaves this file. */
class Unsafe extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

const ONE: Cost = { paths: 1, steps: 1 };
const NOTHING: Cost = { paths: 1, steps: 0 };

/** Says whether a pattern (anchored at both ends, flags `su`) is safe to run on hostile text. */
export function judgeRegex(pattern: string): RegexVerdict {
  if (pattern.length > PATTERN_MAX) {
    return unsafe(
      `the pattern is longer than ${PATTERN_MAX} characters`,
      'split it over several entries of match',
    );
  }
  try {
    void new RegExp(`^(?:${pattern})$`, 'su');
    const { steps } = new PatternReader(pattern).read();
    if (steps <= STEPS_MAX) return { kind: 'safe' };
    return unsafe(
      'the pattern can take very long on some texts',
      'use at most two of * and +, or list the names: A|B|C',
    );
  } catch (error) {
    if (error instanceof Unsafe) return unsafe(error.message, error.remedy);
    if (error instanceof SyntaxError)
      return unsafe(
        'the pattern is not a regular expression',
        'look at its brackets and backslashes, or list the names: A|B|C',
      );
    throw error;
  }
}

function unsafe(message: string, remedy: string): RegexVerdict {
  return { kind: 'unsafe', message, remedy };
}

class PatternReader {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  read(): Cost {
    return this.#alternatives();
  }

  #alternatives(): Cost {
    let sum = this.#sequence();
    while (this.#take('|')) {
      const other = this.#sequence();
      sum = { paths: sum.paths + other.paths, steps: sum.steps + other.steps + 1 };
    }
    return sum;
  }

  #sequence(): Cost {
    let cost = NOTHING;
    while (this.#at < this.#pattern.length && !this.#sees('|') && !this.#sees(')'))
      cost = then(cost, this.#part());
    return cost;
  }

  #part(): Cost {
    const isGroup = this.#sees('(');
    const cost = isGroup ? this.#group() : this.#character();
    return this.#repeated(cost, isGroup);
  }

  #group(): Cost {
    this.#at += 1;
    if (this.#sees('?') && !this.#take('?:')) {
      throw new Unsafe('lookaround, named groups and flags are not accepted', 'write plain groups: (A|B)');
    }
    this.#depth += 1;
    if (this.#depth > GROUP_DEPTH_MAX)
      throw new Unsafe('groups are nested too deeply', 'list the names: A|B|C');
    const cost = this.#alternatives();
    this.#at += 1;
    this.#depth -= 1;
    return cost;
  }

  #character(): Cost {
    if (this.#take('[')) {
      while (!this.#take(']')) this.#at += this.#sees('\\') ? 2 : 1;
      return ONE;
    }
    if (this.#sees('\\')) return this.#escaped();
    if (this.#sees('^') || this.#sees('$'))
      throw new Unsafe('^ and $ are not needed', 'leave them out: the pattern matches the whole value');
    this.#at += 1;
    return ONE;
  }

  #escaped(): Cost {
    const escape =
      /^\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/su.exec(
        this.#pattern.slice(this.#at),
      )?.[0] ?? '\\';
    if (/^\\[1-9k]/.test(escape))
      throw new Unsafe('backreferences are not accepted', 'list the names: A|B|C');
    if (/^\\[bB]/.test(escape))
      throw new Unsafe(
        'word boundaries are not accepted',
        'leave them out: the pattern matches the whole value',
      );
    this.#at += escape.length;
    return ONE;
  }

  #repeated(cost: Cost, isGroup: boolean): Cost {
    const written = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(this.#pattern.slice(this.#at));
    if (written === null) return cost;
    this.#at += written[0].length;
    const { least, most } = bounds(written);
    if (isGroup && most > 1 && (most > 10 || least !== most)) {
      throw new Unsafe(
        'a group is repeated (a nested quantifier)',
        'repeat single characters or classes only: [a-z-]+',
      );
    }
    if (isGroup) return repeatedGroup(cost, least, most);
    return { paths: most - least + 1, steps: most };
  }

  #sees(text: string): boolean {
    return this.#pattern.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#sees(text)) return false;
    this.#at += text.length;
    return true;
  }
}

/** Everything that follows is tried again for each way in which the first part matched. */
function then(first: Cost, second: Cost): Cost {
  return { paths: first.paths * second.paths, steps: first.steps + first.paths * second.steps };
}

function repeatedGroup(cost: Cost, least: number, most: number): Cost {
  if (most <= 1) return { paths: cost.paths + (least === 0 ? 1 : 0), steps: cost.steps + 1 };
  return Array.from({ length: most }, () => cost).reduce(then, NOTHING);
}

function bounds(written: RegExpExecArray): { readonly least: number; readonly most: number } {
  const [text, least, comma, most] = written;
  if (text.startsWith('?')) return { least: 0, most: 1 };
  if (text.startsWith('*')) return { least: 0, most: TEXT_MAX };
  if (text.startsWith('+')) return { least: 1, most: TEXT_MAX };
  const from = Math.min(Number(least), TEXT_MAX);
  if (comma === undefined) return { least: from, most: from };
  return { least: from, most: most === '' ? TEXT_MAX : Math.min(Number(most), TEXT_MAX) };
}
