/** Many numbers in little memory, of which some come more than once. */
const SMALLEST = 1024;
/** Up to here a table grows by more: moving few numbers is what costs then. */
const SMALL = 1 << 16;
/** Part of the slots. A fuller table is searched for longer, an emptier one is kept and read again for longer. */
const FULLEST = 0.8;
/** Numbers that come again are the exception: of more of them nobody keeps count. */
const MOST_REPEATED = 10_000;

/** What a set can be made of again. */
export interface PackedSet {
  readonly size: number;
  readonly repeated: readonly (readonly [number: number, times: number])[];
  readonly slots: Float64Array<ArrayBuffer>;
}

/** A hash table with open addresses. The numbers are hashes themselves, so their low bits say where they belong. */
export class IdentitySet {
  /** Each number plus 1; 0 where nothing is. */
  #slots = new Float64Array(SMALLEST);
  #size = 0;
  /** How often numbers come beyond the first time; undefined where there are too many of them. */
  #repeated: Map<number, number> | undefined = new Map();

  get size(): number {
    return this.#size;
  }

  /** @param number whole, from 0 to 2^53 - 1 */
  add(number: number): void {
    const slots = this.#slots;
    const at = slotOf(slots, number + 1);
    if (slots[at] !== 0) return this.#repeat(number);
    slots[at] = number + 1;
    if (++this.#size > slots.length * FULLEST) this.#grow();
  }

  /** Takes a number back that was added once; false where it is not there, or nobody knows whether it is there again. */
  remove(number: number): boolean {
    const repeated = this.#repeated;
    if (repeated === undefined) return false;
    const again = repeated.get(number);
    if (again !== undefined) {
      if (again === 1) repeated.delete(number);
      else repeated.set(number, again - 1);
      return true;
    }
    const slots = this.#slots;
    const mask = slots.length - 1;
    let free = slotOf(slots, number + 1);
    if (slots[free] === 0) return false;
    this.#size--;
    // Whatever could have lain here but for this number moves up: a search ends at the first free slot.
    for (let at = (free + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const one = slots[at] ?? 0;
      if (((at - one) & mask) < ((at - free) & mask)) continue;
      slots[free] = one;
      free = at;
    }
    slots[free] = 0;
    return true;
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

  /** Undefined where it is not known how often each number was added. What is given is the set's own. */
  pack(): PackedSet | undefined {
    return this.#repeated && { size: this.#size, repeated: [...this.#repeated], slots: this.#slots };
  }

  static unpack({ size, repeated, slots }: PackedSet): IdentitySet {
    const set = new IdentitySet();
    set.#slots = slots;
    set.#size = size;
    set.#repeated = new Map(repeated);
    return set;
  }

  #repeat(number: number): void {
    this.#repeated?.set(number, (this.#repeated.get(number) ?? 0) + 1);
    if ((this.#repeated?.size ?? 0) > MOST_REPEATED) this.#repeated = undefined;
  }

  #grow(): void {
    const { length } = this.#slots;
    const slots = new Float64Array(length * (length < SMALL ? 4 : 2));
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
