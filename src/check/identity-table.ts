/**
 * Finds equal texts among a million without keeping them: a hash table of 64-bit hashes over one typed array. Few texts go
 * into a map instead, which V8 has as machine code: a run is over before it has compiled the hashing of them.
 */
import { HOST_SEPARATOR } from "../model/plain-hosts.ts";

const FIRST_SEED = 0x811c9dc5 | 0;
const SECOND_SEED = 0x9e3779b9 | 0;

const SEPARATOR = HOST_SEPARATOR.charCodeAt(0);
const NO_SEPARATOR = -1;

/** Texts, up to which a map of them takes less memory than matters. */
const FEW = 20_000;

/**
 * Open addressing over pairs: number of a text plus one, and its second hash. A pair lies in one cache line, which is what
 * a lookup costs.
 */
export class IdentityTable {
  /** First number of a hash → all numbers of it, in the order in which they were added. Nearly always equal texts. */
  readonly collisions = new Map<number, number[]>();
  /** Text → its first number, where there are few. */
  readonly #firsts: Map<string, number> | undefined;
  readonly #pairs: Int32Array;
  /** A text, or the texts of a list. */
  #bytes = Buffer.allocUnsafe(1 << 12);
  readonly #mask: number;

  /** @param total how many texts will be added at most */
  constructor(total: number) {
    this.#firsts = total <= FEW ? new Map() : undefined;
    const size = this.#firsts === undefined ? 2 ** Math.ceil(Math.log2(Math.max(16, total * 1.5))) : 0;
    this.#pairs = new Int32Array(size * 2);
    this.#mask = size - 1;
  }

  /** Adds a text. `number` is its own, not negative and below 2³¹ - 1. */
  add(text: string, number: number): void {
    if (this.#firsts === undefined) this.#addParts(text, NO_SEPARATOR, number);
    else this.#addText(this.#firsts, text, number);
  }

  /** Adds each part of a text between `HOST_SEPARATOR`s, without making strings of them; numbers count up from `number`. */
  addAll(text: string, number: number): void {
    let next = number;
    if (this.#firsts === undefined) this.#addParts(text, SEPARATOR, number);
    else for (const part of text.split(HOST_SEPARATOR)) this.#addText(this.#firsts, part, next++);
  }

  #addText(firsts: Map<string, number>, text: string, number: number): void {
    const held = firsts.get(text);
    if (held === undefined) firsts.set(text, number);
    else this.#collide(held, number);
  }

  #addParts(text: string, separator: number, number: number): void {
    if (this.#bytes.length < text.length) this.#bytes = Buffer.allocUnsafe(text.length * 2);
    const bytes = this.#bytes;
    // Of each character the low byte: nearly all is ASCII, and what has one hash is compared.
    const end = bytes.write(text, "latin1");
    let next = number;
    for (let at = 0; at <= end; at++) {
      let first = FIRST_SEED;
      let second = SECOND_SEED;
      // Two bytes at a time, which takes half of the time.
      for (let low = 0; at < end && (low = bytes[at] ?? 0) !== separator; at++) {
        let word = low;
        if (at + 1 < end && bytes[at + 1] !== separator) word |= (bytes[++at] ?? 0) << 8;
        // FNV-1a, and a hash that brings high bits down again on the way: no two texts are likely to fool both.
        first = Math.imul(first ^ word, 0x01000193);
        second = Math.imul(second + word, 0x85ebca6b);
        second ^= second >>> 13;
      }
      // FNV's low bits, which choose the slot, depend on the low bits of the text alone.
      this.#insert(finalize(first), second, next++);
    }
  }

  #insert(first: number, second: number, number: number): void {
    const pairs = this.#pairs;
    let slot = first & this.#mask;
    for (;;) {
      const held = pairs[slot * 2] ?? 0;
      if (held === 0) {
        pairs[slot * 2] = number + 1;
        pairs[slot * 2 + 1] = second;
        return;
      }
      // Equal hashes start at the same slot and pass the same pairs, so that they always end at the same one.
      if (pairs[slot * 2 + 1] === second) {
        this.#collide(held - 1, number);
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #collide(held: number, number: number): void {
    const same = this.collisions.get(held);
    if (same === undefined) this.collisions.set(held, [held, number]);
    else same.push(number);
  }
}

/** MurmurHash3's finalizer: every bit reaches every bit of the result. */
function finalize(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
