import { execFile } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as assert from "uvu/assert";
import { cachePath } from "../../src/bundle.ts";
import { describe } from "../describe.ts";
import { withDirectory } from "../workplace.ts";

const AGENT = fileURLToPath(new URL("../../lib/promgen-agent.cjs", import.meta.url));

/** Says to stderr what V8 did with the cache: `false` taken, `true` refused, `undefined` not asked. */
const WITNESS = `
  const vm = require("node:vm");
  vm.Script = class extends vm.Script {
    constructor(...args) { super(...args); process.stderr.write(String(this.cachedDataRejected)); }
  };
`;

async function start(agent: string, ...flags: string[]): Promise<{ stdout: string; stderr: string }> {
  const { PATH } = process.env;
  return await withDirectory({ "witness.cjs": WITNESS }, async (directory) => {
    const args = [...flags, "--require", join(directory, "witness.cjs"), agent, "--version"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env: { PATH } });
    // Above it, Node complains about flags that do not go together.
    return { stdout, stderr: stderr.split("\n").at(-1) ?? "" };
  });
}

/** With one bit that is another. */
function damaged(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] ?? 0) ^ 1);
}

describe("agent: start", (it) => {
  it("takes the code cache beside it, by every path that leads there", async () => {
    const { stdout, stderr } = await start(AGENT.replace("/lib/", "/lib/../lib/"));
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    assert.is(stderr, "false");
  });

  it("runs all the same alone, with the cache of another build or a broken one, and with other flags", async () => {
    await withDirectory({}, async (directory) => {
      const agent = join(directory, "promgen-agent.cjs");
      await copyFile(AGENT, agent);
      const { stdout } = await start(AGENT);
      assert.equal(await start(agent), { stdout, stderr: "undefined" });

      const cache = await readFile(cachePath(AGENT, process));
      const caches: [what: string, bytes: Uint8Array, stderr: string][] = [
        ["empty", new Uint8Array(), "undefined"],
        ["of another build", Buffer.concat([Buffer.from("0".repeat(64)), cache.subarray(64)]), "undefined"],
        ["cut off", cache.subarray(0, cache.length >> 1), "undefined"],
        // V8 takes such data and runs whatever they say.
        ["damaged in the middle", damaged(cache, 64 + (cache.length >> 2)), "undefined"],
        ["damaged at its end", damaged(cache, cache.length - 1), "undefined"],
        ["nothing but its name", cache.subarray(0, 64), "undefined"],
      ];
      for (const [what, bytes, stderr] of caches) {
        await writeFile(cachePath(agent, process), bytes);
        assert.equal(await start(agent), { stdout, stderr }, what);
      }
      await writeFile(cachePath(agent, process), cache);
      assert.equal(await start(agent, "--jitless"), { stdout, stderr: "true" });
      assert.equal(await start(agent), { stdout, stderr: "false" });
    });
  });
});
