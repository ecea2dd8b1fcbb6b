import { chmod, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { loadInventory } from "../../src/commands/load.ts";
import { EnvironmentError } from "../../src/exit.ts";
import { describe } from "../describe.ts";
import { NOBODY, commandOf } from "../other-user.ts";
import { CLI, run, withDirectory } from "../workplace.ts";

const SHARD = "shard: a\nservers: [p1]\n";

describe("what cannot be read", (it) => {
  it("is a file that is gone since it was found: exit code 2, and not an inventory without it", async () => {
    let thrown: unknown;
    await loadInventory({ list: () => ({ files: ["targets/a.yml"], diagnostics: [] }), read: () => undefined }).catch(
      (error: unknown) => {
        thrown = error;
      },
    );
    assert.instance(thrown, EnvironmentError);
    assert.match((thrown as EnvironmentError).message, "targets/a.yml");
  });

  it("is a pipe with the name of a YAML file: exit code 2, and no waiting for a writer", async () => {
    await withDirectory({ "targets/a.yml": SHARD }, async (directory) => {
      await run(directory, ["mkfifo", "targets/pipe.yml"]);
      const ran = await run(directory, ["timeout", "--signal=KILL", "60", process.execPath, CLI, "build"]);
      assert.is(ran.exit, 2, ran.stderr);
      assert.match(ran.stderr, "targets/pipe.yml");
    });
  });

  it("is a link to a pipe", async () => {
    await withDirectory({ "targets/a.yml": SHARD }, async (directory) => {
      await run(directory, ["mkfifo", "pipe"]);
      await symlink("../pipe", join(directory, "targets/link.yml"));
      const ran = await run(directory, ["timeout", "--signal=KILL", "60", process.execPath, CLI, "build"]);
      assert.is(ran.exit, 2, ran.stderr);
    });
  });
});

/** Root reads everything, so a program without that right is asked. */
const own = [process.execPath, CLI, "build"];
const build = process.getuid?.() === 0 ? await commandOf(NOBODY, own) : own;
describe("a file or directory without the right to read it", (it) => {
  for (const [what, path] of [
    ["a file", "targets/sub/b.yml"],
    ["a directory", "targets/sub"],
    ["the inventory", "targets"],
    ["promgen.yml", "promgen.yml"],
  ] as const) {
    it(`${what} ends with exit code 2 and its name, and the old artifacts stay`, async () => {
      await withDirectory(
        { "promgen.yml": "{}\n", "targets/a.yml": SHARD, "targets/sub/b.yml": "shard: b\nservers: [p2]\n" },
        async (directory) => {
          await chmod(directory, 0o777);
          assert.is((await run(directory, build)).exit, 0);
          const manifest = await run(directory, ["cat", "dist/manifest.json"]);
          await chmod(join(directory, path), 0);
          try {
            const ran = await run(directory, build);
            assert.is(ran.exit, 2, ran.stderr);
            assert.match(ran.stderr, new RegExp(`cannot read ${path}: EACCES\n.*permissions`));
            assert.equal(await run(directory, ["cat", "dist/manifest.json"]), manifest);
          } finally {
            await chmod(join(directory, path), 0o755);
          }
          await rm(join(directory, "dist"), { recursive: true });
        },
      );
    });
  }
});
