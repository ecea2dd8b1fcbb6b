/** Servers are many: some are asked at once, and one that does not answer keeps no other waiting. */
const AT_ONCE = 64;

/** Does something with each item, with so many at once. @returns what came of it, in the order of the items */
export async function eachAtOnce<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  // They share the iterator: each takes what is next.
  const work = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
  return results;
}
