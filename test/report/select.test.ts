import * as assert from "uvu/assert";
import { selectFirst } from "../../src/report/select.ts";
import { describe } from "../describe.ts";
import { finding } from "./input.ts";

const at = (...path: (string | number)[]) => finding(path, { message: path.join("/") });

describe("select", (it) => {
  it("keeps the first of a rule in the order of the file, in whatever order they were reported", () => {
    const findings = [9, 2, 10, 0, 7].map((index) => at(0, "hosts", index));
    const { shown, hidden } = selectFirst(findings, 3);
    assert.equal(
      shown.map(({ message }) => message),
      ["0/hosts/0", "0/hosts/2", "0/hosts/7"],
    );
    assert.equal([...hidden], [["topology/duplicate-target", 2]]);
  });

  it("goes by file, then range, then document and route", () => {
    const named = (file: string) => finding({ file, path: [] }, { message: file });
    const ranged = (start: number) =>
      finding({ file: "b", path: [], range: [start, start + 1] }, { message: `b@${start}` });
    const routed = finding({ file: "b", path: [0] }, { message: "b/0" });
    const sorted = ["a", "0", "0/5", "0/x", "0/x/y", "1", "b@3", "b@12", "b@20", "b/0", "c"];
    const findings = [
      named("c"),
      routed,
      ranged(20),
      ranged(3),
      ranged(12),
      named("a"),
      at(1),
      at(0, "x"),
      at(0),
      at(0, "x", "y"),
      at(0, 5),
    ];
    // In whatever order they come, each is compared with others before and behind it.
    for (let turn = 0; turn < findings.length; turn++) {
      const turned = [...findings.slice(turn), ...findings.slice(0, turn)];
      for (const order of [turned, turned.toReversed()])
        assert.equal(
          selectFirst(order, 11).shown.map(({ message }) => message),
          sorted,
        );
    }
  });

  it("hides no error behind warnings of its rule", () => {
    const warnings = Array.from({ length: 30 }, (_, index) => finding([0, index], { severity: "warning" }));
    const { shown, hidden } = selectFirst([...warnings, finding([0, 99])], 20);
    assert.is(shown.length, 21);
    assert.ok(shown.some(({ severity }) => severity === "error"));
    assert.is(hidden.get("topology/duplicate-target"), 10);
  });

  it("hides nothing up to the limit", () => {
    const { shown, hidden } = selectFirst(
      Array.from({ length: 20 }, (_, index) => at(0, index)),
      20,
    );
    assert.is(shown.length, 20);
    assert.is(hidden.size, 0);
  });

  it("names rules in order", () => {
    const two = (code: string) => [finding([0], { code }), finding([1], { code })];
    assert.equal([...selectFirst([...two("b/b"), ...two("a/a")], 1).hidden.keys()], ["a/a", "b/b"]);
  });
});
