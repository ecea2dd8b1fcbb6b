/**
 * Whatever bytes a file holds: no exception, no hang, and a finding with a place wherever something was not read.
 */
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { locatorOf, parseFile } from "../../src/parse/parse.ts";
import type { ParsedFile } from "../../src/parse/parse.ts";
import { RULES } from "../../src/rules/registry.ts";
import { describe } from "../describe.ts";
import { startCpuWatch } from "../stopwatch.ts";
import { mutant, scraps, TEMPLATES } from "./mutants.ts";

const RUNS = { seed: 20_261_127, interruptAfterTimeLimit: 8000, markInterruptAsFailure: false } as const;

/** Far above what any of these takes, far below what a user waits for. */
const LIMIT_MS = 1000;

/** Parses, and checks what holds for every file. */
function survive(bytes: Uint8Array, limit = LIMIT_MS): ParsedFile {
  const cpu = startCpuWatch();
  const parsed = parseFile("f.yml", bytes);
  const ms = cpu();
  assert.ok(ms < limit, `${ms.toFixed(0)} ms`);
  const errors = parsed.diagnostics.filter(({ severity }) => severity === "error");
  if (!parsed.isComplete) assert.ok(errors.length > 0, "something is left out, and nothing is said");
  if (parsed.documents.length === 0 && errors.length === 0)
    assert.ok(isEmpty(bytes), "nothing is read, and nothing is said");
  for (const { code, message, help, where, related } of parsed.diagnostics) {
    assert.ok(code in RULES, code);
    assert.match(message, /^[^\n\r]*[^\n\r.]$/);
    assert.match(help ?? "", /^[^\n\r]+$/);
    for (const place of [where, ...(related ?? []).map((other) => other.where)]) {
      if (place.range === undefined) continue;
      const [from, to] = place.range;
      assert.ok(from >= 0 && from < to && to <= bytes.length, `${message}: ${from}–${to} of ${bytes.length}`);
    }
    const isAboutFile = code === "yaml/encoding" || (code === "yaml/alias-bomb" && where.range === undefined);
    assert.ok(isAboutFile || where.range !== undefined, `${code} has no place`);
  }
  return parsed;
}

/** Nothing but white space, comments, and the marks around documents. */
function isEmpty(bytes: Uint8Array): boolean {
  return Buffer.from(bytes)
    .toString()
    .split(/\r?\n/)
    .every((line) => /^\ufeff?\s*(?:%(?:YAML|TAG)\b[^]*|\.\.\.\s*)?(?:#[^]*)?$/.test(line));
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}

describe("parse: any file", (it) => {
  it("survives slips and scraps, and so does the locator", () => {
    const property = fc.property(fc.oneof(mutant, scraps), (text) => {
      // Half of a character pair is no text.
      if (/\p{Cs}/u.test(text)) return;
      survive(bytesOf(text));
      locatorOf("f.yml", text)([0, "projects", 0, "hosts", 0], "value");
    });
    fc.assert(property, { ...RUNS, numRuns: 10_000 });
  });

  it("survives bytes that are no text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void survive(bytes)),
      { ...RUNS, numRuns: 5000 },
    );
    const text = Buffer.from(TEMPLATES[2] ?? "");
    const broken = fc.array(fc.tuple(fc.nat(text.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(broken, (changes) => {
        const bytes = Uint8Array.from(text);
        for (const [at, byte] of changes) bytes[at] = byte;
        survive(bytes);
      }),
      { ...RUNS, numRuns: 2000 },
    );
  });

  it("survives a file that ends anywhere", () => {
    for (const template of TEMPLATES) {
      const bytes = bytesOf(template);
      for (let end = 0; end <= bytes.length; end++) survive(bytes.subarray(0, end));
    }
  });

  it("survives UTF-16 and UTF-32", () => {
    for (const template of TEMPLATES) {
      const utf16 = Buffer.from(`\ufeff${template}`, "utf16le");
      assert.equal(survive(utf16).documents, []);
      assert.equal(survive(Buffer.from(utf16).swap16()).documents, []);
      const utf32 = Buffer.concat(
        Array.from(template, (char) => Buffer.from(Uint32Array.of(char.codePointAt(0) ?? 0).buffer)),
      );
      assert.equal(survive(utf32).documents, []);
    }
  });
});

describe("parse: large and deep", (it) => {
  const LARGE_MS = 10_000;
  const cases: Readonly<Record<string, string>> = {
    "brackets that open": "[".repeat(100_000),
    "braces that open": "{a: ".repeat(100_000),
    "brackets that close": "]".repeat(20_000),
    "pairs of brackets": "[]".repeat(20_000),
    "dashes in a line": "- ".repeat(100_000),
    "question marks": "? ".repeat(100_000),
    "levels of maps": Array.from({ length: 3000 }, (_, level) => `${" ".repeat(level)}a:\n`).join(""),
    "lists of maps": Array.from({ length: 3000 }, (_, level) => `${" ".repeat(level)}- a:\n`).join(""),
    commas: `[${",".repeat(20_000)}`,
    colons: "a: ".repeat(50_000),
    "double quotes": '"'.repeat(20_000),
    "single quotes": `'${"'".repeat(100_000)}x'`,
    backslashes: `"${"\\".repeat(100_001)}"`,
    spaces: `a: b${" ".repeat(300_000)}c: d`,
    "line breaks": "\n".repeat(200_000),
    "returns alone": "\r".repeat(200_000),
    tabs: "\ta: b\n".repeat(10_000),
    "number signs": "#".repeat(500_000),
    tags: "!a ".repeat(20_000),
    anchors: "&a ".repeat(20_000),
    aliases: "- *a\n".repeat(10_000),
    digits: `labels: { a: ${"9".repeat(1_000_000)} }`,
    "digits in groups": `labels: { a: ${"1_".repeat(500_000)}1, b: ${"1:".repeat(500_000)}1 }`,
    "one long word": `a: ${"x".repeat(2_000_000)}`,
    "one long line that is wrong": `a: [ ${"x".repeat(300_000)}[`,
    "a long block": `a: |\n${"  x\n".repeat(200_000)}`,
    "long folded text": `a:\n${"  x\n".repeat(50_000)}`,
    "long quoted text": `a: "${"x\n  ".repeat(50_000)}"`,
    "lines without colons": "a b\n".repeat(20_000),
    "documents that are wrong": "--- [\n".repeat(10_000),
    directives: "%a\n".repeat(10_000),
    templates: "{{ a }}\n".repeat(5000),
    addresses: "- [::1]:9100\n".repeat(5000),
    "brackets closed in the column of their key": "a: [\nb\n]\n".repeat(5000),
    "keys that are given again": "a: b\n".repeat(20_000),
    "many keys": Array.from({ length: 50_000 }, (_, index) => `k${index}: v\n`).join(""),
  };
  for (const [name, text] of Object.entries(cases)) {
    it(name, () => {
      const { diagnostics } = survive(bytesOf(text), LARGE_MS);
      for (const { message } of diagnostics) assert.ok(message.length < 400, message);
    });
  }
});
