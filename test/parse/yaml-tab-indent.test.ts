import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, found, parse } from "./findings.ts";

const ERROR = "error yaml/tab-indent";

describe("yaml/tab-indent", (it) => {
  it("points to the tab", () => {
    const { documents, isComplete } = assertFindings("service: a\nlabels:\n«\t»a: b\n", ERROR);
    assert.equal(documents, []);
    assert.not.ok(isComplete);
    assertFindings("hosts:\n  - a\n  «\t»- b\n", ERROR);
    assertFindings("projects:\n  - name: a\n«\t»farm: b\n", ERROR);
  });

  it("points to the first of several lines", () => {
    assert.is(found("labels:\n\ta: b\n\tc: d\n\te: f\n").length, 1);
    assertFindings("hosts: [\n«\t»a,\n\tb\n]\n", ERROR);
  });

  it("points to a tab behind spaces, whatever column the line would stand in", () => {
    assertFindings("projects:\n  - name: a\n  «\t»farm: b\n    exporters: [c]\n", ERROR);
    assertFindings("projects:\n  - name: a\n  «\t»farm: b\n  \texporters: [c]\n", ERROR);
    assertFindings("a:\n    b: 1\n  «\t»c\nd: 3\n", ERROR);
    assertFindings("hosts:\n    - a\n  «\t»- b\n", ERROR);
  });

  it("names the line and the column", () => {
    assert.match(parse("hosts:\n  - a\n  \t- b\n").diagnostics[0]?.message ?? "", /`- b`.*column 3/);
  });

  it("is content with tabs that indent nothing", () => {
    assert.equal(found("a:\tb\n"), []);
    assertReads("a: b\t# c\n\nd: [e,\tf]\n", { a: "b", d: ["e", "f"] });
    assertReads('a: "b\tc"\n', { a: "b\tc" });
  });
});
