/** A text taken apart into its words, so that whole words are found without any regular expression of ours. */
export interface Words {
  /** All words in small letters, without anything between them. */
  readonly joined: string;
  /** Where in `joined` a word begins, and where one ends. */
  readonly starts: ReadonlySet<number>;
  readonly ends: ReadonlySet<number>;
}

/** Longer names than this are cut: no rule of the world has one, and the time to look stays bounded. */
const TEXT_MAX = 512;

/**
 * Takes `KubePodCrashLooping`, `kube_pod_status`, `cert-manager` or `Under-replicated partitions` apart. Letters and
 * digits count, whatever stands between them does not. A run of capitals is one word, without the capital that
 * begins the next one: `CNPGCluster` is `cnpg cluster`.
 */
export function wordsOf(text: string): Words {
  const starts = new Set<number>();
  const ends = new Set<number>();
  let joined = '';
  for (const match of text.slice(0, TEXT_MAX).matchAll(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g)) {
    starts.add(joined.length);
    joined += match[0].toLowerCase();
    ends.add(joined.length);
  }
  return { joined, starts, ends };
}

/**
 * Are all words of a term in the text? A term is one or more words with blanks between them; `crash-loop*` is one
 * word whose parts may stand apart in the text (`CrashLoop`, `crashlooping`), and `*` lets it go on.
 */
export function hasTerm(words: Words, term: string): boolean {
  return termAt(words, term) !== -1;
}

/** Where in `joined` the first word of such a term stands; -1 where not all of them are there. */
export function termAt(words: Words, term: string): number {
  const places = term.split(' ').map((word) => wordAt(words, word));
  return places.includes(-1) ? -1 : (places[0] ?? -1);
}

function wordAt({ joined, starts, ends }: Words, written: string): number {
  const goesOn = written.endsWith('*');
  const word = written.replaceAll(/[^a-z0-9]/g, '');
  if (word === '') return -1;
  for (let at = joined.indexOf(word); at !== -1; at = joined.indexOf(word, at + 1))
    if (starts.has(at) && (goesOn || ends.has(at + word.length))) return at;
  return -1;
}
