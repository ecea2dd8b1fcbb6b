import * as assert from "uvu/assert";
import { tableLines } from "../../src/report/table.ts";
import { describe } from "../describe.ts";

describe("table", (it) => {
  it("makes columns as wide as what stands in them, on the terminal", () => {
    assert.equal(
      tableLines([
        ["a", "bbb", "c"],
        ["東京", "b", ""],
      ]),
      ["a     bbb  c", "東京  b"],
    );
    assert.equal(tableLines([]), []);
  });

  it("does not count colour as width", () => {
    const red = (cell: string, row: number): string => (row === 1 ? `\u001B[31m${cell}\u001B[39m` : cell);
    assert.equal(
      tableLines(
        [
          ["aa", "b"],
          ["c", "d"],
        ],
        red,
      ),
      ["aa  b", "\u001B[31mc\u001B[39m   \u001B[31md\u001B[39m"],
    );
  });
});
