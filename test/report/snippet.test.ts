import * as assert from "uvu/assert";
import { drawSnippet } from "../../src/report/snippet.ts";
import { widthOf } from "../../src/report/width.ts";
import { describe } from "../describe.ts";
import { startCpuWatch } from "../stopwatch.ts";

/** The line and the carets below it; `<` and `>` in the text say what is marked. */
function draw(marked: string, width = 40): string[] {
  const from = marked.indexOf("<");
  const to = marked.indexOf(">") - 1;
  const span = {
    start: { line: 1, column: from + 1 },
    end: { line: 1, column: to + 1 },
    lineText: marked.replace("<", "").replace(">", ""),
    isWholeFile: false,
  };
  const { line, indent, length } = drawSnippet(span, width);
  return [line, " ".repeat(indent) + "^".repeat(length)];
}

describe("snippet", (it) => {
  it("marks a part of a line", () => {
    assert.equal(draw("- <web1>:9100"), ["- web1:9100", "  ^^^^"]);
  });

  it("marks one column where nothing is marked, at the end of the line too", () => {
    assert.equal(draw("a: <>b"), ["a: b", "   ^"]);
    assert.equal(draw("a:<>"), ["a:", "  ^"]);
  });

  it("expands tabs to the next stop", () => {
    assert.equal(draw("\ta\t<b>"), ["    a   b", "        ^"]);
    assert.equal(draw("<\t>b"), ["    b", "^^^^"]);
  });

  it("gives wide characters and emoji two columns, and combining ones none", () => {
    assert.equal(draw("東京: <大阪>"), ["東京: 大阪", "      ^^^^"]);
    assert.equal(draw("🚀 <x>"), ["🚀 x", "   ^"]);
    assert.equal(draw("e\u0301 <x>"), ["e\u0301 x", "  ^"]);
  });

  it("shows what is invisible, and marks all of it", () => {
    assert.equal(draw("web<\u200b>1"), [String.raw`web\u200b1`, "   ^^^^^^"]);
    assert.equal(draw("<a>: \u001b[31m ##[x]"), [String.raw`a: \x1b[31m ##\x5bx]`, "^"]);
  });

  it("cuts a long line around the marks", () => {
    const a = "a".repeat(50);
    assert.equal(draw(`<x>${a}`, 10), ["xaaaaaaa…", "^"]);
    assert.equal(draw(`${a}<x>`, 10), ["…aaaaaaax", "        ^"]);
    assert.equal(draw(`${a}<x>${a}`, 10), ["…aaaxaaaa…", "    ^"]);
    assert.equal(draw(`${a}<${"x".repeat(30)}>${a}`, 10), ["…xxxxxxxx…", " ^^^^^^^^"]);
    assert.equal(draw(`${"京".repeat(20)}<x>${"京".repeat(20)}`, 11), ["…京京x京京…", "     ^"]);
  });

  it("does not cut a line that fits exactly", () => {
    assert.equal(draw(`<x>${"a".repeat(9)}`, 10), ["xaaaaaaaaa", "^"]);
  });

  it("never shows half a character, and never more than the width", () => {
    const columnsOf = (text: string): number => Array.from(text, widthOf).reduce((sum, width) => sum + width, 0);
    for (let before = 0; before < 60; before++) {
      const [line = "", marks = ""] = draw(`${"🚀".repeat(before)}<京>${"🚀e\u0301".repeat(40)}`, 20);
      assert.not.match(line, /\p{Cs}|\\u/u);
      assert.ok(columnsOf(line) <= 20, line);
      const at = columnsOf(line.slice(0, line.indexOf("京")));
      assert.is(marks, `${" ".repeat(at)}^^`);
    }
  });

  it("keeps characters whole behind a heap of combining ones", () => {
    for (const heap of [37, 38, 39]) {
      const [line = ""] = draw(`<x>${"\u0301".repeat(heap)}${"🚀".repeat(99)}`, 20);
      assert.not.match(line, /\p{Cs}|\\u/u);
    }
  });

  it("looks at no more of a line than it shows", () => {
    const lineText = "a".repeat(20_000_000);
    const span = { start: { line: 1, column: 1e7 }, end: { line: 1, column: 1e7 + 5 }, lineText, isWholeFile: false };
    const cpu = startCpuWatch();
    for (let times = 0; times < 100; times++) drawSnippet(span, 80);
    assert.ok(cpu() < 2000);
  });
});

describe("width", (it) => {
  it("knows scripts, marks, emoji and flags", () => {
    const widths = {
      a: 1,
      é: 1,
      ж: 1,
      "\u0301": 0,
      한: 2,
      "\u1161": 0,
      ｱ: 1,
      Ａ: 2,
      "。": 2,
      "😀": 2,
      "☎": 1,
      "🇯": 1,
      𠮷: 2,
    };
    for (const [character, width] of Object.entries(widths)) assert.is(widthOf(character), width, character);
  });
});
