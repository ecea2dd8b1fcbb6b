import * as assert from "uvu/assert";
import { beforeRemark } from "../../src/model/remark.ts";
import { describe } from "../describe.ts";
import { startCpuWatch } from "../stopwatch.ts";

describe("model: a remark behind a value", (it) => {
  it("is one of another language, or without a space before its `#`", () => {
    for (const text of ["a b# c", "a b  # c", "a b // c", "a b /* c */", "a b -- c", "a b ; c", "a b  \t// c # d"])
      assert.is(beforeRemark(text), "a b", text);
  });

  it("is nothing that belongs to the value, and has a value before it", () => {
    for (const text of ["a", "", "a#b", "a#", "http://a", "a/b", "a--b", "a;b", "# a", " # a", "// a", " a # b"])
      assert.is(beforeRemark(text), undefined, text);
  });

  it("is looked for once in the text, however many spaces are in it", () => {
    const watch = startCpuWatch();
    const spaces = " ".repeat(1_000_000);
    assert.is(beforeRemark(`a${spaces}b`), undefined);
    assert.is(beforeRemark(`a${spaces}# b`), "a");
    assert.ok(watch() < 2000, `${watch()} ms`);
  });
});
