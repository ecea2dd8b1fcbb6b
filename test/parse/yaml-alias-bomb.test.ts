import * as assert from "uvu/assert";
import { MAX_FILE_BYTES } from "../../src/parse/decode.ts";
import { parseFile } from "../../src/parse/parse.ts";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, found, parse } from "./findings.ts";

const ERROR = "error yaml/alias-bomb";

/** Ten times the one before, so many times over. */
function laughs(levels: number): string {
  const lines = ["a0: &a0 [lol]\n"];
  for (let level = 1; level <= levels; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]\n`);
  }
  return lines.join("");
}

describe("yaml/alias-bomb", (it) => {
  it("refuses aliases that stand for too much", () => {
    const { documents, diagnostics, isComplete } = parse(laughs(9));
    assert.equal(documents, []);
    assert.not.ok(isComplete);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    assert.equal(
      errors.map(({ code, where }) => `${code} ${laughs(9).slice(...(where.range ?? [0, 0]))}`),
      ["yaml/alias-bomb *a4"],
    );
  });

  it("refuses an alias of what it stands in", () => {
    const { documents } = assertFindings("a: &x\n  b: «*x»\n  c: d\n", ERROR);
    assert.equal(documents, [{ a: { b: null, c: "d" } }]);
    assertFindings("- &x [ [ «*x» ] ]\n", ERROR);
  });

  it("refuses lists and maps that are nested too deep, and points to the first that is", () => {
    assertFindings(`${"[".repeat(100)}«[»${"]".repeat(101)}\n`, ERROR);
    assertFindings(`«[»${"[".repeat(100_000)}\n`, ERROR);
    assertFindings(`${"{a: ".repeat(100)}«{»a: b${"}".repeat(101)}\n`, ERROR);
    assert.is(found(`${"- ".repeat(150)}a\n`).length, 1);
    const lines = Array.from({ length: 10_000 }, (_, level) => `${" ".repeat(level)}a:\n`);
    assert.is(found(lines.join("")).length, 1);
  });

  it("refuses a file that is too large, without reading it", () => {
    const { documents, diagnostics } = parseFile("f.yml", new Uint8Array(MAX_FILE_BYTES + 1));
    assert.equal(documents, []);
    assert.equal(
      diagnostics.map(({ severity, code, where }) => `${severity} ${code} ${where.path.length}`),
      [`${ERROR} 0`],
    );
  });

  it("is content with some aliases, and some depth", () => {
    assert.equal(
      parse(laughs(3)).diagnostics.filter(({ severity }) => severity === "error"),
      [],
    );
    assertReads(`${"[".repeat(90)}${"]".repeat(90)}\n`, JSON.parse(`${"[".repeat(90)}${"]".repeat(90)}`));
    assertReads(`a: "${"[".repeat(1000)}"\n`, { a: "[".repeat(1000) });
    assertReads(`a:\n${" ".repeat(300)}b\n`, { a: "b" });
  });
});
