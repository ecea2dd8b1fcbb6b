import * as assert from "uvu/assert";
import { groupBy } from "../../src/model/group-by.ts";
import { describe } from "../describe.ts";

describe("groupBy", (it) => {
  it("keeps the order of things, and of what comes first of each group", () => {
    const groups = groupBy(["b1", "a1", "b2", "a2", "c1"], (text) => text.charAt(0));
    assert.equal(
      [...groups],
      [
        ["b", ["b1", "b2"]],
        ["a", ["a1", "a2"]],
        ["c", ["c1"]],
      ],
    );
    assert.equal([...groupBy([], String)], []);
  });

  it("tells objects apart that are alike", () => {
    const [one, other] = [{ name: "x" }, { name: "x" }];
    assert.is(groupBy([one, other, one], (thing) => thing).size, 2);
  });
});
