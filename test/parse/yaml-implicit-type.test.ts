import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, found, parse } from "./findings.ts";

const WARNING = "warning yaml/implicit-type";

describe("yaml/implicit-type", (it) => {
  it("warns of labels and params that YAML reads as another value, and keeps their text", () => {
    const { documents, isComplete } = assertFindings(
      "labels:\n  version: «1.10»\n  id: «007»\n  sha: «1234e10»\n  big: «12345678901234567890»\n  hex: «0x1F»\n",
      ...Array.from({ length: 5 }, () => WARNING),
    );
    assert.equal(documents, [
      { labels: { version: "1.10", id: "007", sha: "1234e10", big: "12345678901234567890", hex: "0x1F" } },
    ]);
    assert.ok(isComplete);
    assertFindings(
      "params: { a: «+1», b: «True», c: «.5», d: «.inf», e: «-0», f: [«1.0»] }\n",
      ...Array.from({ length: 6 }, () => WARNING),
    );
  });

  it("says what YAML makes of it", () => {
    assert.match(parse("labels: { a: 1.10 }\n").diagnostics[0]?.message ?? "", /`1\.10`.*number 1\.1 /);
    assert.match(parse("labels: { a: TRUE }\n").diagnostics[0]?.message ?? "", /boolean true /);
  });

  it("is content with what comes back as it was written", () => {
    assertReads("labels: { a: 1, b: 1.5, c: true, d: '1.10', e: \"007\", f: 1.2.3, g: 10.0.0.1, h: v1.10 }\n", {
      labels: { a: "1", b: "1.5", c: "true", d: "1.10", e: "007", f: "1.2.3", g: "10.0.0.1", h: "v1.10" },
    });
    assert.equal(found("labels:\n  a: e10\n  b: 0b11x\n  c: -x\n"), []);
  });

  it("warns elsewhere of what is no plain decimal, which stays text here and is a number to others", () => {
    const { documents } = assertFindings(
      "job: «007»\nshard: [«1e3», a]\nservers:\n  - «0x1F»\n  - «12345678901234567890»\n  - «10000000000000000»\n",
      ...Array.from({ length: 5 }, () => WARNING),
    );
    const servers = ["0x1F", "12345678901234567890", "10000000000000000"];
    assert.equal(documents, [{ job: "007", shard: ["1e3", "a"], servers }]);
    assertReads(
      "port: 8080\nlimits: { targets: 1.10 }\na: 10.1.2.3\nb: True\nc: '007'\nlabels: { d: 10000000000000000 }\n",
      {
        port: 8080,
        limits: { targets: 1.1 },
        a: "10.1.2.3",
        b: true,
        c: "007",
        labels: { d: "10000000000000000" },
      },
    );
  });
});
