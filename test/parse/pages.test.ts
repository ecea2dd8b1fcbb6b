/**
 * The examples of the pages: what is shown as wrong is found, what is shown as right is not.
 */
import { readFile, readdir } from "node:fs/promises";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { parse } from "./findings.ts";

const PAGES = new URL("../../src/rules/yaml/", import.meta.url);
const pages = await Promise.all(
  (await readdir(PAGES)).sort().map(async (name) => ({
    id: `yaml/${name.replace(/\.md$/, "")}`,
    text: await readFile(new URL(name, PAGES), "utf8"),
  })),
);

/** The YAML in a section of a page; `undefined` where it is shown in another way. */
function example(page: string, section: string): string | undefined {
  return new RegExp(`^## ${section}\\n[^]*?^\`\`\`yaml\\n([^]*?)^\`\`\`$`, "m").exec(
    page.replace(/^## (?:Silencing|Options)$[^]*/m, ""),
  )?.[1];
}

function codesOf(yaml: string): string[] {
  return parse(yaml).diagnostics.map(({ code }) => code);
}

describe("pages of yaml/*", (it) => {
  it("show what the rule finds, and how it is written instead", () => {
    let shown = 0;
    for (const { id, text } of pages) {
      const wrong = example(text, "Wrong");
      const right = example(text, "Right");
      if (wrong === undefined || right === undefined) continue;
      shown++;
      assert.ok(codesOf(wrong).includes(id), `${id}: ${codesOf(wrong).join()}`);
      assert.equal(codesOf(right), [], id);
    }
    // All but yaml/encoding, whose bytes no page can show.
    assert.is(shown, pages.length - 1);
  });
});
