import * as assert from "uvu/assert";
import { formatResults } from "../../bench/table.ts";
import { describe } from "../describe.ts";

const results = new Map(
  Object.entries({
    "node -e 0": 0.1,
    "rival.py": 0.5,
    validate: 1,
    "validate, one file changed": 1.5,
    "plan, one file changed": 3,
  }).map(([name, seconds]) => [name, { seconds, cpu: seconds, resident: 1e6 }]),
);

describe("bench: tables", (it) => {
  it("compare a command with itself on the clean inventory, where it ran on that", () => {
    const [header = "", , ...rows] = formatResults(results, "markdown").split("\n");
    const cells = (row: string): string[] => row.split("|").map((cell) => cell.trim());
    const column = cells(header).indexOf("× clean");
    assert.equal(
      rows.map((row) => cells(row)[column]),
      ["", "", "", "1.50", ""],
    );
  });

  it("have no column for a program that did not run", () => {
    const others = new Map([...results].filter(([name]) => name !== "rival.py"));
    for (const format of ["text", "markdown"] as const) assert.not.match(formatResults(others, format), /NaN|× PY/);
  });
});
