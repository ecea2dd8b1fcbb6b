import * as assert from "uvu/assert";
import type { Diagnostic } from "../../src/diagnostic.ts";
import { findNew } from "../../src/report/new-findings.ts";
import type { Findings } from "../../src/report/new-findings.ts";
import { describe } from "../describe.ts";
import { finding } from "./input.ts";

function findings(text: string, ...diagnostics: readonly Diagnostic[]): Findings {
  return { diagnostics, textOf: () => text };
}

/** Messages of what is new, and how many are older. */
function sorted(now: Findings, before: Findings): string {
  const { fresh, older } = findNew(now, before);
  return [...fresh.map(({ message }) => message), older.length].join(" ");
}

describe("new findings", (it) => {
  const text = "a: 1\nb: 2\nc: 2\n";
  const at = (key: string, message: string): Diagnostic => finding([0, key], { message });

  it("are none where nothing changed, and all where nothing was found before", () => {
    const all = [at("a", "x"), at("b", "y"), finding([], { message: "z" })];
    assert.is(sorted(findings(text, ...all), findings(text, ...all.toReversed())), "3");
    assert.is(sorted(findings(text, ...all), findings(text)), "z x y 0");
    assert.is(sorted(findings(text), findings(text, ...all)), "0");
  });

  it("are not those whose line has moved or whose severity is another one", () => {
    const moved = findings(`# more\n${text}`, at("b", "x"), { ...at("a", "y"), severity: "warning" });
    assert.is(sorted(moved, findings(text, at("b", "x"), at("a", "y"))), "2");
  });

  it("are those whose line, message or file is another one", () => {
    const before = findings(text, at("a", "x"));
    assert.is(sorted(findings("a: 3\n", at("a", "x")), before), "x 0");
    assert.is(sorted(findings(text, at("a", "y")), before), "y 0");
    assert.is(sorted(findings(text, finding({ file: "b.yml", path: [0, "a"] }, { message: "x" })), before), "x 0");
  });

  it("are as many of those that look alike as were added, the last ones", () => {
    const list = "- x\n- x\n- x\n";
    const alike = (index: number): Diagnostic => finding([0, index], { message: `same` });
    const { fresh, older } = findNew(findings(list, alike(0), alike(1), alike(2)), findings(list, alike(0), alike(1)));
    assert.equal([fresh.map(({ where }) => where.path[1]), older.length], [[2], 2]);
    assert.is(sorted(findings(list, alike(0)), findings(list, alike(0), alike(1))), "1");
  });
});
