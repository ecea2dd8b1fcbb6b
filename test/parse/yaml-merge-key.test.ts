import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads } from "./findings.ts";

const ERROR = "error yaml/merge-key";

describe("yaml/merge-key", (it) => {
  it("points to the key, and leaves it out", () => {
    const { documents, isComplete } = assertFindings("a: &b { c: d }\ne:\n  «<<»: *b\n  f: g\n", ERROR);
    assert.equal(documents, [{ a: { c: "d" }, e: { f: "g" } }]);
    assert.not.ok(isComplete);
  });

  it("finds it in brackets, with a map of its own, and more than once", () => {
    assertFindings("a: { «<<»: { b: c } }\n", ERROR);
    assertFindings("«<<»: { a: b }\n«<<»: { c: d }\n", ERROR, ERROR);
  });

  it("is content with a key in quotes, and with such text", () => {
    assertReads("'<<': a\nb: <<\nc: '<<: *x'\n", { "<<": "a", b: "<<", c: "<<: *x" });
    assertReads("<<<: a\n", { "<<<": "a" });
  });
});
