import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, found, parse } from "./findings.ts";

const ERROR = "error yaml/invisible-char";

describe("yaml/invisible-char", (it) => {
  it("finds spaces that are none, and what has no shape", () => {
    const { documents, isComplete } = assertFindings("hosts:\n  - «web1\u200b»\n  - web2\n", ERROR);
    assert.equal(documents, [{ hosts: ["web1\u200b", "web2"] }]);
    assert.ok(isComplete);
    assertFindings("«a:\u00a0b»\n", ERROR);
    assertFindings(
      "hosts: [ «\u202eweb1», «a\ufeffb», «a\u3000b», «a\u2066b», «a\u{e0041}b» ]\n",
      ERROR,
      ERROR,
      ERROR,
      ERROR,
      ERROR,
    );
  });

  it("finds smart quotes", () => {
    assertFindings("labels: { env: «“prod”», «‘a’»: b }\n", ERROR, ERROR);
  });

  it("says what to write in place of a pair of smart quotes", () => {
    const help = (text: string): string => parse(text).diagnostics[0]?.help ?? "";
    assert.match(help("owner: “team a”\n"), 'write `"team a"`');
    assert.match(help("labels: { ‘a’: b }\n"), 'write `"a"`');
    // In quotes, a port would be text.
    assert.is(help("port: “8080”\n"), "write `8080`");
    for (const text of ["a: “b\n", 'a: “b"c”\n', "a: “b\u200b”\n"]) assert.not.match(help(text), "`");
  });

  it("finds them in keys, in quotes, and written as an escape", () => {
    assertFindings("labels:\n  «te\u00adam»: a\n", ERROR);
    assertFindings('a: "«b\u200dc»"\n', ERROR);
    assertFindings('a: "«b\\u00a0c»"\n', ERROR);
    assertFindings("a: '«b\x7fc»'\n", ERROR);
    assertFindings("a: «b\u0007c»\n", ERROR);
    assertFindings("a: |\n  «b\u200bc»\n", ERROR);
  });

  it("shows the character, its name and its number", () => {
    const { message = "" } = parse("- web1\u200b:9100\n").diagnostics[0] ?? {};
    assert.match(message, /`web1\\u200b:9100`.*zero-width space \(U\+200B\)/);
    const long = parse(`- ${"x".repeat(300)}\u200by\n`).diagnostics[0]?.message ?? "";
    assert.match(long, /x\\u200by`/);
    assert.ok(long.length < 150, long);
  });

  it("is content with letters of any script, with prose, and with comments", () => {
    assertReads("farm: 東京 é ß — 'x'\n", { farm: "東京 é ß — 'x'" });
    assert.equal(found("description: “Cards”\u00a0and more\n"), []);
    assert.equal(found("a: b # “c”\u00a0d\n"), []);
    assertReads('a: "b\\tc\\nd"\n', { a: "b\tc\nd" });
  });
});
