/**
 * "Did you mean": the nearest of a few known words.
 */

/** Edit distance with transpositions (optimal string alignment); more than `most` comes back as `most + 1`. */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (beforeLast[j - 2] ?? 0) + 1);
      row.push(value);
      smallest = Math.min(smallest, value);
    }
    if (smallest > most) return most + 1;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length] ?? 0, most + 1);
}

/** The known word that somebody probably meant, by edit distance in lower case; `undefined` where none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = lower.length <= 3 ? 1 : lower.length <= 6 ? 2 : 3;
  bestDistance++;
  for (const candidate of known) {
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance - 1);
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** A help text where a known word only differs in how its letters are made, which nobody sees; `undefined` for none. */
export function inOtherCodePoints(word: string, known: readonly string[]): string | undefined {
  const normal = word.normalize("NFC");
  const same = known.find((other) => other !== word && other.normalize("NFC") === normal);
  return same === undefined
    ? undefined
    : `copy \`${same}\` from where it is defined: the same letters are of other code points there`;
}

/** The end of a help text: the nearest word, else all that is allowed (cut after `most`). */
export function didYouMean(word: string, known: readonly string[], most = 20): string {
  const same = inOtherCodePoints(word, known);
  if (same !== undefined) return same;
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  if (known.length === 0) return "none is defined";
  const listed = known
    .slice(0, most)
    .map((name) => `\`${name}\``)
    .join(", ");
  return known.length > most ? `known are ${listed} and ${known.length - most} more` : `known are ${listed}`;
}
