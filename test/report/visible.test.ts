import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { visible, visibleJson, visibleShort } from "../../src/report/visible.ts";
import { describe } from "../describe.ts";

describe("visible", (it) => {
  it("leaves ordinary text of any script alone", () => {
    for (const text of [
      "web1.example.com:9100",
      "東京",
      "Zürich",
      "عربي",
      "🚀",
      "a b",
      String.raw`C:\x`,
      "[1-3]",
      "#[x",
    ]) {
      assert.is(visible(text), text);
    }
  });

  it("shows what acts as escapes", () => {
    const cases = {
      "\u001b[31m": String.raw`\x1b[31m`,
      "a\nb\r\tc": String.raw`a\nb\r\tc`,
      "\u009b1m": String.raw`\x9b1m`,
      "\u007f\u0000": String.raw`\x7f\x00`,
      "\u202eabc\u2066": String.raw`\u202eabc\u2066`,
      "\u2028\u2029\u0085": String.raw`\u2028\u2029\x85`,
      "web\u200b1\ufeff\u00ad": String.raw`web\u200b1\ufeff\xad`,
      "\u{e0041}": String.raw`\u{e0041}`,
      "\ud83d": String.raw`\ud83d`,
      "\ufffe": String.raw`\ufffe`,
      "\ufff9": String.raw`\ufff9`,
      "##[error]x": String.raw`##\x5berror]x`,
    };
    for (const [text, shown] of Object.entries(cases)) assert.is(visible(text), shown);
  });

  it("cuts what is too long to be read, never within a character", () => {
    assert.is(visibleShort("a".repeat(1000)), "a".repeat(1000));
    assert.is(visibleShort("a".repeat(1001)), `${"a".repeat(1000)}…`);
    assert.is(visibleShort(`${"a".repeat(999)}🚀b`), `${"a".repeat(999)}…`);
  });

  it("writes JSON that means the same", () => {
    const value = { "\u202e": "\u009b ##[error] \u{e0041} \ud83d \u2028 é 🚀" };
    const json = visibleJson(value);
    assert.equal(JSON.parse(json), value);
    assert.match(json, /^[\x20-\x7eé🚀]+$/u);
    assert.not.match(json, "##[");
  });

  it("holds for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.not.match(visible(text), /[\p{C}\p{Zl}\p{Zp}](?<!\p{Co}|\p{Cn})|##\[/u);
        assert.is(JSON.parse(visibleJson(text)), text);
      }),
    );
  });
});
