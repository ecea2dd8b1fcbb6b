/** The walk of docs/gitops.md, word for word: from `init` to a host, on one machine, with a bare repository. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { fencesOf } from "../markdown.ts";
import { ROOT, run, withDirectory } from "../workplace.ts";

describe("the walk of docs/gitops.md", (it) => {
  it("brings a change to a host, and holds what removes too much until somebody accepts it", async () => {
    const page = await readFile(join(ROOT, "docs/gitops.md"), "utf8");
    const start = page.indexOf("## A walk");
    const blocks = fencesOf(page.slice(start, page.indexOf("\n## ", start + 1)));
    assert.is(blocks.length, 6);
    assert.ok(blocks.every(({ language }) => language === "sh"));
    await withDirectory({}, async (directory) => {
      const script = blocks
        .map(({ text }, index) => `echo "== ${index}"\n${text}`)
        .join("\n")
        .replaceAll("/tmp/walk", directory);
      const { exit, stdout, stderr } = await run(ROOT, [
        "bash",
        "-e",
        "-c",
        `${script}\necho "== 6"\ncat ${directory}/host/targets.json`,
      ]);
      assert.is(exit, 0, stdout + stderr);
      const parts = stdout.split(/^== \d\n/m).slice(1);
      const [made = "", first = "", proposed = "", merged = "", held = "", , host = ""] = parts;
      assert.match(made, "  targets/services/example.yml\n");
      assert.match(first, /generation \d+/);
      assert.match(proposed, /^### promgen-gen: \+4 · 9 → 13 targets/m);
      assert.match(merged, /^2$/m);
      assert.match(held, /^exit code 4$/m);
      assert.match(host, /web01\.example\.com:9100/);
      assert.not.match(host, "web02.example.com");
      assert.is(stderr.match(/generation \d+ is in place/g)?.length, 3, stderr);
    });
  });
});
