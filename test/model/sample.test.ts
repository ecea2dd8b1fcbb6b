import * as assert from "uvu/assert";
import { readSample } from "../../src/model/sample.ts";
import { describe } from "../describe.ts";

describe("sample", (it) => {
  it("has a name, labels and a value", () => {
    assert.equal(readSample("up 1"), { name: "up", labels: {}, value: 1 });
    assert.equal(readSample("up{} -1.5e3 1700000000000"), { name: "up", labels: {}, value: -1500 });
    assert.equal(readSample(String.raw`up{a="x\"y\\z\n,}",b="=", } 0`), {
      name: "up",
      labels: { a: 'x"y\\z\n,}', b: "=" },
      value: 0,
    });
  });

  it("is no comment, nothing cut off, and no value that is no number", () => {
    for (const line of ["", "# HELP up x", "up", "up NaN", 'up{a="b" 1', 'up{a="b}', "up{a=b} 1", "up x", "<html>"])
      assert.is(readSample(line), undefined, line);
  });
});
