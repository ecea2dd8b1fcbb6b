import * as assert from "uvu/assert";
import { TextStore } from "../../src/model/text-store.ts";
import type { KeptText } from "../../src/model/text-store.ts";
import { describe } from "../describe.ts";

const PAGE = 1 << 20;

describe("TextStore", (it) => {
  it("gives every text again, in the page that is written and in full ones", () => {
    const store = new TextStore();
    const lengths = [1, 0, 300_000, 700_000, 100_000, PAGE, 1, PAGE + 1, 2 * PAGE, 5, PAGE - 5, 1, 900_000, 900_000, 7];
    const kept: [KeptText, string][] = [];
    for (const [index, length] of lengths.entries()) {
      const text = textOf(index, length);
      const one = store.keep(text);
      assert.ok(one.text === text, `text ${index} at once`);
      kept.push([one, text]);
      for (const [earlier, [{ text: again }, written]] of kept.entries())
        assert.ok(again === written, `text ${earlier} after ${index}`);
    }
  });

  it("keeps what several stores have apart", () => {
    const [one, other] = [new TextStore(), new TextStore()];
    const [a, b] = [one.keep("a".repeat(100)), other.keep("b".repeat(100))];
    assert.is(a.text, "a".repeat(100));
    assert.is(b.text, "b".repeat(100));
  });
});

/** Printable, and different for each index. */
function textOf(index: number, length: number): string {
  return Array.from({ length: Math.ceil(length / 10) }, (_, part) => `${index}-${part}`.padEnd(10, "~"))
    .join("")
    .slice(0, length);
}
