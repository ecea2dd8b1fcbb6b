import * as assert from "uvu/assert";
import { mend, mistakeBefore } from "../../src/parse/mended.ts";
import type { Edit, Mistake } from "../../src/parse/mistake.ts";
import { describe } from "../describe.ts";
import { assertFindings, parse } from "./findings.ts";

const ERROR = "error yaml/syntax";

function withEdits(...edits: readonly Edit[]): Mistake {
  return { message: "m", range: [0, 1], help: "h", edits };
}

describe("parse: a text that is mended", (it) => {
  it("has all changes, whatever their order, and knows its places in the text before", () => {
    const second = withEdits({ range: [6, 7], text: "" });
    const first = withEdits({ range: [1, 2], text: "---" }, { range: [4, 4], text: "- " });
    const { text, placeBefore } = mend("ab cdefgh", [second, first]);
    assert.is(text, "a--- c- degh");
    const places = Array.from(text, (_, offset) => placeBefore(offset));
    assert.equal(places, [0, 1, 2, 2, 2, 3, 4, 4, 4, 5, 7, 8]);
    assert.is(placeBefore(text.length), 9);
  });

  it("has the first of two changes of one place", () => {
    const { text } = mend("abc", [withEdits({ range: [0, 2], text: "x" }), withEdits({ range: [1, 3], text: "y" })]);
    assert.is(text, "xc");
    assert.is(mend("abc", [{ message: "m", range: [0, 1], help: "h" }]).text, "abc");
  });

  it("gives mistakes with all their places", () => {
    const related = [{ range: [3, 4], note: "n" }] as const;
    const before = mistakeBefore({ message: "m", range: [1, 2], help: "h", related }, (offset) => offset * 10);
    assert.equal(
      [before.range, before.related?.[0]?.range],
      [
        [10, 20],
        [30, 40],
      ],
    );
  });
});

describe("parse: what is wrong beside a mistake that is mended", (it) => {
  it("is told at its place, and what follows from the mistake is not", () => {
    const list = "\n- a\n- { host: b, labels: { c: d } }\n";
    assertFindings(`farm: x\n«hosts=»${list}source: «@e»\n`, ERROR, ERROR);
    assertFindings(
      `«// x»\nfarm: y\n«—»\nfarm: x\n«hosts=»${list}source: «@e»\nlabels: {}\n`,
      ERROR,
      ERROR,
      ERROR,
      ERROR,
    );
  });

  it("is told of a few lines at a time, where each hides the next one, and of fewer in a large file", () => {
    const list = `hosts:\n  - a\n${"  -b\n".repeat(50)}  - { host: c, labels: { d: e } }\n`;
    const count = (size: number): number => parse(`${list}source: |\n${"  x\n".repeat(size / 4)}`).diagnostics.length;
    const [few, fewer, one] = [count(0), count(250_000), count(1_000_000)];
    assert.ok(few < 50 && few > fewer && fewer > one, `${few}, ${fewer}, ${one}`);
    assert.is(one, 1);
  });
});
