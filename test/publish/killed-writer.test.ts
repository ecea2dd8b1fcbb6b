import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import { TARGETS_FOR_TWO } from "../../src/commands/group-writer.ts";
import { lockedStagingPath } from "../../src/publish/staging-place.ts";
import { describe, notRun } from "../describe.ts";
import { inProcess, readFiles, runCli, withDirectory, writeFiles } from "../workplace.ts";
import { failAt, killAt, straceTrouble } from "./strace.ts";
import type { Call } from "./strace.ts";

const PROJECTS = 50;
const SHARDS = ["a", "b"];
const HOSTS = Math.ceil(TARGETS_FOR_TWO / PROJECTS / SHARDS.length);

const SMALL = {
  "promgen.yml": "artifacts: [all]\nexporters: { node: { port: 9100 } }\n",
  "targets/shards.yml": SHARDS.map((name) => `shard: ${name}\nservers: [p1]\n`).join("---\n"),
  "targets/s.yml": `service: s\nshard: [${SHARDS.join(", ")}]\nprojects: [{ name: p, hosts: [h1.example.com], exporters: [node] }]\n`,
};

/** Enough targets for a thread that writes. */
const LARGE = {
  "targets/s.yml": JSON.stringify({
    service: "s",
    shard: SHARDS,
    projects: Array.from({ length: PROJECTS }, (_, index) => ({
      name: `p${index}`,
      hosts: [`p${index}-[0001-${HOSTS}].example.com`],
      exporters: ["node"],
    })),
  }),
};

/** What the thread does to the files that it alone touches: early, in the middle, late. */
const CALLS: readonly Call[] = [
  { name: "openat", nth: 2, text: "the second file", isOfAnyThread: true },
  { name: "write", nth: 1, text: "the first write", isOfAnyThread: true },
  { name: "write", nth: 40, text: "a write", isOfAnyThread: true },
  { name: "write", nth: 90, text: "a late write", isOfAnyThread: true },
];

function pathsIn(directory: string): string[] {
  const files = ["targets.json", ...SHARDS.map((name) => `shards/${name}/targets.json`)];
  return files.map((file) => join(lockedStagingPath(join(directory, "dist")), file));
}

/** A large inventory whose dist is of a small one. */
async function withOldDist(
  act: (directory: string, old: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  await withDirectory(SMALL, async (directory) => {
    await inProcess(directory, (io) => build(io, { stdout: false, verbose: false }));
    await writeFiles(directory, LARGE);
    await act(directory, await readFiles(join(directory, "dist")));
  });
}

const trouble = await straceTrouble();
if (trouble === undefined) {
  describe("a build whose second thread writes", (it) => {
    it("leaves the old artifacts where it is killed, and is made good by the next one", async () => {
      await withOldDist(async (directory, old) => {
        for (const call of CALLS) {
          await killAt(directory, pathsIn(directory), ["build"], call);
          assert.equal(await readFiles(join(directory, "dist")), old, call.text);
        }
        const again = await runCli(directory, ["build"]);
        assert.is(again.exit, 0, again.stderr);
        assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"]);
        assert.ok(((await readFiles(join(directory, "dist")))["targets.json"]?.length ?? 0) > 5_000_000);
      });
    });

    it("keeps the old artifacts where the disk fails, says why, and leaves nothing beside them", async () => {
      await withOldDist(async (directory, old) => {
        for (const [index, call] of CALLS.entries()) {
          const errno = index % 2 === 0 ? "ENOSPC" : "EIO";
          const ran = await failAt(directory, pathsIn(directory), ["build"], call, errno);
          assert.is(ran.exit, 2, `${call.text}: ${ran.stderr}`);
          assert.match(ran.stderr, new RegExp(`^promgen-gen: cannot write .*targets\\.json: ${errno}$`, "m"));
          assert.equal(await readFiles(join(directory, "dist")), old, call.text);
          assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"], call.text);
        }
      });
    });
  });
} else notRun("builds whose second thread is killed or fails", trouble);
