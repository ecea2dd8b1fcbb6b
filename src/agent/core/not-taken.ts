/**
 * What is remembered of offers that are not taken, by the SHA-256 of their SHA256SUMS, so that no file of theirs is fetched
 * again. Mirrors may offer different ones: the first is what the run ends with, and people are told of.
 */

interface Entry {
  readonly sums?: string;
}

/** The first, with those that other sources offered. */
export type NotTaken<T extends Entry> = T & { readonly others?: readonly T[] };

/** What is remembered of an offer. */
export function recall<T extends Entry>(memory: NotTaken<T> | undefined, sums: string): T | undefined {
  return listOf(memory).find((entry) => entry.sums === sums);
}

/** Adds an offer, or what is new about it. */
export function remember<T extends Entry>(memory: NotTaken<T> | undefined, entry: T): NotTaken<T> {
  return ofList([entry, ...listOf(memory).filter(({ sums }) => sums !== entry.sums)]) ?? entry;
}

/** Those that were offered again, in the order of the sources: the very same where nothing changed, undefined where none was. */
export function stillOffered<T extends Entry>(
  memory: NotTaken<T> | undefined,
  offered: readonly string[],
): NotTaken<T> | undefined {
  const placeOf = ({ sums }: Entry): number => offered.indexOf(sums ?? "");
  const all = listOf(memory);
  const list = all.filter((entry) => placeOf(entry) >= 0).sort((a, b) => placeOf(a) - placeOf(b));
  return list.length === all.length && list.every((entry, index) => entry === all[index]) ? memory : ofList(list);
}

/** Those that are wanted, as they are to be remembered: the very same where nothing changed, undefined where there are none. */
export function onlyThose<T extends Entry>(
  memory: NotTaken<T> | undefined,
  pick: (entry: T) => T | undefined,
): NotTaken<T> | undefined {
  const all = listOf(memory);
  const list = all.flatMap((entry) => pick(entry) ?? []);
  return list.length === all.length && list.every((entry, index) => entry === all[index]) ? memory : ofList(list);
}

/** All of them, the first one first. */
export function listOf<T extends Entry>(memory: NotTaken<T> | undefined): T[] {
  if (memory === undefined) return [];
  const { others = [], ...first } = memory;
  // Without `others` it is an entry, which TypeScript does not see.
  return [first as unknown as T, ...others];
}

function ofList<T extends Entry>([first, ...others]: readonly T[]): NotTaken<T> | undefined {
  if (first === undefined) return undefined;
  return others.length === 0 ? first : { ...first, others };
}
