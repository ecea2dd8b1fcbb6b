import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { compareBytes, sortByBytes, sortTexts } from "../../src/render/byte-order.ts";
import { describe } from "../describe.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "utf8");
const byBytes = (texts: readonly string[]): string[] => [...texts].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));

/** Characters where the order of UTF-16 units and that of UTF-8 bytes part: above U+FFFF against U+E000 and above. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "b", "\u{10000}", "\u{10ffff}", "\ue000", "\uffff", "\ud7ff", "é", "\0"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
});

describe("the order of bytes", (it) => {
  it("puts U+E000 to U+FFFF before what is above, which UTF-16 does not", () => {
    assert.equal(sortTexts(["\u{1f680}", "\uffe5", "z", "\ue000", "日"]), ["z", "日", "\ue000", "\uffe5", "\u{1f680}"]);
    assert.equal(["\u{1f680}", "\uffe5"].sort(), ["\u{1f680}", "\uffe5"]);
    assert.ok(compareBytes("\u{1f680}", "\uffe5") > 0);
  });

  it("puts a text before those that begin with it", () => {
    assert.equal(sortTexts(["ab", "a", "", "a\0"]), ["", "a", "a\0", "ab"]);
  });

  it("is that of Buffer.compare for any texts", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.is(Math.sign(compareBytes(a, b)), Buffer.compare(bytes(a), bytes(b)));
      }),
    );
  });

  it("sorts like it for any lists, with texts alone and with items", () => {
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        assert.equal(sortTexts([...texts]), byBytes(texts));
        const items = sortByBytes(
          texts.map((name) => ({ name })),
          ({ name }) => name,
        );
        assert.equal(
          items.map(({ name }) => name),
          byBytes(texts),
        );
      }),
    );
  });

  it("does not depend on the language", () => {
    assert.equal(sortTexts(["b", "A", "ä", "a", "Z", "10", "9"]), ["10", "9", "A", "Z", "a", "b", "ä"]);
  });
});
