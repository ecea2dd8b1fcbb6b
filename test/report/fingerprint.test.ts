import * as assert from "uvu/assert";
import type { Diagnostic } from "../../src/diagnostic.ts";
import { fingerprints } from "../../src/report/fingerprint.ts";
import { resolvePlaces } from "../../src/report/place.ts";
import { describe } from "../describe.ts";
import { finding } from "./input.ts";

function prints(text: string | undefined, ...findings: Diagnostic[]): string[] {
  return fingerprints(resolvePlaces(findings, () => text));
}

const one = (text: string | undefined, rest: Partial<Diagnostic> = {}, file = "a.yml"): string | undefined =>
  prints(text, finding({ file, path: [0, "b"] }, rest))[0];

describe("fingerprint", (it) => {
  const base = one("a: 1\nb: x\n");

  it("has 16 hex digits", () => {
    assert.match(base ?? "", /^[0-9a-f]{16}$/);
  });

  it("stays where the line moves or is indented anew", () => {
    assert.is(one("a: 1\n\n# more\nb: x\n"), base);
    assert.is(one("a: 1\r\nb:    x\r\n"), base);
  });

  it("differs with the line, the message, the rule and the file", () => {
    const others = [
      one("a: 1\nb: y\n"),
      one("a: 1\nb: x\n", { message: "other" }),
      one("a: 1\nb: x\n", { code: "yaml/syntax" }),
      one("a: 1\nb: x\n", {}, "b.yml"),
      one(undefined),
    ];
    assert.is(new Set([base, ...others]).size, 6);
  });

  it("does not depend on the severity, which is a matter of configuration", () => {
    assert.is(one("a: 1\nb: x\n", { severity: "warning" }), base);
  });

  it("does not run the parts together", () => {
    assert.is.not(one(undefined, { message: "b" }, "a"), one(undefined, { message: "" }, "ab"));
  });

  it("tells equal findings apart by their number", () => {
    const [first, second, third] = prints("- x\n- x\n- x\n", finding([0, 0]), finding([0, 2]), finding([0, 1]));
    assert.is(second, `${first}:2`);
    assert.is(third, `${first}:3`);
  });

  it("tells equal findings apart by their lines", () => {
    const [first, second] = prints("- x\n- y\n", finding([0, 0]), finding([0, 1]));
    assert.is.not(first, second);
    assert.not.match(second ?? ":", ":");
  });

  it("says nothing about a line with a secret", () => {
    assert.is(one("b: x\n", { redact: true }), one("b: y\n", { redact: true }));
    assert.is(one("b: 'https://u:hunter22@x'\n"), one("b: 'https://u:hunter23@x'\n"));
  });

  it("does not meet itself among a hundred thousand", () => {
    const texts = Array.from({ length: 100_000 }, (_, index) => finding([], { message: `host web${index}` }));
    assert.is(new Set(prints(undefined, ...texts)).size, 100_000);
  });
});
