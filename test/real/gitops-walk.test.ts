/**
 * The walk of docs/gitops.md, word for word: from `init` to a server that has proven it, on one machine, with a bare
 * repository, in a network that holds nothing but its loopback interface.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { fencesOf } from "../markdown.ts";
import { isInstalled, ROOT, run, withDirectory } from "../workplace.ts";
import { networkTrouble } from "./network.ts";

const trouble =
  (await networkTrouble()) ??
  ((await isInstalled("prometheus")) && (await isInstalled("curl")) && (await isInstalled("openssl"))
    ? undefined
    : "prometheus, curl or openssl is not installed");
if (trouble !== undefined) notRun("the last step of the walk of docs/gitops.md", trouble);

describe("the walk of docs/gitops.md", (it) => {
  it("brings a change to a host, holds what removes too much until somebody accepts it, and tells a server that proves it", async () => {
    const page = await readFile(join(ROOT, "docs/gitops.md"), "utf8");
    const start = page.indexOf("## A walk");
    const blocks = fencesOf(page.slice(start, page.indexOf("\n## ", start + 1)));
    assert.is(blocks.length, 7);
    assert.ok(blocks.every(({ language }) => language === "sh"));
    await withDirectory({}, async (directory) => {
      const steps = trouble === undefined ? blocks : blocks.slice(0, -1);
      const script = steps
        .map(({ text }, index) => `echo "== ${index}"\n${text}`)
        .join("\n")
        .replaceAll("/tmp/walk", directory);
      const shell = trouble === undefined ? ["unshare", "-rn", "bash"] : ["bash"];
      const up = trouble === undefined ? "ip link set lo up\n" : "";
      const look = `echo "== ${steps.length}"\ncat ${directory}/host/targets.json`;
      const { exit, stdout, stderr } = await run(ROOT, [...shell, "-e", "-c", `${up}${script}\n${look}`]);
      assert.is(exit, 0, stdout + stderr);
      const parts = stdout.split(/^== \d\n/m).slice(1);
      const [made = "", first = "", proposed = "", merged = "", held = "", accepted = ""] = parts;
      assert.match(made, "  targets/services/example.yml\n");
      assert.match(first, /generation \d+/);
      assert.match(proposed, /^### promgen-gen: \+4 · 9 → 13 targets/m);
      assert.match(merged, /^2$/m);
      assert.match(held, /^exit code 4$/m);
      assert.match(accepted, /4 targets and 1 probe target/);
      const host = parts.at(-1) ?? "";
      assert.match(host, /web01\.example\.com:9100/);
      assert.is(host.includes("web06.example.com"), trouble === undefined);
      const inPlace = trouble === undefined ? 4 : 3;
      assert.is(stderr.match(/generation \d+ is in place/g)?.length, inPlace, stderr);
      if (trouble === undefined) {
        assert.not.match(stderr, "level=error", "Prometheus drops nothing of what it reads");
        assert.match(stderr, / confirmed http:\/\/127\.0\.0\.1:9090 has it/);
        assert.match(parts[6] ?? "", /^1 of 1 server has generation \d+/m);
        assert.match(parts[6] ?? "", /^127\.0\.0\.1 +main +current/m);
      }
    });
  });
});
