import * as assert from "uvu/assert";
import { applySuppressions } from "../../src/check/suppress.ts";
import type { SuppressionComment } from "../../src/check/suppress.ts";
import { judge } from "../../src/check/judge.ts";
import type { Diagnostic } from "../../src/diagnostic.ts";
import { describe } from "../describe.ts";

const FILE = "targets/a.yml";
const FOUND: Diagnostic = {
  code: "label/near-miss-name",
  severity: "warning",
  message: "x",
  where: { file: FILE, path: [2] },
};

function about(rules: readonly string[], more: Partial<SuppressionComment> = {}, isComplete = true): Diagnostic[] {
  const comment = { line: 1, range: [0, 20] as const, rules, reason: "known", isAlone: true, ...more };
  const suppressing = { suppressions: new Map([[FILE, [comment]]]), lineOf: () => 2, today: "2026-11-26", isComplete };
  return applySuppressions([FOUND], suppressing).about.filter(({ code }) => code === "meta/unused-ignore");
}

describe("meta/unused-ignore", (it) => {
  it("finds a rule that finds nothing there, at the comment", () => {
    const [first, ...others] = about(["label/near-miss-name", "address/suspicious-port"]);
    assert.equal(
      [first?.code, first?.severity, first?.where],
      ["meta/unused-ignore", "warning", { file: FILE, path: [], range: [0, 20] }],
    );
    assert.match(first?.message ?? "", "`address/suspicious-port`");
    assert.equal(others, []);
  });

  it("finds a rule that does not exist, and says which one was meant", () => {
    const [first] = about(["label/near-mis-name"]);
    assert.match(first?.help ?? "", "`label/near-miss-name`");
    assert.is(about(["nonsense"]).length, 1);
  });

  it("finds a locked rule, which cannot be silenced, and a rule about comments", () => {
    assert.match(about(["label/reserved"])[0]?.message ?? "", "cannot be silenced");
    assert.is(about(["meta/unused-ignore"]).length, 1);
  });

  it("a locked rule's warning can be silenced, its error cannot", () => {
    const comment = { line: 1, range: [0, 20] as const, rules: ["address/scheme"], reason: "known", isAlone: true };
    const suppressing = { suppressions: new Map([[FILE, [comment]]]), lineOf: () => 2, today: "2026-11-26" };
    const warning: Diagnostic = { ...FOUND, code: "address/scheme" };
    assert.equal(applySuppressions([warning], suppressing), { kept: [], about: [] });
    const error: Diagnostic = { ...warning, severity: "error" };
    const result = applySuppressions([error], suppressing);
    assert.equal([result.kept, result.about.map(({ code }) => code)], [[error], ["meta/unused-ignore"]]);
  });

  it("finds a comment without a rule", () => {
    assert.is(about([]).length, 1);
  });

  it("a comment that is used is fine, however often it is", () => {
    assert.equal(about(["label/near-miss-name"]), []);
    assert.equal(about(["label/near-miss-name", "label/near-miss-name"]), []);
  });

  it("of two comments for one finding, the second is unused", () => {
    const one = { line: 1, range: [0, 20] as const, rules: [FOUND.code], reason: "known", isAlone: true };
    const two = { ...one, line: 2, range: [30, 50] as const, isAlone: false };
    const result = applySuppressions([FOUND], {
      suppressions: new Map([[FILE, [one, two]]]),
      lineOf: () => 2,
      today: "2026-11-26",
    });
    assert.equal(result.kept, []);
    assert.equal(
      result.about.map(({ where }) => where.range?.[0]),
      [30],
    );
  });

  it("what does not hold is not called unused, too: no reason, expired", () => {
    assert.equal(
      about(["address/path"], { until: "2020-01-01" }).filter(({ message }) => message.includes("finds nothing")),
      [],
    );
    const { about: all } = applySuppressions([], {
      suppressions: new Map([
        [FILE, [{ line: 1, range: [0, 9] as const, rules: ["label/required", "because", "of", "it"], isAlone: true }]],
      ]),
      lineOf: () => 2,
      today: "2026-11-26",
    });
    assert.equal(
      all.map(({ code }) => code),
      ["meta/ignore-without-reason"],
    );
  });

  it("while a file cannot be read, nothing is called unused; a misspelt rule still is", () => {
    assert.equal(about(["address/suspicious-port"], {}, false), []);
    assert.is(about(["address/suspicous-port"], {}, false).length, 1);
  });

  it("its severity is set like any other's", () => {
    const settle = (setting: string): (string | undefined)[] =>
      judge({
        diagnostics: [],
        config: { lint: { "meta/unused-ignore": setting }, overrides: [] },
        suppressions: new Map([
          [FILE, [{ line: 1, range: [0, 20] as const, rules: ["label/required"], reason: "known", isAlone: true }]],
        ]),
        lineOf: () => undefined,
        spotOf: String,
        matches: () => false,
        today: "2026-11-26",
      }).map(({ severity }) => severity);
    assert.equal(settle("error"), ["error"]);
    assert.equal(settle("off"), []);
  });
});
