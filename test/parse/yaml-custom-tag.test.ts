import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, parse } from "./findings.ts";

const ERROR = "error yaml/custom-tag";

describe("yaml/custom-tag", (it) => {
  it("is all that is said of a line that is but a tag", () => {
    assertFindings("«!include» a.yml\nservice: b\n", ERROR);
    assertFindings("service: b\n«!include» a.yml\nowner: c\n", ERROR);
    assertFindings("projects:\n  - name: b\n    «!include» a.yml\n    farm: c\n", ERROR);
  });

  it("points to the tag", () => {
    const { isComplete } = assertFindings("a: «!include» f.yml\nb: c\n", ERROR);
    assert.not.ok(isComplete);
    assertFindings("«!!python/object:os.system» [ls]\n", ERROR);
    assertFindings("a: «!<tag:x.org,2020:y>» b\n", ERROR);
    assertFindings("a: «!»\n", ERROR);
  });

  it("finds those of YAML itself, on keys, in brackets, and next to an anchor", () => {
    assertFindings("a: «!!str» 1.10\n", ERROR);
    assertFindings("«!t» a: [ «!u» b, &c «!v» d ]\n", ERROR, ERROR, ERROR);
    assertFindings('a: «!!int» "x"\nb: «!!map» [c]\n', ERROR, ERROR);
  });

  it("leaves out what only another program knows, so that nobody else takes it for a value", () => {
    const { documents } = parse(
      "hosts: !include hosts.yml\nlabels: { a: !env A, b: !!str c }\nservers: [!x a, b]\nd: !y\n  - e\n",
    );
    assert.equal(documents, [{ labels: { b: "c" }, servers: [null, "b"], d: ["e"] }]);
  });

  it("says what to do about the common ones", () => {
    assert.match(parse("a: !include b\n").diagnostics[0]?.help ?? "", /every file/);
    assert.match(parse("a: !!str 1\n").diagnostics[0]?.help ?? "", /in quotes/);
  });

  it("is content with exclamation marks in text and comments", () => {
    assertReads("a: b!c # !d\ne: 'f !g'\nh: |\n  !i\nj: k !l\n", { a: "b!c", e: "f !g", h: "!i\n", j: "k !l" });
  });
});
