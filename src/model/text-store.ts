/**
 * Long texts that stay for the whole run. V8 moves what is young twice before it leaves it in place, and the hosts of a
 * million targets are most of what an inventory holds: they are copied once, into pages that it does not move.
 */

/** Characters of a page, which is one text: from about this length on, Node keeps the text outside of V8's heap. */
const PAGE = 1 << 20;

/** A text that is kept, made again for whoever asks. */
export class KeptText {
  readonly #page: Page;
  readonly #start: number;
  readonly #end: number;

  constructor(page: Page, start: number, end: number) {
    this.#page = page;
    this.#start = start;
    this.#end = end;
  }

  get text(): string {
    const { written, text } = this.#page;
    return text === undefined ? written.toString("latin1", this.#start, this.#end) : text.slice(this.#start, this.#end);
  }
}

/** Texts, one behind the other. */
interface Page {
  /** Where they are until the page is full; then the next page is written there. */
  readonly written: Buffer;
  text: string | undefined;
}

/** Keeps texts. All that it gives out may be asked at any time. */
export class TextStore {
  #page: Page | undefined;
  #used = 0;

  /** @param text ASCII; Latin-1 at most */
  keep(text: string): KeptText {
    const page = this.#pageFor(text.length);
    const start = this.#used;
    this.#used += page.written.write(text, start, "latin1");
    return new KeptText(page, start, this.#used);
  }

  #pageFor(length: number): Page {
    const last = this.#page;
    if (last !== undefined && this.#used + length <= last.written.length) return last;
    if (last !== undefined) last.text = last.written.toString("latin1", 0, this.#used);
    this.#used = 0;
    const isReusable = last !== undefined && length <= last.written.length;
    const written = isReusable ? last.written : Buffer.allocUnsafeSlow(Math.max(PAGE, length));
    return (this.#page = { written, text: undefined });
  }
}
