import * as assert from "uvu/assert";
import { showCharacter, showText, withoutUrlSecrets, withoutUserinfo } from "../../src/model/show-text.ts";
import { describe } from "../describe.ts";
import { startCpuWatch } from "../stopwatch.ts";

describe("showText", (it) => {
  it("quotes so that everything can be seen, on one line", () => {
    assert.is(showText("web1"), "`web1`");
    assert.is(showText(""), '""');
    assert.is(showText(" a "), '" a "');
    assert.is(showText('a "b"\n\t\\'), '"a \\"b\\"\\n\\t\\\\"');
    assert.is(showText("a\u00a0b\u200bc\u0000"), '"a\\u{a0}b\\u{200b}c\\u{0}"');
    assert.is(showText("a`b"), '"a`b"');
    assert.is(showText("日本"), "`日本`");
  });

  it("leaves nothing that GitHub's runner takes for a command", () => {
    assert.is(showText("##[add-mask]x"), '"##\\u{5b}add-mask]x"');
    assert.is(showText("#[x]"), "`#[x]`");
  });

  it("hides what in a URL may be a secret", () => {
    assert.is(showText("https://u:p@x/y?token=t#z"), "`https://…@x/y?…#z`");
    assert.is(showText("//x/y?a"), "`//x/y?a`");
    assert.is(showText("why?"), "`why?`");
  });

  it("cuts long texts between characters", () => {
    assert.is(showText("a".repeat(80)), `\`${"a".repeat(80)}\``);
    assert.is(showText("😀".repeat(81)), `\`${"😀".repeat(80)}…\``);
  });
});

describe("withoutUserinfo", (it) => {
  it("hides what stands before the last @", () => {
    assert.is(withoutUserinfo("https://u:p@x/y"), "https://…@x/y");
    assert.is(withoutUserinfo("https://u:p@q@x"), "https://…@x");
    assert.is(withoutUserinfo("https://u:p//q@x"), "https://…@x");
    assert.is(withoutUserinfo("u:p@x"), "…@x");
    assert.is(withoutUserinfo("x"), "x");
  });
});

describe("withoutUrlSecrets", (it) => {
  it("hides users and queries of every URL in a sentence", () => {
    const said = "unable to access 'https://u:p@x/y?token=t/': see git+ssh://git@z/?k=v#b, what?";
    assert.is(withoutUrlSecrets(said), "unable to access 'https://x/y?…': see git+ssh://z/?…#b, what?");
    for (const before of ["", "1", "-", "x-", ".", "a//b ", "_", "é"])
      assert.is(withoutUrlSecrets(`${before}https://u:p@x/?k=v`), `${before}https://x/?…`, before);
    const watch = startCpuWatch();
    const long = "a-".repeat(200_000);
    assert.is(withoutUrlSecrets(long), long);
    assert.is(withoutUrlSecrets(`${long}b://u:p@x`), `${long}b://x`);
    assert.ok(watch() < 2000, `${watch()} ms`);
    assert.is(withoutUrlSecrets("git@x:y"), "git@x:y");
  });
});

describe("showCharacter", (it) => {
  it("names what has no sight of its own", () => {
    assert.is(showCharacter(","), "`,`");
    assert.is(showCharacter("`"), '"`"');
    assert.is(showCharacter("\u200b"), "U+200B");
    assert.is(showCharacter("\u0301"), "U+0301");
    assert.is(showCharacter("\u{e0041}"), "U+E0041");
  });
});
