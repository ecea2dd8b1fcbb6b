/** Many numbers in little memory. */
export class IdentityList {
  #numbers = new Float64Array(16);
  #length = 0;

  add(number: number): void {
    if (this.#length === this.#numbers.length) {
      const more = new Float64Array(this.#length * 2);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#numbers[this.#length++] = number;
  }

  /** All of them once, sorted. The list takes no more of them afterwards. */
  distinct(): Float64Array {
    const sorted = this.#numbers.subarray(0, this.#length).sort();
    let kept = 0;
    for (let at = 0; at < sorted.length; at++) {
      const number = sorted[at] ?? 0;
      if (kept === 0 || number !== sorted[kept - 1]) sorted[kept++] = number;
    }
    return sorted.subarray(0, kept);
  }
}

/** Sorted lists as one. */
export function merged(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all.sort();
}
