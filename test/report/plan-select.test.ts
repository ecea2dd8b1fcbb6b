import * as assert from "uvu/assert";
import { selectTargets } from "../../src/report/plan-select.ts";
import { describe } from "../describe.ts";
import { hosts } from "../plan/sides.ts";
import { documentOf } from "./plans.ts";

const { groups } = documentOf(
  { a: [[{ project: "x" }, hosts(4)]], b: [[{ project: "y" }, hosts(30, 50)]], c: [[{ project: "z" }, hosts(1, 99)]] },
  {
    a: [[{ project: "x" }, [...hosts(4), ...hosts(30, 10)]]],
    b: [[{ project: "y" }, hosts(25, 50)]],
    c: [[{ project: "z", env: "x" }, hosts(1, 99)]],
  },
);

function select(perGroup: number, total: number): [unknown, unknown] {
  const { shown, hidden } = selectTargets(groups, perGroup, total);
  return [[...shown].map(([{ op, shard }, count]) => `${op} ${shard} ${count}`), Object.fromEntries(hidden)];
}

describe("plan select", (it) => {
  it("shows everything where there is room", () => {
    assert.equal(select(100, 100), [["remove b 5", "relabel c 1", "add a 30"], {}]);
  });

  it("shows the first of each group, and counts the others", () => {
    assert.equal(select(4, 100), [["remove b 4", "relabel c 1", "add a 4"], { remove: 1, add: 26 }]);
  });

  it("no removal hides behind additions", () => {
    assert.equal(select(100, 6), [["remove b 5", "relabel c 1"], { add: 30 }]);
    assert.equal(select(100, 3), [["remove b 3"], { remove: 2, relabel: 1, add: 30 }]);
  });
});
