import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { inertMarkdown } from "../../src/report/markdown.ts";
import { visible } from "../../src/report/visible.ts";
import { describe } from "../describe.ts";
import { HOSTILE, hostileText, readSpans } from "./code-spans.ts";

/** The only code span of a text, which is nothing else. */
function onlySpan(markdown: string): string {
  const { outside, spans } = readSpans(markdown);
  assert.is(outside, "", markdown);
  assert.is(spans.length, 1, markdown);
  return spans[0] ?? "";
}

describe("markdown", (it) => {
  it("plain names look as somebody would write them", () => {
    assert.is(inertMarkdown("tokyo-a"), "`tokyo-a`");
    assert.is(inertMarkdown("web1.example.com:9100"), "`web1.example.com:9100`");
    assert.is(inertMarkdown("東京"), "`東京`");
  });

  it("what a forge or a browser would act upon is inside of one code span", () => {
    for (const text of HOSTILE) assert.is(onlySpan(inertMarkdown(text)), visible(text).replaceAll("|", "\\x7c"));
  });

  it("the fence has a length that the text does not have, and never one that GitHub does not know", () => {
    assert.is(inertMarkdown("a`b"), "``a`b``");
    assert.is(inertMarkdown("a``b"), "`a``b`");
    assert.is(inertMarkdown("`"), "`` ` ``");
    assert.is(inertMarkdown("`".repeat(150)).length, 154);
    const everyRun = Array.from({ length: 60 }, (_, index) => "`".repeat(index + 1)).join("-");
    assert.ok((/^`*/.exec(inertMarkdown(everyRun))?.[0].length ?? 0) < 80);
  });

  it("spaces at the ends stay", () => {
    for (const text of [" a", "a ", " a ", "  a  ", " ", "   ", "`a", "a`", " `a "])
      assert.is(onlySpan(inertMarkdown(text)), text);
  });

  it("an empty text is seen to be empty", () => {
    assert.is(onlySpan(inertMarkdown("")), '""');
  });

  it("no text breaks a line, or a table", () => {
    const shown = inertMarkdown("a\nb\r\nc\u2028d\u0085e|f\\|g");
    assert.is(shown, "`a\\nb\\r\\nc\\u2028d\\x85e\\x7cf\\\\x7cg`");
  });

  it("long texts are cut between characters", () => {
    assert.is(onlySpan(inertMarkdown("x".repeat(500))), `${"x".repeat(200)}…`);
    assert.is(onlySpan(inertMarkdown("x".repeat(199) + "𠮷𠮷")), `${"x".repeat(199)}…`);
    assert.ok(inertMarkdown("\u202e".repeat(500)).length < 250);
  });

  it("whatever a text is, it comes back from a code span", () => {
    fc.assert(
      fc.property(hostileText(150), (text) => {
        const shown = visible(text).replaceAll("|", "\\x7c");
        if (shown.length > 200 || shown === "") return;
        assert.is(onlySpan(inertMarkdown(text)), shown);
      }),
      { seed: 20_260_102, numRuns: 2000 },
    );
  });
});
