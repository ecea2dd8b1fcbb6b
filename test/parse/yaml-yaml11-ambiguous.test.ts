import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, parse } from "./findings.ts";

const INFO = "info yaml/yaml11-ambiguous";

describe("yaml/yaml11-ambiguous", (it) => {
  it("finds text that readers of YAML 1.1 take for something else", () => {
    const { documents, isComplete } = assertFindings(
      "labels:\n  a: «no»\n  b: «On»\n  c: «y»\n  d: «22:22»\n  e: «2024-01-02»\n  f: «1_000»\n  g: «0b11»\n",
      ...Array.from({ length: 7 }, () => INFO),
    );
    assert.equal(documents, [
      { labels: { a: "no", b: "On", c: "y", d: "22:22", e: "2024-01-02", f: "1_000", g: "0b11" } },
    ]);
    assert.ok(isComplete);
  });

  it("finds it in keys and lists", () => {
    assertFindings("labels: { «on»: a, «no»: b }\nhosts: [ «no», n1 ]\n", INFO, INFO, INFO);
  });

  it("says what they take it for", () => {
    const messages = parse("a: [off, '22:22', 22:22, 2024-01-02]\n").diagnostics.map(({ message }) => message);
    assert.match(messages[0] ?? "", /`off`.*boolean/);
    assert.match(messages[1] ?? "", /`22:22`.*base 60/);
    assert.match(messages[2] ?? "", /date/);
  });

  it("is content with quotes, and with text that is text everywhere", () => {
    assertReads(
      "labels: { a: 'no', b: \"on\", c: none, d: nope, e: yesno, f: '22:22', g: 22:99:x, h: 1.2.3, i: 10.0.0.1 }\n",
      {
        labels: {
          a: "no",
          b: "on",
          c: "none",
          d: "nope",
          e: "yesno",
          f: "22:22",
          g: "22:99:x",
          h: "1.2.3",
          i: "10.0.0.1",
        },
      },
    );
    assertReads("a: [no1, on-call, 22:72, 2024-01, 1__, true]\n", {
      a: ["no1", "on-call", "22:72", "2024-01", "1__", true],
    });
  });
});
