import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, parse, relatedTo } from "./findings.ts";

const ERROR = "error yaml/anchor-alias";
const INFO = "info yaml/anchor-alias";

describe("yaml/anchor-alias", (it) => {
  it("refuses an alias that nothing defines, mostly a wildcard", () => {
    const { documents, isComplete } = assertFindings("hosts:\n  - «*.example.com:9100»\n  - a\n", ERROR);
    assert.equal(documents, [{ hosts: [null, "a"] }]);
    assert.not.ok(isComplete);
    assert.match(parse("- *.example.com\n").diagnostics[0]?.help ?? "", /quotes: "\*\.example\.com"/);
    assertFindings("hosts: [«*», a]\n", ERROR);
    assertFindings("owner: «&» \n", ERROR);
    assertFindings("«*a» : b\n", ERROR);
  });

  it("refuses an alias of what comes later, or stands in another document", () => {
    assertFindings("a: «*b»\nc: &b d\n", ERROR);
    assertFindings("a: &b c\n---\nd: «*b»\n", ERROR);
  });

  it("mentions one that is defined, and reads its value", () => {
    const { documents, isComplete } = assertFindings("a: &x [ b, c ]\nd: «*x»\ne: { f: «*x» }\n", INFO, INFO);
    assert.equal(documents, [{ a: ["b", "c"], d: ["b", "c"], e: { f: ["b", "c"] } }]);
    assert.ok(isComplete);
    assert.equal(relatedTo("a: &x [ b, c ]\nd: *x\n"), ["[ b, c ]"]);
  });

  it("reads the value that the name had last, of keys too", () => {
    const { documents } = parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n");
    assert.equal(documents, [{ a: 1, b: 1, c: 2, d: 2 }]);
    assert.equal(parse("&k a: b\nc: *k\n").documents, [{ a: "b", c: "a" }]);
    assert.equal(parse("- &a [&b 1]\n- &b 2\n- *a\n- *b\n").documents, [[[1], 2, [1], 2]]);
  });

  it("reports what is wrong in the value once, however often it is repeated", () => {
    assertFindings("labels: &l { a: «1.10» }\nb: { labels: «*l» }\n", "warning yaml/implicit-type", INFO);
  });

  it("is content with an anchor that nobody repeats, and with stars inside of text", () => {
    assertReads("a: &x b\nc: d*e & f\ng: '*h'\n", { a: "b", c: "d*e & f", g: "*h" });
  });
});
