/** Reads code spans as CommonMark has them, and texts that would like to be something else. */
import * as fc from "fast-check";

/**
 * The code spans of a text in which nothing else binds as strongly, and what is outside of them
 * (https://spec.commonmark.org/0.31.2/#code-spans).
 */
export function readSpans(markdown: string): { readonly outside: string; readonly spans: readonly string[] } {
  let outside = "";
  const spans: string[] = [];
  for (let at = 0; at < markdown.length;) {
    const fence = /`*/y;
    fence.lastIndex = at;
    const length = fence.exec(markdown)?.[0].length ?? 0;
    if (length === 0) {
      outside += markdown[at++] ?? "";
      continue;
    }
    const start = at + length;
    const end = [...markdown.slice(start).matchAll(/`+/g)].find(([run]) => run.length === length)?.index;
    if (end === undefined || length > 80) {
      outside += markdown.slice(at, start);
      at = start;
      continue;
    }
    const text = markdown.slice(start, start + end).replaceAll("\n", " ");
    spans.push(/^ .*[^ ].* $/.test(text) ? text.slice(1, -1) : text);
    at = start + end + length;
  }
  return { outside, spans };
}

/** What forges, browsers and terminals act upon. */
export const HOSTILE: readonly string[] = [
  "@team",
  "@org/team",
  "#1",
  "GH-1",
  "org/repo#1",
  "1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b",
  "https://evil.example/x",
  "www.evil.example",
  "a@evil.example",
  "[click](https://evil.example)",
  "![x](https://evil.example/x.png)",
  "<https://evil.example>",
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "</details><h1>all is well</h1>",
  "<!-- promgen-gen:plan v1 -->",
  "-->",
  "&#64;team &lt;b&gt;",
  "`",
  "``` js",
  "`` `x` ``",
  "a`b``c```d",
  "x | y | z",
  "\\| \\` \\",
  "**bold** _it_ ~~no~~",
  "# heading",
  "- [x] done",
  "1. one",
  "> quote",
  "---",
  "| a |\n| - |",
  "a\n\n# b\n```\nc",
  "a\r\nb",
  "\u202eevil\u202c",
  "\u200b@team",
  "\u001b[31mred\u001b[0m",
  ":smile:",
  "$x^2$",
  "[^1]",
  "/close",
  "\ud800",
  "  spaces  ",
  "##[error]x",
  "::error::x",
  "{{ 7*7 }}${{ secrets.TOKEN }}",
];

/** Texts of what is special somewhere, a lot of backticks among it. */
export function hostileText(maxLength = 60): fc.Arbitrary<string> {
  const piece = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom("`", "``", "|", "\\", " ", "<", ">", "@a", "#1", "\n", "-", "*", "_", "[", "]("),
    },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 5 }) },
  );
  return fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("").slice(0, maxLength));
}
