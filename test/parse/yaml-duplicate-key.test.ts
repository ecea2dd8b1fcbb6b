import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, relatedTo } from "./findings.ts";

const ERROR = "error yaml/duplicate-key";

describe("yaml/duplicate-key", (it) => {
  it("points to the second key, and to the first", () => {
    const { documents, isComplete } = assertFindings("owner: a\nshard: b\n«owner»: c\n", ERROR);
    assert.equal(documents, [{ owner: "a", shard: "b" }]);
    assert.not.ok(isComplete);
    assert.equal(relatedTo("x: 1\n'x': 2\n"), ["x"]);
  });

  it("finds it in brackets, in quotes, and below", () => {
    assertFindings('labels: { a: b, "«a»": c }\n', ERROR);
    assertFindings("projects:\n  - name: p\n    farm: f\n    «name»: q\n", ERROR);
    assertFindings("a: 1\n«a»: 2\n«a»: 3\n", ERROR, ERROR);
    assertFindings("a:\n«a»:\n", ERROR);
  });

  it("is content with the same key in another map or document", () => {
    assertReads("a: { b: 1 }\nb: { b: 2 }\n---\na: 3\n", { a: { b: 1 }, b: { b: 2 } }, { a: 3 });
    assertReads("hosts:\n  - { host: a }\n  - { host: b }\n", { hosts: [{ host: "a" }, { host: "b" }] });
    assert.equal(relatedTo("a: 1\nA: 2\n"), []);
  });

  it("takes no name of what every object has for a key that was given", () => {
    assertReads("constructor: a\ntoString: b\n", { constructor: "a", toString: "b" });
    assertFindings("constructor: a\n«constructor»: b\n", ERROR);
    const { documents } = assertFindings("__proto__: { x: 1 }\nlabels: { __proto__: a }\n");
    assert.equal(JSON.stringify(documents), '[{"__proto__":{"x":1},"labels":{"__proto__":"a"}}]');
  });
});
