/** Many different numbers in little memory. */
const SMALLEST = 1024;
/** Up to here a table grows by more: moving few numbers is what costs then. */
const SMALL = 1 << 16;

/** A hash table with open addresses. The numbers are hashes themselves, so their low bits say where they belong. */
export class IdentitySet {
  /** Each number plus 1; 0 where nothing is. */
  #slots = new Float64Array(SMALLEST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param number whole, from 0 to 2^53 - 1 */
  add(number: number): void {
    const slots = this.#slots;
    const at = slotOf(slots, number + 1);
    if (slots[at] !== 0) return;
    slots[at] = number + 1;
    if (++this.#size * 3 > slots.length * 2) this.#grow();
  }

  has(number: number): boolean {
    return this.#slots[slotOf(this.#slots, number + 1)] !== 0;
  }

  /** How many of these numbers another set does not have. */
  countMissingIn(other: IdentitySet): number {
    let missing = 0;
    const slots = this.#slots;
    for (let at = 0; at < slots.length; at++) {
      const one = slots[at] ?? 0;
      if (one !== 0 && !other.has(one - 1)) missing++;
    }
    return missing;
  }

  #grow(): void {
    const { length } = this.#slots;
    const slots = new Float64Array(length * (length < SMALL ? 16 : 2));
    for (let at = 0; at < length; at++) {
      const one = this.#slots[at] ?? 0;
      if (one !== 0) slots[slotOf(slots, one)] = one;
    }
    this.#slots = slots;
  }
}

/** Where it lies, or where it would. */
function slotOf(slots: Float64Array, one: number): number {
  const mask = slots.length - 1;
  let at = one & mask;
  while (slots[at] !== 0 && slots[at] !== one) at = (at + 1) & mask;
  return at;
}
