/**
 * The known word that was probably meant: one begins with the other, or at most a third of the letters are wrong
 * (insert, delete, replace, swap of neighbours). Undefined when nothing is near, because a wild guess misleads.
 */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  const written = word.toLowerCase().slice(0, 64);
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceOf(written, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, distance }) =>
        distance <= Math.max(1, Math.floor(Math.max(candidate.length, written.length) / 3)),
    )
    .toSorted((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** `, did you mean "x"?` or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const closest = closestWord(word, known);
  return closest === undefined ? '' : `, did you mean "${closest}"?`;
}

/** One word that begins with the other (`token`, `tokenFile`) counts as one mistake. */
function distanceOf(written: string, candidate: string): number {
  const shorter = Math.min(written.length, candidate.length);
  if (shorter >= 3 && (written.startsWith(candidate) || candidate.startsWith(written)))
    return Math.min(1, Math.abs(written.length - candidate.length));
  return editDistance(written, candidate);
}

/** Optimal string alignment: Levenshtein, and a swap of two neighbours counts once. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (last[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? (beforeLast[column - 2] ?? Infinity) + 1
          : Infinity;
      current.push(Math.min(replaced, swapped, (last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
